"""Pictures of programs: what is on them, that nothing in the SVG overlaps, and what other tools read of them."""

from __future__ import annotations

import itertools
import json
import subprocess
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path
from shutil import which

import pytest
from paths import ACCEPTED, LIBRARY, ROOT
from shipped import later_slow

from fdc.compiler.cli.main import main
from fdc.compiler.driver.picture import picture
from fdc.compiler.driver.pipeline import check
from fdc.compiler.graph.document import Card, Document, Drawing
from fdc.compiler.graph.still.dot import to_dot
from fdc.compiler.graph.still.layout import Block, layout
from fdc.compiler.graph.still.mermaid import to_mermaid
from fdc.compiler.graph.still.model_explorer import to_model_explorer
from fdc.compiler.graph.still.svg import at, main_graphs, to_svg

DMD2 = ROOT / "programs" / "wan_dmd2.fdl"
FILES = [p for p in LIBRARY if "\nprogram " in f"\n{p.read_text('utf-8')}"]


@cache
def drawn(path: Path) -> Document:
    checked = check(path)
    return picture(checked, checked.programs)


def graph(id: str) -> Drawing:
    return next(g for g in drawn(DMD2).graphs if g.id == id)


def cards(id: str, after: str = "") -> dict[str, Card]:
    return {n.id: n for n in at(graph(id), after).nodes}


def titled(found: dict[str, Card], title: str) -> list[Card]:
    return [n for n in found.values() if n.title == title]


# what is on them


def test_what_stands_at_the_top() -> None:
    made = drawn(DMD2)
    assert (made.program, made.kind) == ("wan_dmd2", "program")
    assert dict(made.sizes) == {"F": 81, "H": 480, "W": 832}
    assert made.trained == ("critic", "student")
    assert [(r.name, r.train) for r in made.roles] == [
        ("student", "full"),
        ("teacher", "frozen"),
        ("critic", "full"),
    ]


def test_a_step_is_few_cards() -> None:
    for g in drawn(DMD2).graphs:
        assert len(g.snapshots[0].nodes) <= 30, g.id


def test_a_loop_is_a_box_with_its_count_and_an_edge_back() -> None:
    found = cards("update_student")
    (loop,) = [n for n in found.values() if n.kind == "loop"]
    assert loop.title == "k rounds, drawn from 0 .. 2" and loop.lane == "student"
    inside = {n.title for n in found.values() if n.parent == loop.id}
    assert inside == {"i", "x", "student.x0", "eps ~ noise[wan21]", "x = noisy(x0, eps, t)"}
    (back,) = [e for e in graph("update_student").snapshots[0].edges if e.back]
    assert found[back.target].title == "x" and found[back.source].title == "x = noisy(x0, eps, t)"
    assert {n.title for n in cards("sample").values() if n.kind == "loop"} == {"2 rounds"}


def test_the_step_of_a_sampler_is_there() -> None:
    made = drawn(ROOT / "programs" / "teach.fdl")
    sample = next(g for g in made.graphs if g.kind == "validation").snapshots[0]
    (step,) = [n for n in sample.nodes if n.title.startswith("x = x + (next.sigma - t.sigma)*p")]
    assert step.parent is not None
    assert {n.title for n in sample.nodes if n.kind == "loop"} == {"20 rounds"}


def test_what_is_trained_and_recorded_and_what_is_not() -> None:
    calls = {n.id: n for n in cards("update_student").values() if n.kind == "stage"}
    rollout, student = (n for n in calls.values() if n.title == "student.x0")
    assert rollout.trains and not rollout.tape and student.trains and student.tape
    others = [n for n in calls.values() if n.lane != "student"]
    assert all(n.frozen and not n.trains and not n.tape for n in others) and len(others) == 6
    critic = cards("update_critic")
    assert all(n.frozen for n in titled(critic, "student.x0"))


