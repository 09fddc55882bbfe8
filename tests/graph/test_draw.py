"""Pictures of programs: what is in them, and that nothing in the SVG overlaps."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from lowering import CRITIC, DMD2, STUDENT, TEACHER, typed
from paths import EXAMPLES

from fdc.compiler.driver.pipeline import check
from fdc.compiler.graph.dot import to_dot
from fdc.compiler.graph.layout import layout
from fdc.compiler.graph.mermaid import to_mermaid
from fdc.compiler.graph.model import Picture, picture
from fdc.compiler.graph.svg import to_svg
from fdc.stages import losses

ROLES = "\n".join((STUDENT, CRITIC, TEACHER))


@pytest.fixture
def drawn(tmp_path: Path) -> Picture:
    return picture(typed(tmp_path, "use dmd2(student, teacher, critic)", ROLES, methods=DMD2))


def test_what_is_drawn(drawn: Picture) -> None:
    critic, student = drawn.panels
    assert student.title == "update student, every 5 steps"
    assert student.lanes == ("data", "student", "critic", "teacher")
    boxes = {b.title: b for b in student.boxes}
    assert boxes["teacher.x0"].frozen and not boxes["student.x0"].frozen
    assert boxes["student.encode_text"].frozen
    assert boxes["loss dmd"].kind == "loss" and boxes["loss dmd"].note in {op.name for op in losses.OPS}
    assert not any(b.title in {op.name for op in losses.OPS} for b in student.boxes)
    assert {b.note for b in student.boxes if b.title == "student.x0"} == {"k rounds", ""}
    assert sum(b.title == "teacher.encode_text" for b in student.boxes) == 2  # with and without the prompt
    by_id = {b.id: b.title for b in critic.boxes}
    wires = {(by_id[w.source], by_id[w.target]): w for w in critic.wires}
    assert wires["student.x0", "xt = noisy(x0, eps, t)"].stopped
    assert wires["student.x0", "xt = noisy(x0, eps, t)"].label == "small"
    assert not wires["xt = noisy(x0, eps, t)", "critic.predict"].stopped


def test_every_wire_runs_from_left_to_right(drawn: Picture) -> None:
    for panel in drawn.panels:
        found = layout(panel)
        for w in panel.wires:
            assert found.columns[w.source] < found.columns[w.target]
            assert found.spots[w.source].x + found.spots[w.source].w < found.spots[w.target].x


def test_boxes_do_not_overlap(drawn: Picture) -> None:
    for panel in drawn.panels:
        for a, b in itertools.combinations(layout(panel).spots.values(), 2):
            apart = a.x + a.w <= b.x or b.x + b.w <= a.x or a.y + a.h <= b.y or b.y + b.h <= a.y
            assert apart, (a.key, b.key)


def test_svg_is_well_formed_and_the_same_each_time(drawn: Picture) -> None:
    text = to_svg(drawn)
    assert text == to_svg(drawn)
    root = ET.fromstring(text)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    words = list(root.iter("{http://www.w3.org/2000/svg}text"))
    assert {"loss dmd", "teacher.x0", "frozen"} <= {e.text for e in words}
    assert all(0 <= float(e.attrib["x"]) < width for e in words) and height > 0


def test_texts_are_escaped(drawn: Picture) -> None:
    assert 'p0["update critic"]' in to_mermaid(drawn)
    assert ":::frozen" in to_mermaid(drawn) and "-.->|small|" in to_mermaid(drawn)
    dot = to_dot(drawn)
    assert dot.count("{") == dot.count("}") and 'label="loss flow\\nmse"' in dot


@pytest.mark.parametrize("name", ["wan_dmd2", "produce_pairs", "av_finetune"])
def test_every_example_can_be_drawn(name: str) -> None:
    (program,) = check(EXAMPLES / f"{name}.fdl").programs
    p = picture(program)
    assert p.panels and ET.fromstring(to_svg(p)) is not None
