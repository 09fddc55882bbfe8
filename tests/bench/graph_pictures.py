"""The pictures of graphs that README and guide show: pages as a browser has them, written to `grammar/pictures`.

Run by hand: `python tests/bench/graph_pictures.py [NAME ...]`, after `apt-get install chromium fonts-inter`. Look at each at
full size before it is committed.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import ROOT
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from fdc.compiler.cli.main import main as fdc
from fdc.compiler.graph.page.browser import found

LARGEST = 150_000
"""Bytes of a picture."""


@dataclass(frozen=True)
class Shot:
    """What `fdc graph` is given, the window, and what is done on the page before it is taken."""

    arguments: tuple[str, ...]
    size: tuple[int, int] = (1600, 900)
    dark: bool = False
    act: Callable[[Page], Any] = lambda page: None


def chosen(tab: str, *, after: int = 0, click: str = "") -> Callable[[Page], None]:
    """Opens a tab, goes to a pass, clicks a card."""

    def act(page: Page) -> None:
        page.click(f'[data-tab="{tab}"]')
        if after:
            page.fill("#pass", str(after))
            page.click("#fit")
        if click:
            page.locator(click).last.click(position={"x": 60, "y": 12})
        page.mouse.move(5, 5)

    return act


SHOTS: Mapping[str, Shot] = {
    "graph_wan_dmd2": Shot(("programs/wan_dmd2.fdl",), (2000, 1010), act=chosen("update_student")),
    "graph_quickstart": Shot(
        ("programs/quickstart.fdl",),
        (1600, 900),
        dark=True,
        act=chosen("distil/update_critic", after=5, click=".kernel.open"),
    ),
}


def take(browser: Any, name: str, shot: Shot) -> None:
    width, height = shot.size
    scheme = "dark" if shot.dark else "light"
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder) / "page.html"
        with redirect_stdout(io.StringIO()):
            fdc(["graph", *shot.arguments, "-o", str(at)])
        page.goto(at.as_uri())
        shot.act(page)
        drawn = Image.open(io.BytesIO(page.screenshot()))
    out = ROOT / "grammar" / "pictures" / f"{name}.png"
    drawn.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(out, optimize=True)
    page.close()
    print(f"{out.relative_to(ROOT)}: {out.stat().st_size} bytes")
    assert out.stat().st_size < LARGEST, "too large to be committed"


def main() -> None:
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=found(), args=["--no-sandbox"])
        for name in sys.argv[1:] or SHOTS:
            take(browser, name, SHOTS[name])
        browser.close()


if __name__ == "__main__":
    main()
