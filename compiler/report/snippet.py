"""Source lines with the places of a diagnostic marked under them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..base.frozen import replace, struct
from ..base.source import Source, Span
from .styled_text import Row, blank, cells, cut, window, wrapped

MIN_WIDTH = 40
NARROW = 16
"""The least columns into which a text under a mark is wrapped."""
NEAR = 1000
"""How many characters of a line are looked at on either side of its marks."""
MAX_EDGES = 2
"""How many marks over several lines may be open at once; further ones are marked on their first line."""


@struct
class Mark:
    """A marked place: the main one with `^` in the severity's style, others with `-`."""

    span: Span
    text: str
    main: bool
    style: str

    @property
    def sign(self) -> tuple[str, str]:
        return ("^" if self.main else "-", self.style)


@struct
class _Place:
    """Where a mark stands: from character `start` of line `first` to before character `stop` of line `last`."""

    mark: Mark
    first: int
    start: int
    last: int
    stop: int


@struct
class _Drawn:
    """A mark on one line, in columns; `end` is exclusive and at least one past `start`."""

    start: int
    end: int
    mark: Mark


Edges = Mapping[_Place, int]
"""The marks over several lines, each with the number of its bar at the left."""


def snippet(source: Source, marks: Sequence[Mark], gutter: int, width: int) -> list[Row]:
    """The lines of one file that hold marks, with these below. `gutter` is the width of line numbers."""
    places = [_placed(source, mark) for mark in marks]
    edges = _edges(places)
    room = max(width, MIN_WIDTH) - gutter - 3 - len(_side(edges, ()))
    rows = [_gutter(gutter)]
    before = None
    for line in sorted({p.first for p in places} | {e.last for e in edges}):
        if before is not None and line > before + 1:
            between = [e for e in edges if e.first <= before and e.last >= line]
            if line == before + 2:
                text = cut(cells(source.line_text(before + 1)[:NEAR]), 0, room)
                rows.append([*_gutter(gutter, before + 1), (" ", ""), *_side(edges, between), *text])
            else:
                rows.append(cells("...", "label") + blank(gutter if between else 0) + _side(edges, between))
        here = [p for p in places if p.first == line and p not in edges]
        rows.extend(_line(source, line, here, edges, gutter, room))
        before = line
    return rows


def line_numbers(spans: Iterable[Span]) -> int:
    """The width of the widest line number."""
    return max(len(str(span.source.position(max(span.end - 1, span.start))[0])) for span in spans)


def _placed(source: Source, mark: Mark) -> _Place:
    """Lines and characters of a mark. Of a block over several lines only the head is marked."""
    first, column = source.position(mark.span.start)
    last, last_column = source.position(max(mark.span.end - 1, mark.span.start))
    text = source.line_text(first)
    start = min(column - 1, len(text))
    if last == first:
        return _Place(mark, first, start, first, min(start + mark.span.end - mark.span.start, len(text)))
    head = text[start:].split(" #")[0].rstrip()
    if head.endswith("{"):
        return _Place(mark, first, start, first, start + len(head[:-1].rstrip()))
    return _Place(mark, first, start, last, min(last_column, len(source.line_text(last))))


def _edges(places: Sequence[_Place]) -> Edges:
    found: dict[_Place, int] = {}
    for p in sorted((p for p in places if p.last > p.first), key=lambda p: (p.first, p.start, -p.last)):
        taken = {bar for e, bar in found.items() if e.last >= p.first}
        free = [bar for bar in range(MAX_EDGES) if bar not in taken]
        if free:
            found[p] = free[0]
    return found


def _gutter(width: int, line: int | None = None) -> Row:
    return cells(f"{line:>{width}} |" if line is not None else " " * (width + 1) + "|", "label")


def _line(
    source: Source, line: int, here: Sequence[_Place], edges: Edges, gutter: int, room: int
) -> list[Row]:
    """A line, the marks on it, and the ends of marks over several lines that lie on it."""
    text = source.line_text(line)
    opened, closed = [e for e in edges if e.first == line], [e for e in edges if e.last == line]
    points = [(p.start, p.stop if p.last == line else len(text), p.mark) for p in here]
    points += [(e.start, e.start + 1, e.mark) for e in opened]
    points += [(max(e.stop - 1, 0), e.stop, e.mark) for e in closed]
    shown, drawn = _columns(text, points, room)
    flush = [e for e in opened if not text[: e.start].strip()]
    now = [e for e in edges if e.first < line <= e.last]
    side = _side(edges, now)
    for e in flush:
        side[2 * edges[e]] = ("/", e.mark.style)
    rows = [[*_gutter(gutter, line), (" ", ""), *side, *shown]]
    now += flush
    below = [[*_side(edges, now), *row] for row in _under(drawn[: len(here)], room)] if here else []
    for e, d in zip(opened, drawn[len(here) :]):
        if e not in flush:
            below.append(_corner(_side(edges, now), edges[e], d))
            now.append(e)
    for e, d in zip(closed, drawn[len(here) + len(opened) :]):
        corner = _corner(_side(edges, now), edges[e], d)
        now.remove(e)
        below.extend(_closed(corner, _side(edges, now), d, room))
    rows.extend([*_gutter(gutter), (" ", ""), *row] for row in below)
    return rows


