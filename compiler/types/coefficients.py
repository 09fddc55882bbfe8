"""Coefficients of clean data and noise, and the noise levels that they read: each may be made of the other.

A coefficient is a small expression over exact constants, what a process makes of a time (`alpha`, `sigma`), and scalars
known only at run time. Two are equal if they agree at the real points of `points`; the sign of one is known where all
points agree.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from math import isqrt, prod
from operator import attrgetter

from ...stages.table import OPERATORS, OPS
from ..base import limits
from ..base.frozen import struct
from . import points
from .dims import Dim
from .points import ANY, REALS, SWITCH, UNIT, Points, Support


class TooComplex(Exception):
    """A coefficient grew beyond `limits.COEFFICIENT_NODES` nodes."""


_identity = attrgetter("kind", "key", "index", "value", "support")


@struct
class Time:
    """The identity of a noise level, shared by all processes: equal levels have equal signal-to-noise ratio.

    `kind` is "level" (a constant, `value` in [0, 1]: the flow noise level of that signal-to-noise ratio), "element"
    (entry `index` of the list or grid `key`), "computed" (its level is the number `of`, whose values `key` tells apart),
    or "symbol" (a draw, a parameter: `key` alone tells it apart, `support` is where it lies).
    """

    kind: str
    key: str = ""
    index: Dim | None = None
    value: Fraction | None = None
    support: Support = UNIT
    of: Coef | None = None

    def __eq__(self, other: object) -> bool:  # compared very often
        return other.__class__ is Time and _identity(self) == _identity(other)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(_identity(self))

    def substitute(self, env: dict[str, Dim]) -> Time:
        if self.of is not None:
            return computed(self.of.substitute(env))
        if self.index is None:
            return self
        return Time(self.kind, self.key, self.index.substitute(env), self.value, self.support)

    def at(self, old: Time, new: Time) -> Time:
        """The same with `new` in the place of `old`."""
        if self == old:
            return new
        return self if self.of is None else computed(self.of.at(old, new))

    @cached_property
    def moves(self) -> bool:
        """Whether it is another one in each round of a loop."""
        if self.of is not None:
            return any(t.moves for t in self.of.times())
        return self.index is not None and self.index.constant is None

    @property
    def identity(self) -> str:
        return f"{self.kind}|{self.key}|{self.index}|{self.value}"


def level(value: Fraction | int) -> Time:
    return Time("level", value=Fraction(value))


@struct(eq=False)
class Coef:
    """A coefficient. `op` is "const", "atom", "sigma", "alpha", one of + - * /, or an op that knows its value on reals.

    `support` is where the values of an atom lie. Of a long formula "values" are kept, and the times that it `reads`.
    """

    op: str
    args: tuple[Coef, ...] = ()
    value: Fraction | str | None = None
    time: Time | None = None
    size: int = 1
    support: Support = ANY
    reads: frozenset[Time] = frozenset()

    def __add__(self, other: Coef | int | Fraction) -> Coef:
        return _node("+", self, _coef(other))

    def __sub__(self, other: Coef | int | Fraction) -> Coef:
        return _node("-", self, _coef(other))

    def __mul__(self, other: Coef | int | Fraction) -> Coef:
        return _node("*", self, _coef(other))

    def __truediv__(self, other: Coef | int | Fraction) -> Coef:
        return _node("/", self, _coef(other))

    def __neg__(self) -> Coef:
        return ZERO - self

    __radd__ = __add__
    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, (Coef, int, Fraction)):
            return NotImplemented
        found = _coef(other)
        a, b = self.constant, found.constant
        if a is not None and b is not None:
            return a == b
        return points.same(self.points, found.points) or self._written_as(found)

    def _written_as(self, other: Coef) -> bool:
        """Whether two are one formula: enough where nothing is known of its value."""
        if self is other:
            return True
        if (self.op, self.value, self.time) != (other.op, other.value, other.time) or not self.args:
            return self.op != "const" and (self.op, self.value, self.time) == (
                other.op,
                other.value,
                other.time,
            )
        if any(x.is_finite() for x in self.points):
            return False
        return all(a == b for a, b in zip(self.args, other.args, strict=True))

    def __hash__(self) -> int:
        return hash(points.fingerprint(self.points[:2]))

    @cached_property
    def points(self) -> Points:
        """The value at each point."""
        return _evaluate(self)

    @cached_property
    def is_zero(self) -> bool:
        if self.value is not None and self.op == "const":
            return self.value == 0
        if self.op == "-":  # what is left of large numbers is as exact as they were
            return points.same(self.args[0].points, self.args[1].points)
        return points.vanishes(self.points)

    @cached_property
    def sign(self) -> int | None:
        """1, -1 or 0; None where it depends on what is known only at run time. Found at points: evidence, no proof."""
        return 0 if self.is_zero else points.sign(self.points)

    @property
    def constant(self) -> Fraction | None:
        return self.value if self.op == "const" and isinstance(self.value, Fraction) else None

    def substitute(self, env: dict[str, Dim]) -> Coef:
        """Replace loop variables inside the times that this coefficient reads."""
        return self._rewrite(lambda t: t.substitute(env))

    def at(self, old: Time, new: Time) -> Coef:
        return self._rewrite(lambda t: t.at(old, new))

    def _rewrite(self, change: Callable[[Time], Time]) -> Coef:
        done: dict[int, Coef] = {}

        def walk(c: Coef) -> Coef:
            found = done.get(id(c))
            if found is None:
                if c.time is not None:
                    found = read(c.op, str(c.value), change(c.time))
                elif c.args:
                    found = Coef(c.op, tuple(walk(a) for a in c.args), c.value, None, c.size)
                else:
                    found = c
                done[id(c)] = found
            return found

        return walk(self)

    def times(self) -> set[Time]:
        """Every time that this coefficient reads."""
        return set(self._times)

    @cached_property
    def _times(self) -> frozenset[Time]:
        found = set(self.reads)
        seen: set[int] = set()
        stack = [self]
        while stack:
            c = stack.pop()
            if id(c) in seen:
                continue
            seen.add(id(c))
            known = c.__dict__.get("_times")
            if known is not None:
                found |= known
                continue
            if c.time is not None:
                found.add(c.time)
            found |= c.reads
            stack.extend(c.args)
        return frozenset(found)


def _coef(x: Coef | int | Fraction) -> Coef:
    return x if isinstance(x, Coef) else _constant(Fraction(x))


@lru_cache(4096)
def _constant(x: Fraction) -> Coef:
    return Coef("const", value=x)


def const(x: int | Fraction) -> Coef:
    return _coef(x)


ZERO = _coef(0)
ONE = _coef(1)


def _node(op: str, a: Coef, b: Coef) -> Coef:
    x, y = a.constant, b.constant
    if op in "+-" and y == 0:
        return a
    if op == "*" and (x == 0 or y == 1):
        return a
    if op == "*" and (y == 0 or x == 1):
        return b
    if op == "+" and x == 0:
        return b
    if op == "/" and y == 1:
        return a
    if x is not None and y is not None and not (op == "/" and y == 0) and _is_small(x) and _is_small(y):
        return _coef(_EXACT[op](x, y))
    return _grown(op, (a, b))


def _grown(op: str, args: tuple[Coef, ...]) -> Coef:
    made = Coef(op, args, size=sum(a.size for a in args) + 1)
    if made.size > limits.COEFFICIENT_KNOWN:
        reads = made._times  # kept on the way, so that a long formula is not walked each time that it grows
        short = made.size <= limits.COEFFICIENT_FORMULA
        if _are_known(reads) or not (short or any(t.moves for t in reads)):
            return of_values(made.points, reads)
    if made.size > limits.COEFFICIENT_NODES:
        raise TooComplex
    return made


@lru_cache(1024)
def _are_known(times: frozenset[Time]) -> bool:
    return all(t.kind == "level" for t in times)


def of_values(values: Points, reads: frozenset[Time] = frozenset()) -> Coef:
    """A number of which the values are known, and the times that it was made of: what a long formula that no loop rewrites
    is kept as, so that what is made of it stays short."""
    key = " ".join(points.fingerprint(values))
    found = Coef("values", value=key, size=limits.COEFFICIENT_FORMULA // 4, reads=reads)
    found.__dict__["points"] = values
    return found


_EXACT: Mapping[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def _is_small(x: Fraction) -> bool:
    return max(abs(x.numerator), x.denominator) < 1 << 256


def unknown(key: str, support: Support = ANY) -> Coef:
    """A scalar known only at run time; the same key is the same scalar. `support` is where it lies."""
    return Coef("atom", value=key, support=support)


def function(name: str, *args: Coef) -> Coef:
    """An op of numbers, by its value on reals; of one that has none it is only known that it gives the same for the same."""
    if OPS[name].exact is None:
        return unknown(_key(name, args))
    if name == "select":
        found = _as_extreme(*args)
        return _grown(name, args) if found is None else function(*found)
    if name == "clamp":
        return function("min", function("max", *args[:2]), args[2])
    return _extreme(name, args) if name in EXTREMES else _grown(name, args)


EXTREMES = ("min", "max")


def _extreme(name: str, args: Iterable[Coef]) -> Coef:
    """`min` and `max`, each written in one way: the least of what are the largest of some numbers, in one order, and known
    ones joined, so that `max(min(x, 1), 0)` is `min(max(x, 0), 1)`."""
    parts = [p for a in args for p in (a.args if a.op == name else (a,))]
    least = next((p for p in parts if p.op == "min"), None) if name == "max" else None
    if least is not None and sum(p.size for p in parts) < limits.COEFFICIENT_FORMULA:
        others = [p for p in parts if p is not least]
        return _extreme("min", [_extreme("max", (p, *others)) for p in least.args])
    known = [p.constant for p in parts if p.constant is not None]
    open_ = {points.fingerprint(p.points): p for p in parts if p.constant is None}
    found = [p for _, p in sorted(open_.items())]
    if known:
        found.append(_coef(min(known) if name == "min" else max(known)))
    made = found[0]
    for p in found[1:]:
        made = _grown(name, (made, p))
    return made


def _as_extreme(condition: Coef, a: Coef, b: Coef) -> tuple[str, Coef, Coef] | None:
    """`select(x > y, x, y)`, which is the larger of both."""
    sides = {s: OPERATORS[s].name for s in (">", ">=", "<", "<=")}
    sign = next((s for s, name in sides.items() if name == condition.op), None)
    if sign is None or len(condition.args) != 2:
        return None
    x, y = condition.args
    same = a == x and b == y
    if not same and not (a == y and b == x):
        return None
    return ("max" if (sign[0] == ">") == same else "min"), a, b


def _key(name: str, args: tuple[Coef, ...]) -> str:
    return f"{name} of {[points.fingerprint(a.points) for a in args]}"


def power(base: Coef, exponent: Coef) -> Coef:
    """Whole and half powers by products and roots, so that they stay polynomials; others by their values."""
    n = exponent.constant
    if n is None or abs(n) > limits.POWER or n.denominator > 2:
        return function("pow", base, exponent)
    found = ONE if n.denominator == 1 else square_root(base)
    for _ in range(int(abs(n))):
        found = found * base
    return found if n >= 0 else ONE / found


def square_root(x: Coef) -> Coef:
    """The root that is not negative."""
    exact = exact_root(x.constant) if x.constant is not None else None
    return _coef(exact) if exact is not None else _grown("sqrt", (x,))


def exact_root(x: Fraction) -> Fraction | None:
    """The root of the square of a fraction."""
    if x < 0:
        return None
    found = Fraction(isqrt(x.numerator), isqrt(x.denominator))
    return found if found * found == x else None


# values at points


def _evaluate(root: Coef) -> Points:
    """The values at all points; those of its parts are kept on the way, so that a long chain is walked once."""
    stack = [root]
    while stack:
        c = stack[-1]
        waiting = [a for a in c.args if "points" not in a.__dict__]
        if waiting:
            stack.extend(waiting)
            continue
        stack.pop()
        if "points" not in c.__dict__:
            c.__dict__["points"] = _value(c, *(a.points for a in c.args))
    return root.points


_ON_REALS: Mapping[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": REALS.add,
    "-": REALS.subtract,
    "*": REALS.multiply,
    "/": REALS.divide,
}


def _value(c: Coef, *args: Points) -> Points:
    if c.op in _ON_REALS:
        return points.at_each(_ON_REALS[c.op], *args)
    if c.time is not None:
        return _reading(c.op, str(c.value), c.time)
    if c.op == "const":
        assert isinstance(c.value, Fraction)
        return points.fixed(c.value)
    if c.op == "atom":
        return points.drawn(f"atom|{c.value}", c.support)
    op = OPS[c.op]
    assert op.exact is not None
    values = points.of_numbers(op.exact, *args)
    # where the points show one branch alone, the result would pass for that branch
    if op.gives == "bool" and not points.taken_often(values, (points.fixed(0), points.fixed(1))):
        return points.drawn(_key(c.op, c.args), SWITCH)
    if op.chooses and not points.taken_often(values, args):
        low, high = (op.exact(REALS, *(_end(a, i) for a in c.args)) for i in (0, 1))
        return points.drawn(_key(c.op, c.args), Support(_bound(low), _bound(high)))
    return values


def _end(c: Coef, which: int) -> Decimal:
    """The lower or the upper end of where a coefficient lies, as far as that is known."""
    bound: Fraction | float | None = None
    if c.constant is not None:
        bound = c.constant
    elif c.op == "atom":
        bound = (c.support.low, c.support.high)[which]
    elif c.op in EXTREMES:
        return Decimal((min if c.op == "min" else max)(_end(a, which) for a in c.args))
    elif points.within_unit(c.points):
        bound = which
    elif (points.never_below_zero, points.never_above_zero)[which](c.points):
        bound = 0
    return Decimal("-Infinity" if which == 0 else "Infinity") if bound is None else points.decimal(bound)


def _bound(end: Decimal) -> Fraction | None:
    return Fraction(end) if end.is_finite() else None


def computed(of: Coef) -> Time:
    """The time whose noise level, as a flow process has it, is this number."""
    if of.constant is not None:
        return level(of.constant)
    if of.op == "sigma" and of.value == "flow" and of.time is not None:
        return of.time
    return Time("computed", _key("level", (of,)), of=of)


KINDS = ("flow", "vp", "trig", "edm")
"""(alpha, sigma): flow (1 - s, s); vp and trig on the unit circle; edm (1, s)."""


@lru_cache(4096)
def read(which: str, kind: str, time: Time) -> Coef:
    """`sigma` or `alpha` of a process of this kind at a time."""
    return Coef(which, value=kind, time=time)


@lru_cache(1024)
def _reading(which: str, kind: str, time: Time) -> Points:
    """alpha or sigma at each point: those of all processes at one ratio of sigma to alpha, s/(1 - s) of a flow's s."""
    s = flow_levels(time)
    rest = points.at_each(REALS.subtract, points.fixed(1), s)
    if kind == "flow":
        return s if which == "sigma" else rest
    if kind == "edm":
        if which == "alpha":
            return points.fixed(1)
        if time.value == 1:  # beyond all numbers
            return points.drawn("sigma of an exploding process at its top", Support(80))
        return points.at_each(REALS.divide, s, rest)
    squares = (points.at_each(REALS.multiply, x, x) for x in (s, rest))
    norm = points.at_each(REALS.sqrt, points.at_each(REALS.add, *squares))
    return points.at_each(REALS.divide, s if which == "sigma" else rest, norm)


