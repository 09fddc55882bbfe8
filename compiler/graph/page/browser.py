"""A picture or a document of a page, by a browser without a window."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal
from urllib.parse import quote

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "brave-browser",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
"""Browsers that can take pictures of a page without a window, and where they are if not on the path."""

LARGEST = 16000
"""Pixels that a browser makes of a picture, a side."""
PATIENCE = 60
"""Seconds until a browser that does not answer is given up."""


class NotRendered(Exception):
    """Why there is no picture, for the user."""


def found() -> str | None:
    """The browser that is used: `FDC_BROWSER`, or the first of `NAMES` that is here."""
    named = os.environ.get("FDC_BROWSER")
    return next((at for name in ((named,) if named else NAMES) if (at := shutil.which(name))), None)


def render(page: str, kind: Literal["png", "pdf"], graph: str | None = None) -> bytes:
    """A page as PNG at full size, or as PDF: all its main graphs, or the one with this id.

    Raises `NotRendered` where no browser is found, or the one that is found does not do it.
    """
    browser = found()
    if browser is None:
        raise NotRendered(
            f"a .{kind} is drawn by a browser, and none is found here: install Chromium or Chrome, or name one in "
            "the environment variable FDC_BROWSER; .svg and .html need none"
        )
    with tempfile.TemporaryDirectory(prefix="fdc-") as folder:
        at, out = Path(folder) / "page.html", Path(folder) / f"out.{kind}"
        at.write_text(page, encoding="utf-8")
        address = f"{at.as_uri()}#still" + (f"={quote(graph, safe='')}" if graph else "")
        if kind == "png":
            size = re.search(r'data-size="(\d+) (\d+)"', _run(browser, folder, ["--dump-dom", address]))
            if size is None:
                raise NotRendered(f"{browser} did not draw the page")
            width, height = (min(LARGEST, int(n)) for n in size.groups())
            _run(browser, folder, [f"--screenshot={out}", f"--window-size={width},{height}", address])
        else:
            _run(browser, folder, [f"--print-to-pdf={out}", "--no-pdf-header-footer", address])
        if not out.exists():
            raise NotRendered(f"{browser} wrote no .{kind}")
        return out.read_bytes()


def _run(browser: str, folder: str, what: Sequence[str]) -> str:
    command = [
        browser,
        "--headless=new",
        f"--user-data-dir={folder}/profile",
        "--no-first-run",
        "--hide-scrollbars",
        "--disable-gpu",
        "--window-size=1600,1000",
        "--virtual-time-budget=10000",
        *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
        *what,
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    except (OSError, subprocess.TimeoutExpired) as e:
        raise NotRendered(f"{browser} did not draw the page: {e}") from None
    return done.stdout
