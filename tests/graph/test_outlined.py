"""What is drawn without a plan: methods and families alone, and programs with errors, with their messages."""

from __future__ import annotations

from pathlib import Path

import pytest
from paths import LIBRARY, REFUSED, ROOT
from shipped import later_slow

from fdc.compiler.base.source import Source
from fdc.compiler.driver.picture import outline, picture
from fdc.compiler.driver.pipeline import check, check_source
from fdc.compiler.graph.document import Document, Snapshot
from fdc.compiler.graph.still.layout import layout
from fdc.compiler.graph.still.svg import to_svg

DMD2 = ROOT / "programs" / "dmd2.fdl"
MINI = ROOT / "families" / "mini" / "mini.fdl"


def alone(path: Path) -> Document:
    made = outline(check(path, noting=True))
    assert made is not None
    return made


def ends(graph: Snapshot) -> set[tuple[str, str, bool, bool]]:
    titles = {n.id: n.title for n in graph.nodes}
    return {(titles[e.source], titles[e.target], e.gradient, e.back) for e in graph.edges}


def test_a_method_alone_is_drawn_as_in_a_program_but_for_its_roles() -> None:
    """Calls, loops, losses and the ways of gradients are the same; encoders are what a role publishes."""
    made = alone(DMD2)
    assert (made.kind, made.program, made.trained) == ("method", "dmd2", ("critic", "student"))
    assert {(r.name, r.family) for r in made.roles} == {(r, "any") for r in ("student", "critic", "teacher")}
    checked = check(ROOT / "programs" / "wan_dmd2.fdl")
    whole = picture(checked, checked.programs)
    for g in made.graphs:
        other = next(o for o in whole.graphs if o.id == g.id)
        assert (g.title, g.every, g.trains) == (other.title, other.every, other.trains)
        assert [(x.name, x.weight, x.trains) for x in g.losses] == [
            (x.name, x.weight, x.trains) for x in other.losses
        ]
        kinds = [
            sorted(n.kind for n in s.nodes if n.kind not in ("data", "text", "stage"))
            for s in (g.snapshots[0], other.snapshots[0])
        ]
        assert kinds[0] == kinds[1]
        calls = [
            {e for e in ends(s) if (".x0" in e[0] and ".x0" in e[1]) or e[2]}
            for s in (g.snapshots[0], other.snapshots[0])
        ]
        assert calls[0] == calls[1]


def test_a_family_alone_has_its_parts_and_what_its_graphs_give() -> None:
    made = alone(MINI)
    assert made.kind == "family"
    first, *graphs = made.graphs
    assert {n.title for n in first.snapshots[0].nodes} >= {
        "transformer",
        "codec",
        "space blocks",
        "record text",
        "denoise",
    }
    found = ends(first.snapshots[0])
    assert ("codec", "decode_video", False, False) in found and (
        "denoise",
        "space blocks",
        False,
        True,
    ) in found
    assert {g.title for g in graphs} == {"cond", "uncond", "clean", "sample"}
    sample = next(g for g in graphs if g.title == "sample").snapshots[0]
    assert any(e.back for e in sample.edges) and any(
        n.title.startswith("x = x + (next.sigma") for n in sample.nodes
    )
    assert any(n.title == '""' and n.note == "the empty prompt" for n in sample.nodes)


@pytest.mark.parametrize("path", later_slow(LIBRARY), ids=lambda p: p.stem)
def test_all_that_comes_with_fdc_can_be_drawn(path: Path) -> None:
    made = alone(path)
    lanes = ("data", *(r.name for r in made.roles))
    for g in made.graphs:
        for s in g.snapshots:
            assert {x.card.id for x in layout(s, lanes).placed() if x.card} == {n.id for n in s.nodes}


def test_errors_stand_at_the_card_where_they_arise() -> None:
    text = DMD2.read_text("utf-8").replace("critic.target(x0, eps, t)", "critic.target(eps, x0, t)")
    checked = check_source(Source("wrong.fdl", text), Path("wrong.fdl"), noting=True)
    made = outline(checked)
    assert made is not None
    (told,) = made.diagnostics
    (found,) = checked.diagnostics
    assert (told.code, told.message, told.help, told.line) == (found.code, found.message, found.help, 39)
    assert told.node is not None
    graph, _, node = told.node.rpartition("/")
    (drawing,) = [g for g in made.graphs if g.id == graph]
    (card,) = [n for n in drawing.snapshots[0].nodes if n.id == node]
    assert card.kind == "loss" and card.title == "loss flow"
    read = {a for a, b, _, _ in ends(drawing.snapshots[0]) if b == card.title}
    assert read == {
        "xt = noisy(x0, eps, t)",
        "eps ~ noise[critic]",
        "student.x0",
        "t ~ clamp(shifted(uniform(0, 1), 8), 0.02, 0.98)",
    }
    assert told.message in to_svg(made).replace("&#x27;", "'")


@pytest.mark.slow
@pytest.mark.parametrize("topic", sorted(p.name for p in REFUSED.iterdir() if p.is_dir()))
def test_every_refused_program_can_be_drawn(topic: str) -> None:
    for path in sorted((REFUSED / topic).glob("*.fdl"))[::7]:
        checked = check(path, noting=True)
        made = outline(checked)
        if made is not None:
            said = {(m.message, m.line) for m in made.diagnostics}
            assert said == {(d.message, d.span.line) for d in checked.diagnostics}, path
            assert len(made.diagnostics) <= len(checked.diagnostics)
            assert to_svg(made)


def test_an_error_inside_of_a_method_stands_at_its_card(tmp_path: Path) -> None:
    """The diagnostic itself is at the `use`, where roles were chosen."""
    method = DMD2.read_text("utf-8").replace("critic.target(x0, eps, t)", "x0 - eps")
    (tmp_path / "turned.fdl").write_text(method, "utf-8")
    program = (ROOT / "programs" / "wan_dmd2.fdl").read_text("utf-8")
    path = tmp_path / "p.fdl"
    path.write_text(program.replace("import dmd2", 'import "./turned.fdl" { dmd2 }'), "utf-8")
    made = alone(path)
    (told,) = [m for m in made.diagnostics if m.code == "sign-mismatch"]
    cards = {f"{g.id}/{n.id}": n for g in made.graphs for n in g.snapshots[0].nodes}
    assert told.node is not None and cards[told.node].title == "loss flow"


def test_cards_of_stages_have_the_comment_of_their_declaration() -> None:
    said = "The size of the original, where it was cut, and the size that is made, heights first."
    family, program = (ROOT / "families" / "sdxl" / "sdxl.fdl", ROOT / "programs" / "sdxl_finetune.fdl")
    (declared,) = [n for g in alone(family).graphs for n in g.snapshots[0].nodes if n.id == "stage.denoise"]
    assert declared.doc == said
    checked = check(program, noting=True)
    drawn = picture(checked, checked.programs).graphs[0].snapshots[0]
    assert said in next(n.doc for n in drawn.nodes if n.title == "student.predict")
