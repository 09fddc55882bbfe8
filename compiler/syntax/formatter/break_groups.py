"""Where lines may break: brackets, chains of operators, and words that lead on, as groups over the items."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from ...base.frozen import field, mutable, struct
from .items import OPENERS, OPERANDS, Item

RANKS = (
    frozenset({"RANGE"}),
    frozenset({"OR"}),
    frozenset({"AND"}),
    frozenset({"EQ", "NE", "LT", "LE", "GT", "GE"}),
    frozenset({"PLUS", "MINUS"}),
    frozenset({"STAR", "SLASH", "FLOOR", "PERCENT"}),
)
"""Operators that a line may break before, loosest first. Powers, attributes and tight products stay together."""
LEADS = frozenset({"ARROW", "AS", "BY", "EVERY", "FROM", "PER", "TO"})
"""Words that the rest of an entry may follow on a line of its own."""


@mutable
class Group:
    """Items `first` to `last`, on one line or on several.

    A bracket breaks before each of its `points`: after it opens, between its items, before it closes. A chain
    breaks before its operators. A lead is a word and what follows it, and breaks before that word.
    """

    kind: Literal["bracket", "chain", "lead"]
    first: int
    last: int
    points: list[int] = field(default_factory=list)
    block: bool = False
    """A bracket that holds what a declaration or loop is made of."""
    rows: bool = False
    """A bracket that puts items on one row as long as they fit, and the author does not break it."""
    broken: bool = False
    """It takes several lines. This and what follows is for the layout to settle."""
    indent: int = 0
    """The level of what stands on its lines."""
    begun: int = 0
    """How many lines there were when a bracket's last item began."""


@struct
class Groups:
    starting: dict[int, list[Group]]
    """By their first item, outer ones first."""
    at: dict[int, Group]
    """The group that may break before an item."""
    after: dict[int, int]
    """The next item before which that group may break."""


def grouped(items: list[Item]) -> Groups:
    """All groups of a file. The file itself is the outermost bracket, which has no brackets."""
    found = Groups({}, {}, {})
    end = len(items) - 1
    file = Group("bracket", 0, end, [*(i for i in _level(items, 0, end) if items[i].starts), end])
    pending = [file]
    while pending:
        group = pending.pop()
        _add(found, group)
        for first, last in _entries(group):
            for part in _parts(items, first, last):
                _add(found, part)
            openers = (i for i in _level(items, first, last) if items[i].kind in OPENERS)
            pending.extend(_bracket(items, i) for i in openers)
    for groups in found.starting.values():
        groups.sort(key=lambda g: -g.last)  # stable: a chain stays around the one inside it
    return found


def _add(found: Groups, group: Group) -> None:
    found.starting.setdefault(group.first, []).append(group)
    found.at.update(dict.fromkeys(group.points, group))
    found.after.update(zip(group.points, group.points[1:]))


def _level(items: list[Item], first: int, last: int) -> Iterator[int]:
    """The items from first to last that stand in no further bracket; of a bracket its opening half."""
    i = first
    while i <= last:
        yield i
        i = max(items[i].partner, i) + 1


def _entries(group: Group) -> Iterator[tuple[int, int]]:
    """The first and last item of each thing in a bracket."""
    if group.points:
        for first, after in zip(group.points, [*group.points[1:], group.last]):
            if first < after:
                yield first, after - 1
    elif group.first + 1 < group.last:
        yield group.first + 1, group.last - 1  # a bracket around another one


def _bracket(items: list[Item], opener: int) -> Group:
    closer = items[opener].partner
    group = Group("bracket", opener, closer)
    inner = opener + 1
    if inner == closer:
        group.points = [closer] if items[closer].remarks else []
        return group
    brace = items[opener].kind == "LBRACE"
    group.block = brace and items[opener - 1].kind in OPERANDS
    level = _level(items, inner, closer - 1)
    later = [i for i in level if i > inner and (items[i].starts if brace else items[i].comma)]
    group.points = [inner, *later, closer]
    remarks = items[inner].remarks or items[closer].remarks
    if not brace and items[inner].partner == closer - 1 and not remarks:
        group.points = []  # around another bracket: the two open and close together
    group.rows = any(items[i].breaks for i in group.points) or (
        items[opener].kind == "LSQB" and _short(items, inner, closer - 1)
    )
    return group


def _short(items: list[Item], first: int, last: int) -> bool:
    """Whether a list's items are names and numbers, which look best in rows."""
    return all(i.kind in ("NAME", "NUMBER", "MINUS", "DOT", "TRUE", "FALSE") for i in items[first : last + 1])


def _parts(items: list[Item], first: int, last: int) -> Iterator[Group]:
    """The groups of an entry or argument that are no brackets."""
    opener = items[last].partner
    if items[last].kind == "RBRACE" and first < opener and items[opener - 1].kind in OPERANDS:
        last = opener - 1  # without its block
    level = list(_level(items, first, last))
    starts = [i for i in level if i > first and (items[i].kind in LEADS or items[i].comma == "kept")]
    ends = [*starts, last + 1]
    value = first
    for i in level:
        if items[i].kind in ("EQUAL", "TILDE") and i < ends[0]:
            value = i + 1
            break
    yield from _chains(items, value, ends[0] - 1)
    for start, end in zip(starts, ends[1:]):
        yield Group("lead", start, end - 1, [start])
        yield from _chains(items, start + (items[start].kind in LEADS), end - 1)


def _chains(items: list[Item], first: int, last: int) -> Iterator[Group]:
    """A chain of the loosest operators, then those of its operands."""
    level = list(_level(items, first, last))
    for rank in RANKS:
        signs = (i for i in level if i > first and items[i].kind in rank and items[i].gap)
        points = [i for i in signs if items[i - 1].kind in OPERANDS]
        if points:
            yield Group("chain", first, last, points)
            for start, end in zip([first, *(p + 1 for p in points)], [*points, last + 1]):
                yield from _chains(items, start, end - 1)
            return
