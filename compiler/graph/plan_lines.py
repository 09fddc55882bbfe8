"""Which line of the emitted module a card stands on, by the map at the module's end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ..base.frozen import replace, struct
from .document import Card, Place

DEFINED = re.compile(r"^def (\w+)\(", re.MULTILINE)
MAP = re.compile(r'^LINES = """\n(.*?)"""', re.MULTILINE | re.DOTALL)


@struct(eq=False)
class PlanLines:
    """`functions` are the lines of each function, from its first to before its end; `places` (file, line of FDL) by line."""

    lines: tuple[str, ...]
    functions: Mapping[str, range]
    places: Mapping[int, tuple[str, int]]

    def of(self, function: str, card: Card) -> int | None:
        """The first line of a function that comes from where a card does, or from the call that led there; before others one
        that names its value."""
        own = [
            k
            for k in self.functions.get(function, range(0))
            if not self.lines[k - 1].lstrip().startswith("#")
        ]
        for p in reversed(card.trace[-2:]):
            found = [k for k in own if self.places.get(k) == _key(p)]
            names = [port.name for port in card.ports if port.side == "out"]
            named = [
                k
                for k in found
                if any(re.search(rf"\b{re.escape(n)}\b.* = ", self.lines[k - 1]) for n in names if n)
            ]
            if found:
                return (named or found)[0]
        return None


def _key(p: Place) -> tuple[str, int]:
    return p.file.replace("\\", "/").rsplit("/", 1)[-1], p.line


def plan_lines(text: str) -> PlanLines:
    """What a module's text says of itself. Lines count from 1."""
    lines = tuple(text.splitlines())
    starts = [(text.count("\n", 0, m.start()) + 1, m[1]) for m in DEFINED.finditer(text)]
    ends = [*(start for start, _ in starts[1:]), len(lines) + 1]
    functions = {name: range(start, end) for (start, name), end in zip(starts, ends)}
    return PlanLines(lines, functions, _places(text, len(lines)))


def _places(text: str, count: int) -> Mapping[int, tuple[str, int]]:
    """The map has an entry where the place changes; the lines up to the next have the same."""
    found = MAP.search(text)
    entries: dict[int, tuple[str, int]] = {}
    for row in found[1].splitlines() if found else ():
        pairs, _, name = row.partition(" of ")
        for pair in pairs.split():
            line, _, number = pair.partition(":")
            entries[int(line)] = (name, int(number))
    known: dict[int, tuple[str, int]] = {}
    at: tuple[str, int] | None = None
    for k in range(1, count + 1):
        at = entries.get(k, at)
        if at is not None:
            known[k] = at
    return known


def placed(cards: Iterable[Card], function: str, lines: PlanLines | None) -> tuple[Card, ...]:
    if lines is None:
        return tuple(cards)
    return tuple(replace(c, plan_line=lines.of(function, c)) for c in cards)
