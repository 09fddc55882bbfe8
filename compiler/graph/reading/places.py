"""Places of FDL as a document has them."""

from __future__ import annotations

from ...base.source import Span
from ..document import Place

MOST = 400
"""Characters of a place's text."""


def place(span: Span) -> Place:
    last = span.source.position(max(span.start, span.end - 1))[0]
    text = span.text if len(span.text) <= MOST else f"{span.text[: MOST - 1]}…"
    return Place(span.source.path, span.line, last, text)


def doc_above(span: Span) -> str:
    """The doc comment of a declaration: the lines of `##` right above it."""
    lines = span.source.text.splitlines()
    first = last = span.line - 1
    while first > 0 and lines[first - 1].lstrip().startswith("##"):
        first -= 1
    return " ".join(line.strip().removeprefix("##").strip() for line in lines[first:last])
