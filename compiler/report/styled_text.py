"""Text for a terminal as rows of cells, a character each with its style.

So texts can be drawn over one another, cut and wrapped, and colour costs no width. Columns are those of a terminal:
tabs are expanded, wide characters take two.
"""

from __future__ import annotations

import unicodedata

from ..base.terminal import printable

TAB = 4

Cell = tuple[str, str]
"""A character (none for the second half of a wide one) and its style."""
Row = list[Cell]

STYLES = {
    "error": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "info": "\x1b[1;36m",
    "label": "\x1b[1;34m",
    "bold": "\x1b[1m",
    "help": "\x1b[1;32m",
}
RESET = "\x1b[0m"


def width_of(char: str) -> int:
    """How many columns of a terminal a character takes."""
    if char.isascii():
        return 1
    if unicodedata.category(char) in ("Mn", "Me") or "\u1160" <= char <= "\u11ff":
        return 0  # marks join the letter before them, and so do the vowels of a Hangul syllable
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cells(text: str, style: str = "") -> Row:
    row: Row = []
    for char in printable(text):
        if char == "\t":
            row.extend(blank(TAB - len(row) % TAB, style))
            continue
        width = width_of(char)
        if width == 0 and row:
            base = -2 if row[-1][0] == "" else -1
            row[base] = (row[base][0] + char, row[base][1])
        else:
            row.append((char, style))
            row.extend([("", style)] * (width - 1))
    return row


def blank(count: int, style: str = "") -> Row:
    return [(" ", style)] * count


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
            parts.append((RESET if current else "") + STYLES.get(style, ""))
            current = style
        parts.append(char)
    return "".join(parts) + (RESET if current else "")


def wrapped(row: Row, room: int, hang: int = 0) -> list[Row]:
    """A row as rows of at most `room` columns, broken at spaces, all but the first indented by `hang`.

    A word too long for a row runs over: it is a path or code, which somebody may want to copy.
    """
    rows: list[Row] = []
    indent: Row = []
    while len(indent) + len(row) > room:
        first = next((i for i, (char, _) in enumerate(row) if char != " "), len(row))
        breaks = [i for i, (char, _) in enumerate(row) if char == " " and i > first]
        if not breaks:
            break
        at = max((i for i in breaks if i <= room - len(indent)), default=breaks[0])
        rows.append([*indent, *row[:at]])
        row = row[at + 1 :]
        indent = blank(hang)
    return [*rows, [*indent, *row]]


def window(length: int, first: int, last: int, room: int) -> int:
    """The first of `room` columns to show of a row, so that those from `first` to `last` are seen in full."""
    if length <= room or last <= room - 4:
        return 0
    return max(0, min(first - (room - (last - first)) // 3, length - room, first - 1))


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
