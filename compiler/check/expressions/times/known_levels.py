"""Which levels a time may be, where all of them are known beforehand."""

from __future__ import annotations

from fractions import Fraction

from .....stages import times as grids
from ....program.ops import LEVELS
from ....program.quantiles import known_number
from ....program.values import Value
from ....types.coefficients import Time
from ....types.types import Level, TimeType
from ...core.session import Session
from ...core.term import Term

Levels = tuple[float, ...]


def of_value(session: Session, v: Value) -> Levels | None:
    """The levels that a value is or may be; None where they are not all known, as of what is drawn from a range."""
    if not isinstance(v.type, (TimeType, Level)):
        return None
    found = of_time(session, v.type.time)
    if found is None and v.op == "draw" and len(v.args[0].args) == 1:
        return _of_list(v.args[0].args[0])  # a pick from it
    if found is None and v.op == "index":
        return _of_list(v.args[0])
    return found


def of_time(session: Session, time: Time) -> Levels | None:
    """Those of an entry of a list or grid are the entries that its index may reach."""
    if time.value is not None:
        return (float(time.value),)
    listed = session.time_lists.known.get(time.key)
    if listed is None or time.index is None:
        return None
    entries = of_entries(session, listed)
    if entries is None:
        return None
    low, high = session.numbers.smallest(time.index), session.numbers.largest(time.index)
    return entries[max(low or 0, 0) : len(entries) if high is None else max(high, 0) + 1]


def of_entries(session: Session, listed: Term) -> Levels | None:
    """The levels of a list or a grid, its last one included."""
    if listed.grid_length is not None:
        n, grid = listed.grid_length.constant, session.time_lists.grids.get(listed.key)
        if grid is not None and grid.levels is not None:
            return grid.levels
        if n is None or grid is None or n > MOST or grid.start is not None:
            return None
        shift, dynamic = grid.process.shift_of(n), grid.process.dynamic
        terminal = dynamic.terminal if dynamic is not None else 0.0
        if shift is None or (terminal and n < 2):
            return None
        return grids.grid(n, shift, float(grid.top), terminal)
    known = [float(s) for s in listed.levels or () if s is not None]
    return tuple(known) if listed.levels is not None and len(known) == len(listed.levels) else None


MOST = 10_000
"""Steps of a grid that is followed."""


def _of_list(v: Value) -> Levels | None:
    """The entries of a list that is written down, perhaps under a shift."""
    levels: tuple[Fraction | None, ...] | None = LEVELS.find(v)
    if levels is not None:
        known = [float(s) for s in levels if s is not None]
        return tuple(known) if len(known) == len(levels) else None
    if v.op == "list":
        entries = [a.type.time.value if isinstance(a.type, TimeType) else None for a in v.args]
        known = [float(s) for s in entries if s is not None]
        return tuple(known) if len(known) == len(entries) else None
    if len(v.args) == 2 and v.op == "shifted":
        inner, by = _of_list(v.args[0]), known_number(v.args[1])
        return None if inner is None or by is None else grids.each_shifted(inner, by)
    return None
