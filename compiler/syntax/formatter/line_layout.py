"""Items to lines: which groups take several lines, and how far each line is indented."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from ...base.frozen import mutable
from ...base.source import Source
from .break_groups import Group, Groups
from .items import CLOSING, OPENERS, PRODUCTS, Item

LIMIT = 150
"""How long a line may be, a comment at its end left out. Only a name or string that is longer makes a longer one."""
INDENT = "  "
LOOSE = frozenset({"DOT", *PRODUCTS})
"""What starts a line, though no space stands before it, rather than make one too long."""
NOWHERE = (-1, -1)


@mutable
class Line:
    """A line's text and, where an entry starts it, its depth and where its `=` is, here and in the source."""

    text: str
    depth: int = -1
    equals: int = -1
    source_equals: int = -1


def laid_out(items: list[Item], groups: Groups) -> list[Line]:
    """The file's lines.

    Whether a group fits is settled when its first item is reached. One that fits keeps all that it holds on the
    line; inside one that does not, each group is settled for itself, so outer ones break first.
    """
    return _Layout(items, groups).lines


class _Layout:
    def __init__(self, items: list[Item], groups: Groups) -> None:
        self.items = items
        self.groups = groups
        self.lines: list[Line] = []
        self.indent = 0
        self.continued = False  # the line broke off where no group breaks
        self.depth = 0
        self.open: list[Group] = []
        # sums up to each item: the width of all before it on one line, and how many of them start a line for sure
        self.width = list(accumulate((len(_before(i)) + len(i.text) for i in items), initial=0))
        sure = (bool(i.remarks) or (i.breaks and self._breakable(k)) for k, i in enumerate(items))
        self.sure = list(accumulate(sure, initial=0))
        self.stops = list(range(len(items)))  # the first item from each one on that may start a line
        for k in range(len(items) - 2, -1, -1):
            if k not in groups.at and not items[k].remarks:
                self.stops[k] = self.stops[k + 1]
        for k in range(len(items)):
            self._put(k)

    def _breakable(self, k: int) -> bool:
        """Whether a break that the author made before an item is kept; one after an operator moves before it."""
        operator = self.groups.at.get(k - 1)
        return k in self.groups.at or (operator is not None and operator.kind == "chain")

    # one item

    def _put(self, k: int) -> None:
        item = self.items[k]
        while self.open and self.open[-1].last < k:
            self.open.pop()
        group = self.groups.at.get(k)
        breaks = self._breaks(k, group)
        closes = item.kind in CLOSING and group is not None and k == group.last
        if self.lines and (item.comma == "kept" or (item.comma == ("last" if breaks else "row"))):
            self.lines[-1].text += ","
        indent = self._indent(k, group)
        self._remark(item, group, k, indent)
        if item.kind == "$END":
            return
        if breaks or not self.lines:
            if item.blank and not closes and self._spaced(group, k):
                self.lines.append(Line(""))
            self.indent = indent - closes
            self.continued = group is None
            self.lines.append(Line(INDENT * self.indent, self.depth if item.starts else -1))
        else:
            self._equals(item)
            self.lines[-1].text += item.gap
        if group is not None:
            group.begun = len(self.lines)
        for starting in self.groups.starting.get(k, ()):
            self._settle(starting)
        self.lines[-1].text += item.text
        self.depth += (item.kind in OPENERS) - (item.kind in CLOSING)

    def _breaks(self, k: int, group: Group | None) -> bool:
        """Whether an item starts a line."""
        item = self.items[k]
        if not self.lines:
            return True
        if not self.open[-1].broken:
            return False
        column = len(self.lines[-1].text)
        if group is None:
            loose = item.gap != "" or item.kind in LOOSE
            return bool(item.remarks) or (loose and column + self._run(k) > LIMIT)
        if group.kind == "lead":
            sure = self.sure[group.last + 1] > self.sure[k]
            group.broken = sure or not self._fits(k, group.last, column + len(_before(item)))
            return group.broken
        if not group.broken:
            return False
        if group.kind == "chain" or not group.rows or k in (group.points[0], group.last):
            return True
        after = self.groups.after[k]
        return (
            item.breaks
            or group.begun < len(self.lines)
            or self.sure[after] > self.sure[k + 1]
            or not self._fits(k, after - 1, column + len(_before(item)))
        )

    def _settle(self, group: Group) -> None:
        """Open a group whose first item comes next."""
        if not self.open:
            group.broken = True  # the file itself
        elif group.kind != "lead":
            sure = self.sure[group.last + 1] > self.sure[group.first + 1]
            # a block goes on several lines if its first line does
            sure = sure or (group.block and self._around().begun < len(self.lines))
            on_one_line = not sure and self._fits(group.first, group.last, len(self.lines[-1].text))
            group.broken = self.open[-1].broken and not on_one_line
            group.indent = self.indent + 1
        self.open.append(group)

    def _around(self) -> Group:
        """The innermost bracket that is open."""
        return next(g for g in reversed(self.open) if g.kind == "bracket")

    def _fits(self, first: int, last: int, column: int) -> bool:
        """Whether items first to last fit on the line from a column on, with what cannot be parted from them."""
        stop = self.stops[last + 1] if last + 1 < len(self.items) else last + 1
        width = self.width[stop] - self.width[first] - len(_before(self.items[first]))
        return column + width + self._comma(stop) <= LIMIT

    def _run(self, k: int) -> int:
        """The width of an item and of what follows it without a space."""
        end = k + 1
        while end < self.stops[k + 1] and not self.items[end].gap and self.items[end].kind not in LOOSE:
            end += 1
        return self.width[end] - self.width[k] + self._comma(end)

    def _comma(self, k: int) -> int:
        return k < len(self.items) and self.items[k].comma in ("kept", "last")

    def _indent(self, k: int, group: Group | None) -> int:
        if group is None:
            return self.indent + (not self.continued)
        if group.kind == "lead":
            return self._around().indent + 1
        return group.indent

    # comments and what starts a line

    def _remark(self, item: Item, group: Group | None, k: int, indent: int) -> None:
        for remark in item.remarks:
            if remark.beside:
                self.lines[-1].text += " " + remark.text
                continue
            if remark.blank and self._spaced(group, k):
                self.lines.append(Line(""))
            self.lines.append(Line(INDENT * indent + remark.text))
            if group is not None:
                group.begun = -1

    def _spaced(self, group: Group | None, k: int) -> bool:
        """Whether a blank line may stand here: between what a bracket on several lines holds."""
        if group is None or group.kind != "bracket" or not self.lines:
            return False
        return k != group.points[0] or group.begun != 0

    def _equals(self, item: Item) -> None:
        line = self.lines[-1]
        if item.kind == "EQUAL" and self.depth == line.depth and line.equals < 0:
            line.equals, line.source_equals = len(line.text), item.start


def _before(item: Item) -> str:
    """What stands between an item and the one before it on its line."""
    return ("," if item.comma in ("row", "kept") else "") + item.gap


def aligned(source: Source, lines: list[Line]) -> Iterator[str]:
    """The lines, runs of `=` that the author aligned brought to one column again, as far as they fit."""
    i = 0
    while i < len(lines):
        run = i
        while run < len(lines) and _column(source, lines[run]) == _column(source, lines[i]) != NOWHERE:
            run += 1
        group = lines[i : max(run, i + 1)]
        column = max(x.equals for x in group)
        spread = any(source.text[x.source_equals - 2 : x.source_equals] == "  " for x in group)
        if len(group) > 1 and spread and all(len(x.text) + column - x.equals <= LIMIT for x in group):
            yield from (x.text[: x.equals] + " " * (column - x.equals) + x.text[x.equals :] for x in group)
        else:
            yield from (x.text for x in group)
        i += len(group)


def _column(source: Source, line: Line) -> tuple[int, int]:
    """How deep a line's entry is, and the column of its `=` in the source."""
    if line.equals < 0:
        return NOWHERE
    return line.depth, line.source_equals - source.text.rfind("\n", 0, line.source_equals)
