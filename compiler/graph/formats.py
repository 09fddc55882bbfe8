"""The texts that a document is written as, by the names of `--format` and the endings of files."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .document import Document, to_json
from .page.browser import render
from .page.page import to_page
from .still.dot import to_dot
from .still.mermaid import to_mermaid
from .still.model_explorer import to_model_explorer
from .still.svg import heading, to_svg

PICTURES = ("png", "pdf")
"""Formats that a browser makes of the page."""


def to_html(document: Document, after: str = "") -> str:
    """One page that opens from disk."""
    return to_page(to_json(document), heading(document), after)


def to_picture(document: Document, form: str, after: str = "") -> bytes:
    """The page as a browser draws it. Raises `NotRendered` where there is none."""
    return render(to_html(document, after), "png" if form == "png" else "pdf")


WRITERS: Mapping[str, Callable[[Document, str], str]] = {
    "html": to_html,
    "svg": to_svg,
    "mermaid": to_mermaid,
    "dot": to_dot,
    "json": lambda document, _: to_json(document),
    "model-explorer": to_model_explorer,
}
"""Each writes the graphs as they are after a pass ("" as they were checked). A page opens there; it and JSON have all."""

BY_ENDING: Mapping[str, str] = {
    ".html": "html",
    ".svg": "svg",
    ".mmd": "mermaid",
    ".md": "mermaid",
    ".dot": "dot",
    ".gv": "dot",
    ".json": "json",
    ".png": "png",
    ".pdf": "pdf",
}
