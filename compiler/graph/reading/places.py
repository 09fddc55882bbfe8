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
