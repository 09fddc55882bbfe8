"""Pieces of hovers as Markdown: code, lists, types by the expansion that has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..workspace import View, Workspace
from . import symbol_text
from .symbol_text import Finding


def code(text: str) -> str:
    return f"```fdl\n{text}\n```"


def types(text: str, found: list[Finding]) -> Iterator[str]:
    """`x0: clean[wan21]` and its dims; where expansions differ, each with the way to it."""
    own = [s for s in found if not s.program] or found
    if len(own) == 1:
        yield code(f"{text}: {own[0].whole}")
        yield f"dims `{own[0].dims}`" if own[0].dims else ""
        yield own[0].also
    else:
        yield code(text)
        yield listed(rows_of(own))
    if own is not found and len(own) < len(found):
        yield listed(rows_of([s for s in found if s.program]))


def rows_of(found: Iterable[Finding]) -> Iterator[str]:
    found = list(found)
    for i, s in enumerate(found):
        if i == symbol_text.MAX_FINDINGS:
            yield "…"
            return
        where = ""
        if s.program:
            where = f" in program `{s.program}`"
        elif s.site and len(found) > 1:
            where = f" in `{' → '.join(s.site)}`"
        yield f"`{s.whole}`" + (f" `{s.dims}`" if s.dims else "") + (f", {s.also}" if s.also else "") + where


def listed(rows: Iterable[str]) -> str:
    rows = list(rows)
    return rows[0] if len(rows) == 1 else "\n".join(f"- {row}" for row in rows)


def result(workspace: Workspace, view: View, start: int, end: int) -> str:
    """What the call gives whose function stands there."""
    place = symbol_text.around(workspace, view, start, end)
    return gives(symbol_text.types_at(workspace, view, *place)) if place is not None else ""


def gives(found: list[Finding]) -> str:
    rows = list(rows_of(found))
    return f"gives {rows[0]}" if len(rows) == 1 else "gives\n\n" + listed(rows) if rows else ""
