"""How long the page of a graph takes in a browser: until it is drawn, to lay it out, and to open all of its boxes.

Run by hand: `python tests/bench/bench_page.py`. The graphs are loops of twenty nodes, one behind the other, over four
lanes; what is timed is the median of several openings of the page from disk in headless Chromium. The aim is 2 s until
5,000 nodes are drawn, folded as they are at first.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from harness import ROOT

sys.path.insert(0, str(ROOT / "tests" / "support"))

from graph_documents import large, text
from playwright.sync_api import sync_playwright

from fdc.compiler.graph.page.browser import found
from fdc.compiler.graph.page.page import to_page

SIZES = (100, 1000, 5000)
FRAME = (
    "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"
)
LAYOUT = 'performance.getEntriesByName("layout").at(-1).duration'


def timed(browser: Any, page: Path, runs: int) -> Iterator[tuple[float, float, float, float]]:
    """Milliseconds until the page is drawn, of its layout, until all boxes are open, and of that layout."""
    for _ in range(runs):
        tab = browser.new_page(viewport={"width": 1600, "height": 900})
        tab.goto(page.as_uri())
        drawn, layout = tab.evaluate(FRAME), tab.evaluate(LAYOUT)
        before = tab.evaluate("performance.now()")
        tab.keyboard.press("e")
        yield drawn, layout, tab.evaluate(FRAME) - before, tab.evaluate(LAYOUT)
        tab.close()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=5)
    runs = options.parse_args().runs
    with sync_playwright() as p, tempfile.TemporaryDirectory() as folder:
        browser = p.chromium.launch(executable_path=found(), args=["--no-sandbox"])
        print(f"Python {platform.python_version()}, Chromium {browser.version}, {runs} runs, medians in ms")
        print(f"{'nodes':>8} {'MB':>6} {'drawn':>8} {'layout':>8} {'all open':>9} {'layout':>8}")
        for size in SIZES:
            page = Path(folder) / "page.html"
            page.write_text(to_page(text(large(size)), "large"), "utf-8")
            figures = [median(column) for column in zip(*timed(browser, page, runs), strict=True)]
            print(f"{size:8} {page.stat().st_size / 1e6:6.2f} " + " ".join(f"{f:8.0f}" for f in figures))
        browser.close()


if __name__ == "__main__":
    main()
