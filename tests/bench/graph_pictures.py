"""The pictures of graphs that README and guide show: pages as a browser has them, written to `grammar/pictures`.

Run by hand: `python tests/bench/graph_pictures.py [NAME ...]`, after `apt-get install chromium fonts-inter`. Look at each at
full size before it is committed.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
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
    """What `fdc graph` is given, in a folder with the programs; the text of `other.fdl` there; the window; and what is done
    on the page before it is taken."""

    arguments: tuple[str, ...]
    text: Callable[[], str] | None = None
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


def program(name: str) -> str:
    return (ROOT / "programs" / name).read_text("utf-8")


def flipped() -> str:
    """wan_dmd2 with its method in the same file, and the sign of the critic's target turned."""
    method = program("dmd2.fdl").replace("critic.target(x0, eps, t)", "x0 - eps")
    return f"import wan\n\n{method}\n{program('wan_dmd2.fdl').replace('import wan', '').replace('import dmd2', '')}"


def regularised() -> str:
    """wan_dmd2 with its method in the same file, and one more loss: the student stays near what the teacher says."""
    last = "    loss dmd = 0.5*mse(x0, stop(x0 - grad))\n"
    method = program("dmd2.fdl").replace(last, f"{last}    loss near = 0.1*mse(x0, stop(real))\n")
    return f"import wan\n\n{method}\n{program('wan_dmd2.fdl').replace('import wan', '').replace('import dmd2', '')}"


SHOTS: Mapping[str, Shot] = {
    "graph_wan_dmd2": Shot(("wan_dmd2.fdl",), size=(2000, 1010), act=chosen("update_student")),
    "graph_quickstart": Shot(
        ("quickstart.fdl",), dark=True, act=chosen("distil/update_critic", after=5, click=".kernel.open")
    ),
    "graph_method": Shot(("dmd2.fdl",), size=(1900, 950), act=chosen("update_student")),
    "graph_diff": Shot(
        ("other.fdl", "--diff", "wan_dmd2.fdl"), regularised, (2000, 1010), act=chosen("update_student")
    ),
    "graph_refused": Shot(("other.fdl",), flipped, (1300, 830)),
}


def take(browser: Any, name: str, shot: Shot) -> None:
    width, height = shot.size
    scheme = "dark" if shot.dark else "light"
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    with tempfile.TemporaryDirectory() as folder:
        at, programs = Path(folder) / "page.html", Path(folder) / "programs"
        shutil.copytree(ROOT / "programs", programs)
        (Path(folder) / "families").symlink_to(ROOT / "families")
        if shot.text is not None:
            (programs / "other.fdl").write_text(shot.text(), "utf-8")
        with chdir(programs), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
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