@lru_cache(1024)
def flow_levels(time: Time) -> Points:
    """A time's noise level as a flow process has it, at each point: in its support, and falling along a list."""
    if time.value is not None:
        return points.fixed(time.value)
    if time.of is not None:
        return time.of.points
    if time.index is not None:
        return tuple(_of_entry(time.key, n, i) for i, n in enumerate(whole_values(time.index)))
    return points.drawn(f"time|{time.identity}", time.support)


def whole_values(d: Dim) -> tuple[int, ...]:
    """A dim's value at each point: its variables are whole numbers from 0 to 15."""
    values = {v: [int(points.unit(f"whole|{v}", i) * 16) for i in range(points.POINTS)] for v in d.variables}
    at = ({v: found[i] for v, found in values.items()} for i in range(points.POINTS))
    return tuple(sum(c * prod(env[v] for v in mono) for mono, c in d.terms) for env in at)


def _of_entry(key: str, n: int, point: int) -> Decimal:
    """The level of entry n of a list: in (0, 1), and falling as n rises."""
    x = REALS.add(Decimal(n - 8), points.unit(f"entry|{key}|{n}", point))
    return REALS.divide(
        REALS.subtract(Decimal(1), REALS.divide(x, REALS.add(Decimal(1), abs(x)))), Decimal(2)
    )