def _columns(text: str, points: Sequence[tuple[int, int, Mark]], room: int) -> tuple[Row, list[_Drawn]]:
    """The part of a line to show, and marks given in characters as columns of it.

    A mark that lies beside that part is put at its edge, with its column in its text.
    """
    lead = next((p for p in points if p[2].main), points[0])
    near = max(0, lead[0] - NEAR) if len(text) > 2 * NEAR else 0
    text = text[near : min(lead[1], lead[0] + NEAR) + NEAR]
    row = cells(text)
    drawn = []
    for start, stop, mark in points:
        first, last = (len(cells(text[: max(at - near, 0)])) for at in (start, stop))
        drawn.append(_Drawn(first, max(first + 1, last), mark))
    first, last = min(d.start for d in drawn), max(d.end for d in drawn)
    if last - first > room - 8:
        d = next((d for d in drawn if d.mark.main), drawn[0])
        first, last = d.start, min(d.end, d.start + room - 8)
    begin = max(window(max(len(row), last), first, last, room), 1 if near else 0)
    placed = []
    for d, (start, stop, mark) in zip(drawn, points):
        shown = (
            begin < d.end
            and d.start < begin + room
            and (stop > near or not near)
            and start <= near + len(text)
        )
        if mark.text and not shown:
            mark = replace(mark, text=f"{mark.text} (column {start + 1})")
        at = min(max(d.start - begin, 0), room - 1)
        placed.append(_Drawn(at, min(max(d.end - begin, at + 1), room), mark))
    return cut(row, begin, room), placed


# marks on one line


def _under(drawn: Sequence[_Drawn], room: int) -> list[Row]:
    """The row of underlines, the text of the rightmost mark after it, and the other texts hung below."""
    end = max(d.end for d in drawn)
    line = blank(end)
    for d in sorted(drawn, key=lambda d: (d.start - d.end, d.mark.main)):
        line[d.start : d.end] = [d.mark.sign] * (d.end - d.start)
    texts = [d for d in drawn if d.mark.text]
    beside = max((d for d in texts if d.end == end), key=lambda d: (d.start, d.mark.main), default=None)
    if beside is not None and end + 1 + len(cells(beside.mark.text)) <= room:
        line += [(" ", ""), *cells(beside.mark.text, beside.mark.style)]
    else:
        beside = None
    hung = sorted((d for d in texts if d is not beside), key=lambda d: (d.start, d.mark.main))
    rows = [line]
    if hung:
        rows.append(_hangers(hung))
    while hung:
        d = hung.pop()
        left = _hangers([h for h in hung if h.start < d.start])
        rows.extend(_hung(left, d, room))
    return rows


def _hangers(drawn: Sequence[_Drawn]) -> Row:
    row = blank(max((d.start for d in drawn), default=-1) + 1)
    for d in drawn:
        row[d.start] = ("|", d.mark.style)
    return row


def _hung(left: Row, d: _Drawn, room: int) -> list[Row]:
    """The text of a mark below it: from its column on if it fits so, else further left, else wrapped.

    `left` holds the hangers of marks further left; where they leave too little room, the text is put over them.
    """
    text = cells(d.mark.text, d.mark.style)
    least = len(left) + 1 if left else 0
    if room - least < NARROW:
        least = 0
    start = max(least, min(d.start, room - len(text)))
    if start + len(text) > room:
        start = max(least, min(d.start, room - 2 * NARROW))
    lines = wrapped(text, max(room - start, NARROW))
    return [[*left[:start], *blank(start - len(left[:start])), *line] for line in lines]


# marks over several lines


def _side(edges: Edges, now: Sequence[_Place]) -> Row:
    """The left edge of a row: a bar for each mark that is open there."""
    row = blank(2 * (max(edges.values(), default=-1) + 1))
    for e in now:
        row[2 * edges[e]] = ("|", e.mark.style)
    return row


def _corner(side: Row, bar: int, d: _Drawn) -> Row:
    """From the edge to the mark's end: ` ____^` where it begins, `|____^` where it ends."""
    at = len(side) + d.end - 1
    row = [*side, *blank(d.end)]
    for i in range(2 * bar + 1, at):
        if row[i][0] == " ":
            row[i] = ("_", d.mark.style)
    row[at] = d.mark.sign
    return row


def _closed(corner: Row, side: Row, d: _Drawn, room: int) -> list[Row]:
    """The last corner with the mark's text after it, or below where it does not fit."""
    text = cells(d.mark.text, d.mark.style)
    if not text:
        return [corner]
    if d.end + 1 + len(text) <= room:
        return [[*corner, (" ", ""), *text]]
    return [corner, *([*side, *row] for row in _hung([], replace(d, start=d.end - 1), room))]
