"""One self-contained page from a document of `fdc-graph/1`: no network, no server, nothing but this file."""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
SCRIPTS = (
    "model.js",
    "layout.js",
    "arrange.js",
    "draw.js",
    "light.js",
    "details.js",
    "run.js",
    "list.js",
    "export.js",
    "camera.js",
    "controls.js",
    "main.js",
)
"""The files of the script, in the order in which they are read."""

BODY = """<header><h1 id="name"></h1><div id="about"></div><div id="tools">
<input id="search" type="search" placeholder="Search  /" aria-label="Search"><span id="found" role="status"></span>
<button id="types" aria-pressed="false" title="Types at the ports (t)">Types</button>
<button id="calls" aria-pressed="false" title="Boxes around calls of graphs (b)">Calls</button>
<button id="open-all" title="Open all boxes (e)">Open</button>
<button id="fold-all" title="Fold all boxes (c)">Fold</button>
<button id="fit" title="Fit (f)">Fit</button>
<button id="as-list" title="As a list (l)">List</button>
<button id="theme" title="Dark or light (d)">Theme</button>
<button id="svg" title="Save the drawing as SVG">SVG</button>
<button id="png" title="Save the drawing as PNG">PNG</button>
<button id="print" title="Print, or save as PDF">Print</button>
<button id="keys" title="Keys (?)">?</button></div></header>
<nav><div id="tabs" role="tablist"></div>
<label id="passes">pass <input id="pass" type="range" min="0" step="1"><span id="pass-name"></span></label></nav>
<div id="strips"><div id="run" hidden></div><div id="messages" hidden></div></div>
<main id="stage"><svg id="canvas" role="group" aria-label="The graph"></svg>
<section id="list" aria-label="The graph as a list"></section><aside id="help" hidden></aside></main>
<aside id="details" hidden aria-label="Details"></aside>
<footer id="legend" aria-label="Legend"></footer>
<noscript>This page draws with JavaScript. <code>fdc graph FILE -o FILE.svg</code> draws without.</noscript>"""


def to_page(document: str, title: str, after: str = "") -> str:
    """The page that shows a document, given as its JSON. It opens with each graph as it is after the pass `after`, or as
    it was checked.

    Only the script and the style that are written here may run: the policy of the page names them by their hashes, and
    allows no address to be opened. Images are those that the page makes itself (its export to PNG).
    """
    style = (HERE / "page.css").read_text("utf-8")
    files = "\n".join((HERE / name).read_text("utf-8") for name in SCRIPTS)
    script = f'"use strict";\n(() => {{\n{files}\n}})();\n'
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        f'<!doctype html>\n<html lang="en" data-pass="{escape(after)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n{BODY}\n"
        f'<script type="application/json" id="graph">{_quiet(document)}</script>\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _quiet(document: str) -> str:
    """JSON on one line that says nothing to a reader of HTML: no text in it can end the element or open a comment."""
    document = json.dumps(json.loads(document), ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        document = document.replace(character, f"\\u{ord(character):04x}")
    return document