def test_numbers_of_draws_weights_of_losses_and_the_empty_prompt() -> None:
    found = cards("update_student")
    assert titled(found, "t ~ clamp(shifted(uniform(0, 1), 8), 0.02, 0.98)")[0].note == "one per sample"
    assert titled(found, "k ~ pick(0 .. 2)")[0].note == "one per step"
    assert titled(found, "steps")[0].note == "1000, 757, 522"
    assert titled(found, '""')[0].note == "the empty prompt"
    (loss,) = graph("update_student").losses
    assert (loss.name, loss.weight, loss.normaliser) == ("dmd", "0.5", "mean over all elements")
    assert found[loss.node].title == "loss dmd" and loss.trains == ("student",)


def test_the_gradient_goes_from_the_loss_to_the_role() -> None:
    edges = [e for e in graph("update_student").snapshots[0].edges if e.gradient]
    found = cards("update_student")
    ends = {(found[e.source].title, found[e.target].title) for e in edges}
    assert ends == {("student.x0", "loss dmd"), ("loss dmd", "student")}


def test_no_pass_changes_where_gradients_go() -> None:
    for g in (graph("update_student"), graph("update_critic")):
        (trained,) = g.trains
        for s in g.snapshots:
            found = {n.id: n for n in s.nodes}
            ends = {found[i] for e in s.edges if e.gradient for i in (e.source, e.target)}
            assert {n.lane for n in ends} <= {trained, "data"}, (g.id, s.pass_)
            assert {n.title for n in ends if n.lane == "data"} <= {
                "loss dmd",
                "loss flow",
                "mse",
                "loss mse",
            }, s.pass_
            assert any(n.kind == "stage" and n.trains for n in ends)


def test_a_validation_at_sizes_of_its_own_is_drawn_at_these() -> None:
    made = drawn(ACCEPTED / "validations.fdl")
    titles = [g.title for g in made.graphs if g.kind == "validation"]
    assert any(t.startswith("validation `long` at F = 8") for t in titles), titles


def test_passes_mark_what_they_change() -> None:
    assert any(
        n.hoisted and n.note == "kept on disk, by ''" for n in cards("update_student", "hoist").values()
    )
    (joined,) = [n for n in cards("update_student", "batch").values() if n.note == "2 calls as one"]
    assert joined.title == "teacher.denoise" and joined.doc.startswith("one call for 2 conditions")
    assert any(n.shared and "the same weights" in n.doc for n in cards("update_student", "share").values())
    fused = at(graph("update_student"), "fuse")
    assert {k.kernel for k in fused.groups} == {"fused_x", "fused_x0_and_xt", "fused_mse"}
    assert any("is a call, whose inside is not seen" in r.reason for r in fused.refused)


def test_quantities_on_the_edges() -> None:
    found = {(e.target_port, e.label, e.quantity) for e in graph("update_critic").snapshots[0].edges}
    assert {
        ("x", "noisy at t", "noisy"),
        ("t", "steps[k]", "time"),
        ("target", "eps - x0", "velocity"),
    } <= found
    known = {w.quantity for w in drawn(DMD2).legend}
    assert {q for _, _, q in found} <= known


def test_programs_of_a_file_and_what_they_need() -> None:
    made = drawn(ROOT / "programs" / "quickstart.fdl")
    assert made.kind == "file" and made.graphs[0].kind == "overview"
    (edge,) = made.graphs[0].snapshots[0].edges
    assert (edge.source, edge.target, edge.label) == ("program.distil", "program.compare", "student")
    assert {g.program for g in made.graphs[1:]} == {"distil", "compare"}


# where it stands


def blocks(block: Block) -> list[Block]:
    return [block, *(b for s in block.spots.values() if s.inner is not None for b in blocks(s.inner))]


