"""Between which two numbers a number or a time lies, whatever is drawn: by interval arithmetic over how it was computed."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

from .....stages import times as readings
from .....stages.numbers.intervals import ALL, Interval
from .....stages.table import OPS, TIME_PARTS
from ....base.frozen import struct
from ....program.ops import LEVELS, VALUE
from ....program.values import Value
from ....types.types import Distribution, Level, Scalar, TimeType
from ...core.session import Session

TOLERANCE = 1e-9
"""By how much an end may be off, as sums of decimal fractions are."""
MAX_LEAVES = 6
"""Of how many unknown numbers every corner is tried."""

UNIT: Interval = (0.0, 1.0)
Polynomial = dict[frozenset[object], float]


@struct
class Spread:
    """The interval of a number. `polynomial` is the number itself where it is linear in each of its leaves: by the leaves
    of each term. Its extremes then lie at the corners of the leaves' intervals, so that `(1 - u)*a + u*b` is known to lie
    between `a` and `b`."""

    interval: Interval
    polynomial: Polynomial | None = None


class Ranges:
    """Finds the range of values of one session; each value is looked at once."""

    def __init__(self, session: Session, kind: str) -> None:
        self.session, self.kind = session, kind
        self.known: dict[int, Spread] = {}
        self.leaves: dict[object, Interval] = {}

    def of(self, v: Value) -> Interval:
        return self.spread(v).interval

    def spread(self, v: Value) -> Spread:
        found = self.known.get(id(v))
        if found is None:
            found = self.known[id(v)] = self._found(v)
        return found

    def _found(self, v: Value) -> Spread:
        if isinstance(v.type, (TimeType, Level)):
            return self._leaf(v.type.time, self._time(v))
        constant = VALUE.find(v) if v.op == "const" else None
        if isinstance(constant, (int, Fraction)) and not isinstance(constant, bool):
            number = float(constant)
            return Spread((number, number), {frozenset(): number})
        if v.op == "number":
            return self.spread(v.args[0])
        if id(v) in self.session.numbers.values:
            return self._whole(v)
        if v.op == "draw" and isinstance(drawn := v.args[0].type, Distribution) and drawn.of == "number":
            return self._leaf(v, (drawn.low, drawn.high))
        if v.op in TIME_PARTS:
            return self._reading(v)
        if not isinstance(v.type, Scalar) or v.op not in OPS:
            return Spread(ALL)
        return self._computed(v)

    def _whole(self, v: Value) -> Spread:
        numbers = self.session.numbers
        _, dim = numbers.values[id(v)]
        low, high = numbers.smallest(dim), numbers.largest(dim)
        return self._leaf(v, (-math.inf if low is None else low, math.inf if high is None else high))

    def _computed(self, v: Value) -> Spread:
        spreads = [
            self.spread(a) if isinstance(a.type, (Scalar, TimeType, Level)) else Spread(ALL) for a in v.args
        ]
        interval = OPS[v.op].interval(*(s.interval for s in spreads))
        polynomial = _combined(v.op, [s.polynomial for s in spreads])
        if polynomial is not None and len(self._of(polynomial)) <= MAX_LEAVES:
            low, high = self._corners(polynomial)
            return Spread((max(low, interval[0]), min(high, interval[1])), polynomial)
        return Spread(interval)

    def _leaf(self, key: object, interval: Interval) -> Spread:
        self.leaves[key] = interval
        return Spread(interval, {frozenset((key,)): 1.0} if all(map(math.isfinite, interval)) else None)

    def _of(self, polynomial: Polynomial) -> set[object]:
        return set().union(*polynomial)

    def _corners(self, polynomial: Polynomial) -> Interval:
        names = list(self._of(polynomial))
        found = []
        for corner in product(*(self.leaves[n] for n in names)):
            at = dict(zip(names, corner))
            found.append(sum(c * math.prod(at[n] for n in term) for term, c in polynomial.items()))
        return min(found), max(found)

    def _reading(self, v: Value) -> Spread:
        """`t.sigma` and `t.alpha`: both are monotone in the level."""
        (t,) = v.args
        if self.kind == "flow" and v.op == "sigma":
            return self.spread(t)
        if self.kind == "flow" and v.op == "alpha":
            level = self.spread(t)
            low, high = level.interval
            return Spread((1 - high, 1 - low), _combined("sub", [{frozenset(): 1.0}, level.polynomial]))
        name = readings.READINGS.get((v.op, self.kind))
        if name is None:
            return Spread((1.0, 1.0)) if v.op == "alpha" else Spread(ALL)
        read = getattr(readings, name)
        ends = [read(s) if s < 1 or v.op != "sigma" or self.kind != "edm" else math.inf for s in self.of(t)]
        return self._leaf((v.op, t), (min(ends), max(ends)))

    def _time(self, v: Value) -> Interval:
        """The levels that a time may be."""
        if isinstance(v.type, Level):
            return v.type.low, v.type.high
        assert isinstance(v.type, TimeType)
        time = v.type.time
        if time.value is not None:
            return float(time.value), float(time.value)
        listed = self.session.time_lists.known.get(time.key)
        if listed is not None:
            return _of_list(listed.levels)
        if v.op == "index" and (levels := LEVELS.find(v.args[0])) is not None:
            return _of_list(levels)
        if v.op in OPS and OPS[v.op].interval(*[UNIT] * len(v.args)) != ALL:
            low, high = OPS[v.op].interval(*(self.of(a) for a in v.args))
            return max(low, 0.0), min(high, 1.0)
        return UNIT


def _of_list(levels: tuple[Fraction | None, ...] | None) -> Interval:
    known = [float(s) for s in levels or () if s is not None]
    return (min(known), max(known)) if levels and len(known) == len(levels) else UNIT


def _combined(op: str, parts: list[Polynomial | None]) -> Polynomial | None:
    """A sum, difference or product of polynomials; None where a leaf would come to stand squared."""
    known = [p for p in parts if p is not None]
    sign = OPS[op].sign
    if len(known) < len(parts):
        return None
    if len(known) == 1:
        return {t: -c for t, c in known[0].items()} if sign == "-" else None
    if len(known) != 2:
        return None
    a, b = known
    match sign:
        case "+":
            return {t: a.get(t, 0.0) + b.get(t, 0.0) for t in {**a, **b}}
        case "-":
            return {t: a.get(t, 0.0) - b.get(t, 0.0) for t in {**a, **b}}
        case "*":
            found: Polynomial = {}
            for s, c in a.items():
                for t, d in b.items():
                    if s & t:
                        return None
                    found[s | t] = found.get(s | t, 0.0) + c * d
            return found
        case "/" if list(b) == [frozenset()] and b[frozenset()]:
            return {t: c / b[frozenset()] for t, c in a.items()}
    return None
