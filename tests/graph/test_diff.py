"""Two programs in one picture: what was added, removed and changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from paths import ROOT

from fdc.compiler.base.source import Source
from fdc.compiler.cli.main import main
from fdc.compiler.driver.picture import picture
from fdc.compiler.driver.pipeline import check_source
from fdc.compiler.graph.diff import compared
from fdc.compiler.graph.document import Document
from fdc.compiler.graph.still.svg import to_svg

HEAD = """import mini
program p {
  sizes { F = 4, H = 16, W = 16 }
  role student = mini(tiny(seed = 0)) { train = full, precision = f32 }
  data clips = shapes("shapes") { prompt: str, video: pixels[b, 3, F, H, W] }
  optimize student = adamw(lr = 1e-3)
  train { steps = 4, batch = 4 }
  update student {
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    p = student.predict(xt, t, student.cond(batch))
"""
ONE = HEAD + "    loss flow = mse(p, student.target(x0, eps, t))\n  }\n}\n"
OTHER = HEAD.replace("uniform(0, 1)", "uniform(0, 0.5)") + "    loss flow = mse(p, p0)\n  }\n}\n"
OTHER = OTHER.replace("mse(p, p0)", "0.5*mse(student.x0(xt, t, student.cond(batch)), x0)").replace(
    "    p = student.predict(xt, t, student.cond(batch))\n", ""
)


def drawn(text: str) -> Document:
    checked = check_source(Source("p.fdl", text), Path("p.fdl"))
    assert checked.clean, checked.diagnostics
    return picture(checked, checked.programs)


def test_what_is_the_same_has_no_mark() -> None:
    made = compared(drawn(ONE), drawn(ONE))
    assert {c.change for g in made.graphs for s in g.snapshots for c in (*s.nodes, *s.edges)} == {""}


def test_added_removed_and_changed() -> None:
    made = compared(drawn(OTHER), drawn(ONE))
    first = next(g for g in made.graphs if g.kind == "update").snapshots[0]
    marks = {n.title: n.change for n in first.nodes}
    assert marks["target(x0, eps, t)"] == "removed"
    assert marks["t ~ uniform(0, 0.5)"] == marks["loss flow"] == "retyped" and marks["batch.prompt"] == ""
    ids = {n.id: n for n in first.nodes}
    for e in first.edges:
        assert e.source in ids and e.target in ids
        assert e.source_port in {p.name for p in ids[e.source].ports if p.side == "out"}
        assert e.target_port in {p.name for p in ids[e.target].ports if p.side == "in"}
    assert {e.change for e in first.edges} == {"", "added", "removed"}
    text = to_svg(made)
    assert "− target(x0, eps, t)" in text and "compared with p" in text


def test_the_command_compares_two_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = tmp_path / "one.fdl", tmp_path / "other.fdl"
    one.write_text(ONE, "utf-8")
    other.write_text(OTHER, "utf-8")
    assert main(["graph", str(other), "--diff", str(one), "-o", str(tmp_path / "diff.svg")]) == 0
    assert "− target" in (tmp_path / "diff.svg").read_text("utf-8")
    assert main(["graph", str(other), "--diff", str(tmp_path / "none.fdl")]) == 2
    assert "none.fdl" in capsys.readouterr().err


@pytest.mark.slow
def test_all_is_an_index_and_a_page_for_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", "--all", "-o", str(tmp_path / "gallery")]) == 0
    text = (tmp_path / "gallery" / "index.html").read_text("utf-8")
    pages = sorted(p.name for p in (tmp_path / "gallery").iterdir() if p.name != "index.html")
    assert {"wan.html", "mini.html", "dmd2.html", "wan_dmd2.html", "quickstart.html"} <= set(pages)
    assert all(f'<a href="{p}">' in text for p in pages)
    assert len(pages) == len([*(ROOT / "programs").glob("*.fdl"), *(ROOT / "families").glob("*/*.fdl")])


@pytest.mark.parametrize(
    "words", [["--all"], [], ["p.fdl", "--all", "-o", "x"], ["p.fdl", "--why", "--diff", "q.fdl"]]
)
def test_what_does_not_go_together_is_said(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", *words]) == 2
    assert capsys.readouterr().err.startswith("fdc: ")