@pytest.mark.slow
@pytest.mark.parametrize("path", later_slow(FILES), ids=lambda p: p.stem)
def test_nothing_overlaps_and_edges_run_from_left_to_right(path: Path) -> None:
    made = drawn(path)
    for g in main_graphs(made):
        for s in g.snapshots:
            whole = layout(s, ("data", *(r.name for r in made.roles)))
            assert {n.lane for n in s.nodes if n.parent is None} == {lane for lane, _, _ in whole.bands}
            assert len({lane for lane, _, _ in whole.bands}) == len(whole.bands)
            for block in blocks(whole):
                for a, b in itertools.combinations(block.spots.values(), 2):
                    apart = a.x + a.w <= b.x or b.x + b.w <= a.x or a.y + a.h <= b.y or b.y + b.h <= a.y
                    assert apart, (a.key, b.key)
                for w in block.wires:
                    xs = [x for x, _ in w.points]
                    assert w.edge.back or xs == sorted(xs), w.edge.id
            assert {s.card.id for s in whole.placed() if s.card} == {n.id for n in s.nodes}


@pytest.mark.parametrize("path", later_slow(FILES), ids=lambda p: p.stem)
def test_no_edge_runs_through_a_card(path: Path) -> None:
    made = drawn(path)
    for g in main_graphs(made):
        whole = layout(g.snapshots[0], ("data", *(r.name for r in made.roles)))
        for block in blocks(whole):
            boxes = [s for s in block.spots.values() if s.card is not None]
            for w in block.wires:
                for (ax, ay), (bx, by) in itertools.pairwise(w.points):
                    for s in boxes:
                        inside = ay == by and s.y < ay < s.y + s.h and ax < s.x + s.w and bx > s.x
                        assert not inside, (w.edge.id, s.key)


# what others read


@pytest.mark.parametrize("path", later_slow(FILES), ids=lambda p: p.stem)
def test_svg_is_well_formed_and_the_same_each_time(path: Path) -> None:
    text = to_svg(drawn(path))
    assert text == to_svg(drawn(path))
    root = ET.fromstring(text)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    words = list(root.iter("{http://www.w3.org/2000/svg}text"))
    assert all(0 <= float(e.attrib["x"]) < width for e in words) and height > 0


def test_texts_are_escaped() -> None:
    made = drawn(DMD2)
    text = to_mermaid(made)
    assert 'subgraph g0["update critic · every step"]' in text and "&quot;&quot;" in text
    assert '==>|"gradient"|' in text and '-.->|"noisy at steps[i + 1]"|' in text
    dot = to_dot(made)
    assert dot.count("{") == dot.count("}") and 'label="\\"\\"\\nthe empty prompt"' in dot


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("path", later_slow(FILES), ids=lambda p: p.stem)
def test_dot_is_read_by_pydot(path: Path) -> None:
    pydot = pytest.importorskip("pydot", reason="pydot reads DOT, and is not installed")
    (found,) = pydot.graph_from_dot_data(to_dot(drawn(path)))
    assert len(found.get_subgraphs()) == len(main_graphs(drawn(path)))


