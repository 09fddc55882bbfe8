"""A run that cannot go on, as text for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..base.source import Source, Span
from ..modules.imports import find_library
from .snippet import Mark, snippet
from .styled_text import cells, paint
from .text import head, remark_rows


def render_failure(
    code: str,
    message: str,
    place: tuple[Path, int] | None,
    facts: Sequence[str],
    help: str | None,
    color: bool,
    width: int = 100,
) -> str:
    """A run that cannot go on, as a diagnostic; the line at `place` is shown if it can be read."""
    rows = head("error", code, message, width)
    gutter = 1
    if place is not None:
        path, line = place
        gutter = len(str(line))
        rows.append(cells(" " * gutter + "--> ", "label") + cells(f"{path}:{line}"))
        source = _read(path)
        if source is not None and 0 < line <= len(source.line_starts):
            text = source.line_text(line)
            start = source.line_starts[line - 1] + len(text) - len(text.lstrip())
            span = Span(source, start, max(start, source.line_starts[line - 1] + len(text)))
            rows.extend(snippet(source, [Mark(span, "", True, "error")], gutter, width))
    for fact in facts:
        rows.extend(remark_rows(gutter, fact, "note", width))
    if help:
        rows.extend(remark_rows(gutter, help, "help", width))
    return "\n".join(paint(row, color) for row in rows)


def _read(path: Path) -> Source | None:
    if path.parent == Path() and not path.is_file():  # what is built in is called by its name alone
        path = find_library(path.stem) or path
    try:
        return Source(str(path), path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
