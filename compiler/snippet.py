"""Source lines with the places of a diagnostic marked under them.

A row is a list of cells, a character each with its style, so that marks can be drawn over one another and
colour costs no width. Columns are those of a terminal: tabs are expanded, wide characters take two.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from .source import Source, Span

TAB = 4
MIN_WIDTH = 40

Cell = tuple[str, str]
"""A character (none for the second half of a wide one) and its style."""
Row = list[Cell]

CODES = {
    "error": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "info": "\x1b[1;36m",
    "label": "\x1b[1;34m",
    "bold": "\x1b[1m",
    "help": "\x1b[1;32m",
}


@dataclass(frozen=True)
class Mark:
    """A marked place: the main one with `^` in the severity's style, others with `-`."""

    span: Span
    text: str
    main: bool
    style: str


@dataclass(frozen=True)
class _Drawn:
    """A mark on one line, in columns; `end` is exclusive and at least one past `start`."""

    start: int
    end: int
    mark: Mark


def printable(text: str) -> str:
    """Text that cannot steer a terminal."""
    return "".join(
        "�" if c != "\t" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in text
    )


def width_of(char: str) -> int:
    """How many columns of a terminal a character takes."""
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cells(text: str, style: str = "") -> Row:
    row: Row = []
    for char in printable(text):
        if char == "\t":
            row.extend([(" ", style)] * (TAB - len(row) % TAB))
        elif width_of(char) == 0 and row:
            row[-1] = (row[-1][0] + char, row[-1][1])
        else:
            row.append((char, style))
            row.extend([("", style)] * (width_of(char) - 1))
    return row


def paint(row: Row, color: bool) -> str:
    """A row as text without trailing spaces, escape codes around each run of one style."""
    while row and row[-1][0] == " ":
        row = row[:-1]
    if not color:
        return "".join(char for char, _ in row)
    parts: list[str] = []
    current = ""
    for char, style in row:
        if style != current:
            parts.append(("\x1b[0m" if current else "") + CODES.get(style, ""))
            current = style
        parts.append(char)
    return "".join(parts) + ("\x1b[0m" if current else "")


def snippet(source: Source, marks: Sequence[Mark], gutter: int, width: int) -> list[Row]:
    """The lines of one file that hold marks, with these below. `gutter` is the width of line numbers."""
    by_line: dict[int, list[_Drawn]] = {}
    for mark in marks:
        by_line.setdefault(mark.span.line, []).append(_columns(source, mark))
    rows = [_edge(gutter)]
    before = None
    room = max(width, MIN_WIDTH) - gutter - 3
    for line in sorted(by_line):
        if before is not None and line == before + 2:
            rows.append(_numbered(gutter, before + 1, cut(cells(source.line_text(before + 1)), 0, room)))
        elif before is not None and line > before + 2:
            rows.append(cells("...", "label"))
        text = cells(source.line_text(line))
        drawn = by_line[line]
        start = _window(len(text), drawn, room)
        rows.append(_numbered(gutter, line, cut(text, start, room)))
        shift = [replace(d, start=max(d.start - start, 0), end=max(d.end - start, 1)) for d in drawn]
        shift = [replace(d, start=min(d.start, room - 1), end=min(d.end, room)) for d in shift]
        rows.extend([*_edge(gutter), (" ", ""), *row] for row in _under(shift, room))
        before = line
    return rows


def line_numbers(spans: Iterable[Span]) -> int:
    """The width of the widest line number."""
    return max(len(str(span.line)) for span in spans)


def _columns(source: Source, mark: Mark) -> _Drawn:
    """A mark's columns on its first line; one over several lines runs to the end of that line."""
    line, column = source.position(mark.span.start)
    text = source.line_text(line)
    last, last_column = source.position(mark.span.end)
    stop = last_column - 1 if last == line else len(text)
    start = len(cells(text[: column - 1]))
    return _Drawn(start, max(start + 1, len(cells(text[:stop]))), mark)


def _edge(gutter: int) -> Row:
    return cells(" " * (gutter + 1) + "|", "label")


def _numbered(gutter: int, line: int, text: Row) -> Row:
    return [*cells(f"{line:>{gutter}} |", "label"), (" ", ""), *text]


def _window(length: int, drawn: Sequence[_Drawn], room: int) -> int:
    """The first column to show, so that the marks are seen: all of them if they fit, the main one if not."""
    first, last = min(d.start for d in drawn), max(d.end for d in drawn)
    if last - first > room - 8:
        d = next((d for d in drawn if d.mark.main), drawn[0])
        first, last = d.start, min(d.end, d.start + room - 8)
    return window(length, first, last, room)


def window(length: int, first: int, last: int, room: int) -> int:
    """The first of `room` columns to show of a row, so that those from `first` to `last` are among them."""
    if length <= room or last <= room - 4:
        return 0
    return max(0, min(first - (room - (last - first)) // 3, length - room))


def cut(text: Row, start: int, room: int) -> Row:
    """`room` columns of a row from `start` on, with `…` where something is left out."""
    shown = text[start : start + room]
    if start > 0 and shown:
        shown[0] = ("…", "")
        if len(shown) > 1 and shown[1][0] == "":
            shown[1] = (" ", "")
    if start + room < len(text) and shown:
        if shown[-1][0] == "":
            shown[-2] = (" ", "")
        shown[-1] = ("…", "")
    return shown


def _under(drawn: Sequence[_Drawn], room: int) -> list[Row]:
    """The row of underlines, the text of the rightmost mark after it, and the other texts hung below."""
    end = max(d.end for d in drawn)
    line: Row = [(" ", "")] * end
    for d in sorted(drawn, key=lambda d: (d.start - d.end, d.mark.main)):
        line[d.start : d.end] = [("^" if d.mark.main else "-", d.mark.style)] * (d.end - d.start)
    texts = [d for d in drawn if d.mark.text]
    beside = max((d for d in texts if d.end == end), key=lambda d: (d.start, d.mark.main), default=None)
    if beside is not None:
        text = cells(beside.mark.text, beside.mark.style)
        below = (
            end + 1 + len(text) > room
            and beside.start + len(text) < end + 1 + len(text)
            and beside.start < end // 2
        )
        if below:
            beside = None
        else:
            line = [*line, (" ", ""), *text]
    hung = sorted((d for d in texts if d is not beside), key=lambda d: (d.start, d.mark.main))
    rows = [line]
    if hung:
        rows.append(_hangers(hung))
    while hung:
        d = hung.pop()
        left = [h for h in hung if h.start < d.start]
        row = _hangers(left)
        row += [(" ", "")] * (d.start - len(row)) + cells(d.mark.text, d.mark.style)
        rows.append(row)
    return rows


def _hangers(drawn: Sequence[_Drawn]) -> Row:
    row: Row = [(" ", "")] * (max((d.start for d in drawn), default=-1) + 1)
    for d in drawn:
        row[d.start] = ("|", d.mark.style)
    return row