@pytest.mark.slow
def test_mermaid_is_read_by_its_own_parser(tmp_path: Path) -> None:
    """With node and the packages `mermaid` and `jsdom` in `$MERMAID`, a folder with `node_modules`."""
    import os

    at_hand = os.environ.get("MERMAID")
    if which("node") is None or not at_hand:
        pytest.skip(
            "mermaid's parser needs node, and a folder with the packages mermaid and jsdom in $MERMAID"
        )
    script = Path(at_hand) / "parse_for_fdc.mjs"
    script.write_text(
        "import {JSDOM} from 'jsdom'; import fs from 'fs';\n"
        "const dom = new JSDOM(''); global.window = dom.window; global.document = dom.window.document;\n"
        "const mermaid = (await import('mermaid')).default;\n"
        "for (const f of process.argv.slice(2)) await mermaid.parse(fs.readFileSync(f, 'utf8'));\n"
    )
    texts = []
    for path in FILES:
        texts.append(tmp_path / f"{path.stem}.mmd")
        texts[-1].write_text(to_mermaid(drawn(path)), encoding="utf-8")
    done = subprocess.run(["node", script, *texts], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_model_explorer_has_what_its_reader_asks_for() -> None:
    """A collection is known by `label` and `graphs`; every edge comes from a node of the graph, by the id of an output."""
    made = json.loads(to_model_explorer(drawn(DMD2)))
    assert made["label"] == "wan_dmd2" and len(made["graphs"]) == len(drawn(DMD2).graphs)
    for g in made["graphs"]:
        nodes = {n["id"]: n for n in g["nodes"]}
        assert len(nodes) == len(g["nodes"])
        for n in nodes.values():
            assert set(n) == {
                "id", "label", "namespace", "attrs", "incomingEdges", "outputsMetadata", "inputsMetadata", "style"
            }  # fmt: skip
            assert all(isinstance(a["value"], str) for a in n["attrs"])
            for e in n["incomingEdges"]:
                outputs = {o["id"] for o in nodes[e["sourceNodeId"]]["outputsMetadata"]}
                assert e["sourceNodeOutputId"] in outputs


# the command


def test_a_file_holds_what_its_ending_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "graph.svg"
    assert main(["graph", str(DMD2), "-o", str(out)]) == 0
    assert capsys.readouterr().out == f"wrote {out}: update critic, update student, validation, 7 stages\n"
    assert out.read_text("utf-8").startswith("<svg")
    assert main(["graph", str(DMD2), "-o", str(tmp_path / "graph.bmp")]) == 2
    assert "end it with" in capsys.readouterr().err and not (tmp_path / "graph.bmp").exists()


@pytest.mark.parametrize("which", ["2", "student", "update_student", "update student"])
def test_one_graph_is_named(which: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", str(DMD2), "--format", "json", "--update", which]) == 0
    assert [g["id"] for g in json.loads(capsys.readouterr().out)["graphs"]] == ["update_student"]


def test_a_graph_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", str(DMD2), "--update", "99"]) == 2
    assert "1 update_critic (update critic)" in capsys.readouterr().err


def test_after_a_pass(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", str(DMD2), "--pass", "batch"]) == 0
    assert "2 calls as one" in capsys.readouterr().out


# what is asked of roles, and where a card stands in the module


def test_forwards_of_roles() -> None:
    asked = {(g.id, r.role): (r.forwards, r.backwards) for g in drawn(DMD2).graphs for r in g.roles}
    assert asked["update_student", "student"] == ("1 + k", True)
    assert asked["update_student", "teacher"] == ("2", False)
    assert asked["update_critic", "student"] == ("1 + k", False)
    assert asked["sample", "student"] == ("3", False)
    rollout = next(n for n in cards("update_student").values() if n.title == "student.x0" and n.parent)
    assert rollout.cost is not None and rollout.cost.forwards == "k"


def test_parameters_are_known_where_the_weights_lie_here() -> None:
    made = drawn(ROOT / "programs" / "quickstart.fdl")
    known = {(r.program, r.name): (r.parameters, r.bytes) for r in made.roles}
    assert known["distil", "teacher"] == (555360, 4 * 555360) and known["compare", "student"] == (None, None)
    assert {r.parameters for r in drawn(DMD2).roles} == {None}


def test_a_card_knows_its_line_of_the_module() -> None:
    made = drawn(DMD2)
    lines = (made.plan or "").splitlines()
    found = {n.id: lines[n.plan_line - 1].strip() for n in cards("update_student").values() if n.plan_line}
    by_title = {cards("update_student")[i].title: line for i, line in found.items()}
    assert by_title["k ~ pick(0 .. 2)"].startswith('k = int(run.draws.integer("student.generate.k"')
    assert by_title["critic.x0"].startswith("fake_velocity = critic_denoise(")
    assert by_title["loss dmd"].startswith("dmd = 0.5 * mse_loss")


def test_what_is_written_above_a_program_is_told() -> None:
    checked = check(ROOT / "programs" / "quickstart.fdl")
    made = picture(checked, checked.programs[:1])
    assert made.doc.startswith("Distils the teacher that ships with `mini`")
