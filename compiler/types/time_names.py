"""The user's names of times, for messages."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice

from .coefficients import Time
from .types import Level, TimeType, Type

MAX_NAMED = 200
"""How many names of a scope are considered; nobody reads more."""


class TimeNames:
    """Names of times, and of the lists that hold times.

    `entries` gives (name, type, key of a list) for the names in scope, the nearest first. It is read when a message
    asks for a name, not before.
    """

    def __init__(self, entries: Iterable[tuple[str, Type, str]] = ()) -> None:
        self._unread = entries

    @cached_property
    def named(self) -> Mapping[str, Time]:
        return {
            name: type.time
            for name, type, _ in reversed(self._entries)
            if isinstance(type, (TimeType, Level))
        }

    @cached_property
    def lists(self) -> Mapping[str, str]:
        return {key: name for name, _, key in reversed(self._entries) if key}

    @cached_property
    def _entries(self) -> tuple[tuple[str, Type, str], ...]:
        return tuple(islice(self._unread, MAX_NAMED))

    def of(self, times: Iterable[Time], but: str = "") -> Iterator[tuple[str, Time]]:
        """Names in backticks, those in scope first, then `steps[i + 1]` and `noise level 0.5` for the others.

        `but` is a name to leave out.
        """
        named = {name: time for name, time in self.named.items() if name != but}
        yield from ((f"`{name}`", time) for name, time in named.items())
        known = set(named.values())
        yield from self._unnamed(time for time in times if time not in known)

    def about(self, times: Collection[Time]) -> Iterator[tuple[str, Time]]:
        """As `of`, without the names of other times than these and known levels: a scope may hold very many."""
        named = self._by_time
        for time in (*self._levels, *(t for t in times if t.kind != "level")):
            yield from ((f"`{name}`", time) for name in named.get(time, ()))
        yield from self._unnamed(time for time in times if time not in named)

    @cached_property
    def _by_time(self) -> Mapping[Time, Sequence[str]]:
        found: dict[Time, list[str]] = {}
        for name, time in self.named.items():
            found.setdefault(time, []).append(name)
        return found

    @cached_property
    def _levels(self) -> tuple[Time, ...]:
        return tuple(t for t in self._by_time if t.kind == "level")

    def _unnamed(self, times: Iterable[Time]) -> Iterator[tuple[str, Time]]:
        for time in times:
            if time.kind == "level" and time.value is not None:
                yield f"noise level {float(time.value):g}", time
            elif time.kind == "element" and time.key in self.lists:
                yield f"`{self.lists[time.key]}[{_plain(str(time.index))}]`", time


def _plain(dim: str) -> str:
    """A dim without the numbers that distinguish variables of one name."""
    return re.sub(r"#\d+", "", dim)
