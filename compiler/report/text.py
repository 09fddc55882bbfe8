"""Diagnostics as text for people: the message, the lines of source it is about, facts, help, what a fix would write."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from ..base.diagnostics import Diagnostic, Fix
from ..base.source import Source, Span
from ..base.terminal import printable
from .snippet import MIN_WIDTH, NEAR, Mark, line_numbers, snippet
from .styled_text import Row, cells, cut, paint, window, wrapped

FIX_LINES = 8
"""How many lines of an edit are shown."""


def report(diagnostics: Sequence[Diagnostic], color: bool, width: int, remark: str) -> str:
    """The diagnostics with their lines of source, and how many there are. An empty list gives an empty string."""
    blocks = ["\n".join(paint(row, color) for row in rows_of(d, max(width, MIN_WIDTH))) for d in diagnostics]
    counts = summary(diagnostics)
    if counts:
        blocks.append(f"{counts} ({remark})" if remark else counts)
    return "\n\n".join(blocks)


def rows_of(d: Diagnostic, width: int) -> list[Row]:
    """Head, the main file's lines, other files' lines, facts, help."""
    marks = [Mark(d.span, one_line(d.note), True, d.severity)]
    marks += [Mark(label.span, one_line(label.text), False, "label") for label in d.labels]
    gutter = line_numbers(mark.span for mark in marks)
    rows = head(d.severity, d.code, d.message, width)
    files: list[Source] = []
    for mark in marks:
        if mark.span.source not in files:
            files.append(mark.span.source)
    for source in files:
        inside = [mark for mark in marks if mark.span.source is source]
        arrow = "--> " if source is files[0] else "::: "
        rows.append(cells(" " * gutter + arrow, "label") + cells(place(inside[0].span)))
        rows.extend(snippet(source, inside, gutter, width))
    for fact in d.facts:
        rows.extend(remark_rows(gutter, fact, "note", width))
    if d.help and len(d.fixes) != 1:
        rows.extend(remark_rows(gutter, d.help, "help", width))
    for fix in d.fixes:
        title = d.help if d.help and len(d.fixes) == 1 else fix.title
        if fix.span.source is not d.span.source:
            title += f" ({fix.span})"
        rows.extend(remark_rows(gutter, title, "help", width))
        edge = cells(" " * (gutter + 1) + "|", "label")
        rows.extend([*edge, (" ", ""), *row] for row in _edited(fix, width - gutter - 3))
    return rows


def head(severity: str, code: str, message: str, width: int) -> list[Row]:
    return wrapped(cells(f"{severity}[{code}]", severity) + cells(f": {one_line(message)}", "bold"), width, 4)


def remark_rows(gutter: int, text: str, kind: str, width: int) -> list[Row]:
    """`= help: ...` or `= note: ...`, its further lines below its own text."""
    start = cells(" " * (gutter + 1) + "= ", "label") + cells(f"{kind}: ", kind)
    return wrapped(start + cells(one_line(text)), width, len(start))


def _edited(fix: Fix, room: int) -> list[Row]:
    """The lines that an edit touches, as they are after it, what is new in the style of a help."""
    text = fix.span.source.text
    start = max(text.rfind("\n", 0, fix.span.start) + 1, fix.span.start - NEAR)
    end = text.find("\n", fix.span.end)
    end = min(len(text) if end < 0 else end, fix.span.end + NEAR)
    parts = [(text[start : fix.span.start], ""), (fix.text, "help"), (text[fix.span.end : end], "")]
    rows: list[Row] = [[]]
    for part, style in parts:
        for i, line in enumerate(islice(part.replace("\r", "").split("\n"), FIX_LINES + 1)):
            if i:
                rows.append([])
            rows[-1].extend(cells(line[: 2 * NEAR], style))
    if len(rows) > FIX_LINES:
        rows = [*rows[: FIX_LINES - 1], cells("...")]
    if not any(rows):
        return []
    first = next(
        (i for i, (_, style) in enumerate(rows[0]) if style), len(cells(text[start : fix.span.start]))
    )
    return [cut(row, window(len(row), first, min(len(row), first + room // 2), room), room) for row in rows]


def one_line(text: str) -> str:
    return printable(" ".join(text.splitlines()))


def place(span: Span) -> str:
    return f"{printable(span.source.path)}:{span.line}:{span.column}"


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """`2 errors, 1 warning`; empty where there is neither."""
    counts = [(sum(d.severity == s for d in diagnostics), s) for s in ("error", "warning")]
    return ", ".join(f"{n} {name}{'s' if n > 1 else ''}" for n, name in counts if n)
