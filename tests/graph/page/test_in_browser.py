"""The page in a real browser, opened from disk: what it draws, what it does when asked, and that it asks nobody else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from graph_documents import HOSTILE, TURNED, large, step, text
from paths import ROOT

from fdc.compiler.graph.page.browser import found, render
from fdc.compiler.graph.page.page import to_page

pytestmark = pytest.mark.slow

playwright = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: fdc[test] has it"
)

Open = Callable[[dict[str, Any]], Any]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    executable = found()
    if executable is None:
        pytest.skip("no browser is found: install Chromium, or name one in FDC_BROWSER")
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any, tmp_path: Path) -> Iterator[Open]:
    """Opens the page of a document from disk; no request, message or mistake may come of it, then or later."""
    context = chromium.new_context(viewport={"width": 1500, "height": 900})
    context.set_default_timeout(5000)
    page = context.new_page()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda request: heard.append(request.url))
    page.on("dialog", lambda dialog: heard.append(dialog.message))
    at = tmp_path / "graph.html"

    def opened(document: dict[str, Any]) -> Any:
        at.write_text(to_page(text(document), document["program"]), "utf-8")
        page.goto(at.as_uri())
        page.wait_for_selector("[data-ready]")
        return page

    yield opened
    context.close()
    assert {line for line in heard if line != at.as_uri() and not line.startswith("data:image/svg")} == set()


def drawn(page: Any) -> set[str]:
    read = "all => all.flatMap(one => JSON.parse(one.dataset.edges))"
    return set(page.eval_on_selector_all("[data-edges]", read))


def cards(page: Any) -> list[str]:
    return page.eval_on_selector_all("#world [data-id]", "all => all.map(one => one.dataset.id)")


def card(page: Any, id: str) -> Any:
    return page.locator(f'#world [data-id="{id}"]')


def test_what_stands_on_the_page(open_page: Open) -> None:
    page = open_page(step())
    assert page.title() == "toy" and page.inner_text("h1") == "toy"
    about = page.inner_text("#about")
    assert "b 2" in about and "student toy · full" in about and "teacher toy · frozen" in about
    assert page.locator("[role=tab]").all_inner_texts() == [
        "update studentevery 5 steps",
        "validationevery 200 steps",
    ]
    shot = step()["graphs"][0]["snapshots"][0]
    assert set(cards(page)) == {n["id"] for n in shot["nodes"]}
    assert drawn(page) == {e["id"] for e in shot["edges"]}
    legend = page.inner_text("#legend")
    for word in (
        "random draw",
        "frozen",
        "loss",
        "clean in words",
        "difference in words",
        "to the next round",
    ):
        assert word in legend
    assert "noise in words" not in legend  # no wire carries it
    assert "3 steps" in page.inner_text("#run") and "1.25" in page.inner_text("#run")


def test_wires_end_at_their_cards(open_page: Open) -> None:
    page = open_page(step())
    ends = page.evaluate(
        """() => [...document.querySelectorAll("[data-edges]")].map((path) => {
          const box = (id) => document.querySelector(`[data-id="${id}"] .face`).getBoundingClientRect();
          const at = (x) => path.getPointAtLength(x).matrixTransform(path.getScreenCTM());
          const [first, last] = [at(0), at(path.getTotalLength())];
          const [from, to] = [box(path.dataset.source), box(path.dataset.target)];
          return [path.dataset.edges, Math.abs(first.x - from.right), Math.abs(last.x - to.left),
            first.y > from.top && first.y < from.bottom, last.y > to.top && last.y < to.bottom];
        })"""
    )
    for name, out, into, starts, stops in ends:
        assert out < 3 and into < 3 and starts and stops, name


OVERLAPS = """() => {
  const wrong = [];
  const inside = (p, box) => p.x > box.left + 2 && p.x < box.right - 2 && p.y > box.top + 2 && p.y < box.bottom - 2;
  const of = (g) => [g, g.querySelector(".face").getBoundingClientRect()];
  const cards = [...document.querySelectorAll("#world .card:not(.open)")].map(of);
  for (const [g, box] of [...document.querySelectorAll("#world .card")].map(of))
    for (const text of g.querySelectorAll("text")) {
      const at = text.getBoundingClientRect();
      if (at.left < box.left - 1 || at.right > box.right + 1 || at.bottom > box.bottom + 2)
        wrong.push(`words leave ${g.dataset.id}: ${text.textContent}`);
    }
  for (const [g, box] of cards)
    for (const [other, at] of cards)
      if (g !== other && box.left < at.right && at.left < box.right && box.top < at.bottom && at.top < box.bottom)
        wrong.push(`${g.dataset.id} on ${other.dataset.id}`);
  for (const path of document.querySelectorAll("[data-edges]")) {
    const length = path.getTotalLength();
    for (let k = 1; k < 80; k++) {
      const p = path.getPointAtLength((length * k) / 80).matrixTransform(path.getScreenCTM());
      const hit = cards.find(([, box]) => inside(p, box));
      if (hit) wrong.push(`${path.dataset.edges} runs through ${hit[0].dataset.id}`);
    }
  }
  return [...new Set(wrong)];
}"""


@pytest.mark.parametrize("name", ["step", "wan_dmd2"])
def test_nothing_lies_over_anything(open_page: Open, name: str, tmp_path: Path) -> None:
    """Cards do not overlap, no wire runs through a card, and words stay in their card."""
    document = step() if name == "step" else _document(ROOT / "programs" / f"{name}.fdl", tmp_path)
    page = open_page(document)
    for n in range(len(document["graphs"][0]["snapshots"])):
        page.fill("#pass", str(n))
        assert page.evaluate(OVERLAPS) == []
    page.keyboard.press("t")
    assert page.evaluate(OVERLAPS) == []
    page.keyboard.press("c")
    assert page.evaluate(OVERLAPS) == []


def test_a_click_tells_all(open_page: Open) -> None:
    page = open_page(step())
    card(page, "last").click()
    told = page.inner_text("#details")
    for word in (
        "student.x0",
        "What the toy does.",
        "clean of x0",
        "c = 16",
        "toy.fdl:2",
        "plan.py:2",
        "trained",
    ):
        assert word in told, told
    page.locator("#details .dim", has_text="c = 16").first.hover()
    assert "lit" in card(page, "judge").get_attribute("class")
    page.keyboard.press("Escape")
    assert not page.is_visible("#details")
    card(page, "judge").click()
    assert "warning[toy-warning]" in page.inner_text("#details")
    page.locator("#details .link", has_text="student.x0").first.click()
    assert "What the toy does." in page.inner_text("#details")


def test_hovering_lights_up(open_page: Open) -> None:
    page = open_page(step())

    def lit() -> set[str]:
        return set(page.eval_on_selector_all("#world .lit[data-id]", "all => all.map(one => one.dataset.id)"))

    card(page, "x").hover()
    assert lit() == {"x", "loop", "kept", "go", "more"}
    card(page, "mse").hover()
    assert lit() == {"mse", "less", "last"}
    assert page.locator(".wire.lit.gradient").count() == 2
    page.locator("#about [data-role=teacher]").hover()
    assert lit() == {"judge"}
    page.locator("h1").hover()
    assert lit() == set()


def test_search(open_page: Open) -> None:
    page = open_page(step())
    page.keyboard.press("/")
    page.keyboard.type("TEACHER")
    assert page.inner_text("#found") == "1 found"
    assert page.locator(".card.found").get_attribute("data-id") == "judge"
    page.keyboard.press("Escape")
    assert page.locator(".dimmed").count() == 0


def test_passes(open_page: Open) -> None:
    page = open_page(step())
    page.fill("#pass", "1")
    assert page.inner_text("#pass-name") == "fused, 1 changed"
    assert page.locator("#world .changed").get_attribute("data-id") == "judge"
    kernel = card(page, "group k0")
    assert "fused_toy" in kernel.text_content() and "saves 12 MB" in kernel.text_content()
    assert drawn(page) == {e["id"] for e in step()["graphs"][0]["snapshots"][1]["edges"]}
    kernel.click(position={"x": 60, "y": 12})
    told = page.inner_text("#details")
    assert "mse(x0 - real)" in told and "d = x0 - real" in told and "toy.fdl:3" in told
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    mark = page.locator("#world .refusal")
    assert mark.count() == 1 and "a call of toy" in mark.text_content()
    card(page, "last").click()
    assert "a call of toy stands between them" in page.inner_text("#details")


def test_a_page_opens_after_a_pass(chromium: Any, tmp_path: Path) -> None:
    at = tmp_path / "graph.html"
    page = chromium.new_page()
    for after, name in (("", "as checked"), ("lowered", "as checked"), ("fuse", "fused, 1 changed")):
        at.write_text(to_page(text(step()), "toy", after), "utf-8")
        page.goto(at.as_uri())
        assert page.inner_text("#pass-name") == name
    page.close()


def test_what_a_role_is_asked_and_what_a_loss_was(open_page: Open) -> None:
    page = open_page(step())
    assert "1.25 at step 3" in card(page, "mse").text_content()
    name = page.locator('.lane-name[data-role="teacher"]')
    assert "1 forward" in name.text_content()
    name.locator("text").first.click()
    told = page.inner_text("#details")
    assert "no gradient comes back" in told and "2 M FLOPs" in told and "1.3 B parameters" in told


def test_types_at_the_ports(open_page: Open) -> None:
    page = open_page(step())
    page.click("#types")
    assert "toy [b, c, 8] f32" in card(page, "judge").text_content()
    card(page, "judge").locator('tspan[data-dim="c"]').first.hover()
    assert page.locator("#world .lit").count() > 8


def test_a_comparison_is_coloured(open_page: Open) -> None:
    document = step()
    shot = document["graphs"][0]["snapshots"][0]
    for node, change in zip(shot["nodes"], ("added", "removed", "retyped"), strict=False):
        node["change"] = change
    shot["edges"][0]["change"] = "added"
    document["compared_with"] = "other.fdl"
    page = open_page(document)
    assert "compared with other.fdl" in page.inner_text("#about")
    for change in ("added", "removed", "retyped"):
        assert page.locator(f"#world .card.{change}").count() == 1 and change in page.inner_text("#legend")
    assert page.locator("#world .wire.added").count() == 1


def test_the_cursor_of_an_editor_is_followed(open_page: Open) -> None:
    document = step()
    document["graphs"][0]["snapshots"][0]["nodes"][-1]["trace"][0]["line"] = 9
    document["graphs"][0]["snapshots"][0]["nodes"][-1]["trace"][0]["end"] = 9
    page = open_page(document)
    page.set_viewport_size({"width": 500, "height": 700})
    page.evaluate("postMessage({file: '/somewhere/toy.fdl', line: 9}, '*')")
    page.wait_for_selector("#world .found")
    assert page.locator("#world .found").get_attribute("data-id") == "end"
    box = card(page, "end").locator(".face").bounding_box()
    assert 0 < box["x"] < 500 - box["width"] and box["width"] > 30


def test_folding(open_page: Open) -> None:
    page = open_page(step())
    page.locator('[data-fold="loop"]').click()
    assert set(cards(page)) == {"x", "loop", "last", "judge", "less", "mse", "end"}
    assert "3 inside" in card(page, "loop").text_content()
    inside = {"kept.x>go.x", "go.x0>more.x0", "more.x>kept.next"}
    every = {e["id"] for e in step()["graphs"][0]["snapshots"][0]["edges"]}
    assert drawn(page) == every - inside
    page.locator('[data-fold="lane student"]').click()
    assert "lane student" in cards(page) and "last" not in cards(page)
    page.keyboard.press("e")
    assert drawn(page) == every


def test_boxes_around_calls(open_page: Open) -> None:
    document = step()
    call = {"file": "toy.fdl", "line": 3, "end": 3, "text": "generate(batch)"}
    for node in document["graphs"][0]["snapshots"][0]["nodes"]:
        if node["id"] in ("x", "loop", "kept", "go", "more", "last"):
            node["trace"] = [call, *node["trace"]]
    page = open_page(document)
    page.keyboard.press("b")
    box = page.locator("#world .graph.open")
    assert "generate(batch)" in box.text_content() and "toy.fdl:3" in box.text_content()
    page.keyboard.press("c")
    assert "6 inside" in page.locator("#world .graph").text_content()
    assert len(cards(page)) == 5
    page.keyboard.press("e")
    assert drawn(page) == {e["id"] for e in document["graphs"][0]["snapshots"][0]["edges"]}


def test_keys_and_the_list(open_page: Open) -> None:
    page = open_page(step())
    page.keyboard.press("]")
    assert page.locator("[role=tab][aria-selected=true]").inner_text().startswith("validation")
    page.keyboard.press("[")
    scale = page.evaluate("document.getElementById('world').getAttribute('transform')")
    page.keyboard.press("+")
    assert page.evaluate("document.getElementById('world').getAttribute('transform')") != scale
    page.keyboard.press("f")
    assert page.evaluate("document.getElementById('world').getAttribute('transform')") == scale
    page.keyboard.press("l")
    told = page.inner_text("#list")
    assert "teacher.x0 (stage, teacher, frozen)" in told and "takes clean from student.x0" in told
    card(page, "last").focus()
    page.keyboard.press("l")
    page.keyboard.press("Enter")
    assert "student.x0" in page.inner_text("#details h2")


def test_light_and_dark(open_page: Open, chromium: Any) -> None:
    page = open_page(step())
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.emulate_media(color_scheme="dark")
    while page.evaluate(paper) == light:  # until the page has heard of it; the test has a time limit
        page.wait_for_timeout(10)
    page.keyboard.press("d")
    assert page.evaluate(paper) == light
    page.emulate_media(media="print")
    assert not page.is_visible("#search") and page.is_visible("#canvas")


def test_the_drawing_as_a_file(open_page: Open) -> None:
    page = open_page(step())
    for button, ending, head in (("#svg", ".svg", b"<svg"), ("#png", ".png", b"\x89PNG")):
        with page.expect_download() as download:
            page.click(button)
        assert download.value.suggested_filename == f"toy_update_student{ending}"
        assert Path(download.value.path()).read_bytes().startswith(head)


@pytest.mark.parametrize("name", [HOSTILE, TURNED])
def test_no_name_runs(open_page: Open, name: str) -> None:
    page = open_page(step(name, doc=name))
    assert page.inner_text("h1").strip() != "" and page.locator("img").count() == 0
    page.fill("#pass", "1")
    for id in ("last", "judge", "mse"):
        card(page, id).click()
    assert name in page.evaluate("document.getElementById('details').textContent")
    page.keyboard.press("l")
    assert page.evaluate("document.title") != "broken"


def test_thousands_of_nodes(open_page: Open) -> None:
    page = open_page(large(5000))
    assert 4 < len(cards(page)) < 300
    assert page.locator("[data-edges]").count() > 3


ENDS = """[...document.querySelectorAll("[data-edges]")].map(
  (path) => [JSON.parse(path.dataset.edges), path.dataset.source, path.dataset.target])"""
PROGRAMS = [p for p in sorted((ROOT / "programs").glob("*.fdl")) if "\nprogram " in p.read_text("utf-8")]


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda p: p.stem)
def test_every_edge_of_every_program_is_drawn(open_page: Open, path: Path, tmp_path: Path) -> None:
    """Both ways: what the page draws with every box open is what the document holds, as checked and after the last pass."""
    document = _document(path, tmp_path)
    page = open_page(document)
    for k, graph in enumerate(document["graphs"]):
        if k:
            page.keyboard.press("]")
        page.keyboard.press("e")
        last = len(graph["snapshots"]) - 1
        for n in sorted({0, last}):
            shot = graph["snapshots"][n]
            if len(graph["snapshots"]) > 1:
                page.fill("#pass", str(n))
            found = {(id, *ends) for ids, *ends in page.evaluate(ENDS) for id in ids}
            assert found == {(e["id"], e["source"], e["target"]) for e in shot["edges"]}, (
                graph["id"],
                shot["pass"],
            )
            groups = {f"group {g['id']}" for g in shot["groups"]}
            assert set(cards(page)) - groups == {x["id"] for x in shot["nodes"]}, (graph["id"], shot["pass"])


def test_a_picture_by_the_browser() -> None:
    page = to_page(text(step()), "toy")
    if found() is None:
        pytest.skip("no browser is found")
    assert render(page, "png").startswith(b"\x89PNG")
    assert render(page, "pdf", "update_student").startswith(b"%PDF")


def _document(path: Path, folder: Path) -> dict[str, Any]:
    from fdc.compiler.cli.main import main

    out = folder / "graph.json"
    assert main(["graph", str(path), "--format", "json", "-o", str(out)]) == 0
    return json.loads(out.read_text("utf-8"))
