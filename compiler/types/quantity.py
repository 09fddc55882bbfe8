"""The (x0, eps) algebra: what a latent value is, as coefficients of clean data and of noise.

A coefficient is a small expression over atoms: exact constants, what a process makes of a time (`alpha`, `sigma`, ...),
and scalars known only at run time. Two coefficients are equal if they agree at `POINTS` random points of a field
of 2**122 elements (Schwartz-Zippel): a wrong equality passes with probability under 2**-100 for the sizes that programs
have; a right one never fails.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import product
from operator import attrgetter

from ..base import limits
from ..base.frozen import struct
from . import finite_field
from .dims import Dim
from .finite_field import Element

POINTS = 3


class TooComplex(Exception):
    """A coefficient grew beyond `MAX_SIZE` nodes."""


_identity = attrgetter("kind", "key", "index", "value")


@struct
class Time:
    """The identity of a noise level, shared by all processes: equal levels have equal signal-to-noise ratio.

    `kind` is "level" (a constant, `value` in [0, 1]: the flow noise level of that signal-to-noise ratio), "element"
    (entry `index` of the list or grid `key`), or "symbol" (a draw, a parameter: `key` alone tells it apart).
    """

    kind: str
    key: str = ""
    index: Dim | None = None
    value: Fraction | None = None

    def __eq__(self, other: object) -> bool:  # compared very often
        return other.__class__ is Time and _identity(self) == _identity(other)

    def __hash__(self) -> int:
        return hash(_identity(self))

    def substitute(self, env: dict[str, Dim]) -> Time:
        if self.index is None:
            return self
        return Time(self.kind, self.key, self.index.substitute(env), self.value)

    @property
    def identity(self) -> str:
        return f"{self.kind}|{self.key}|{self.index}|{self.value}"


def level(value: Fraction | int) -> Time:
    return Time("level", value=Fraction(value))


@struct(eq=False)
class Coef:
    """A coefficient. `op` is "const", "atom", "sigma", "alpha", or one of + - * / sqrt."""

    op: str
    args: tuple[Coef, ...] = ()
    value: Fraction | str | None = None
    time: Time | None = None
    size: int = 1

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
        if not isinstance(other, (Coef, int, Fraction)):
            return NotImplemented
        return self.points == _coef(other).points

    def __hash__(self) -> int:
        return hash(self.points)

    @cached_property
    def points(self) -> tuple[Element, ...]:
        """The value at each random point."""
        return _evaluate(self)

    @cached_property
    def is_zero(self) -> bool:
        return not any(self.points)

    @property
    def constant(self) -> Fraction | None:
        return self.value if self.op == "const" and isinstance(self.value, Fraction) else None

    def substitute(self, env: dict[str, Dim]) -> Coef:
        """Replace loop variables inside the times that this coefficient reads."""
        return self._rewrite(lambda t: t.substitute(env))

    def at(self, old: Time, new: Time) -> Coef:
        return self._rewrite(lambda t: new if t == old else t)

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
        found: set[Time] = set()
        seen: set[int] = set()
        stack = [self]
        while stack:
            c = stack.pop()
            if id(c) in seen:
                continue
            seen.add(id(c))
            if c.time is not None:
                found.add(c.time)
            stack.extend(c.args)
        return found


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
    if x is not None and y is not None and not (op == "/" and y == 0) and _is_small(x) and _is_small(y):
        return _coef(_EXACT[op](x, y))
    size = a.size + b.size + 1
    if size > limits.COEFFICIENT_NODES:
        raise TooComplex
    return Coef(op, (a, b), size=size)


_EXACT: Mapping[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def _is_small(x: Fraction) -> bool:
    return max(abs(x.numerator), x.denominator) < 1 << 256


def unknown(key: str) -> Coef:
    """A scalar known only at run time; the same key is the same scalar."""
    return Coef("atom", value=key)


def function(name: str, *args: Coef) -> Coef:
    """A function of which nothing is known but that it gives the same for the same: `exp(h)` written twice is one number."""
    return unknown(f"{name} of {[a.points for a in args]}")


def square_root(x: Coef) -> Coef:
    """The root that is not negative.

    A root in the field may have either sign; where x is the square of an alpha or sigma, or of two of them divided
    (`sqrt(1 - t.sigma**2)`, `sqrt(t.alpha**2 + t.sigma**2)`), the root is that. Any other is one and
    the same wherever it is written.
    """
    exact = finite_field.exact_root(x.constant) if x.constant is not None else None
    if exact is not None:
        return _coef(exact)
    times = sorted(x.times(), key=str)
    if len(times) <= 2:
        reads = tuple(read(which, kind, t) for t in times for kind in KINDS for which in ("alpha", "sigma"))
        for a, b in product(reads, (ONE, *reads)):
            # one point tells nearly all apart
            if finite_field.square(a.points[0]) == finite_field.multiply(
                finite_field.square(b.points[0]), x.points[0]
            ):
                known = a / b
                if known * known == x:
                    return known
    return Coef("sqrt", (x,), size=x.size + 1)


def _evaluate(root: Coef) -> tuple[Element, ...]:
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
            c.__dict__["points"] = tuple(_apply(c, [a.points[i] for a in c.args], i) for i in range(POINTS))
    return root.points


def _apply(c: Coef, args: list[Element], point: int) -> Element:
    match c.op:
        case "const":
            assert isinstance(c.value, Fraction)
            return finite_field.fraction(c.value)
        case "atom":
            return finite_field.random(f"atom|{c.value}", point)
        case "+":
            return finite_field.add(*args)
        case "-":
            return finite_field.subtract(*args)
        case "*":
            return finite_field.multiply(*args)
        case "/":
            return finite_field.multiply(args[0], finite_field.inverse(args[1]))
        case "sqrt":
            return finite_field.root(args[0])
        case _:
            assert c.time is not None
            return _read_at(c.op, str(c.value), c.time, point)


# Times. One random u per time gives, on a rational chart, the point of every process with the same signal-to-noise
# ratio rho = sigma / alpha = 2u / (1 - u**2).


@lru_cache(4096)
def _chart(kind: str, which: str, u: int) -> int:
    square = u * u % finite_field.PRIME
    rho = finite_field.quotient(2 * u, 1 - square)
    if kind == "flow":
        sigma = finite_field.quotient(rho, 1 + rho)
        return sigma if which == "sigma" else (1 - sigma) % finite_field.PRIME
    if kind == "edm":
        return rho if which == "sigma" else 1
    return finite_field.quotient(2 * u if which == "sigma" else 1 - square, 1 + square)


@lru_cache(4096)
def _at_level(kind: str, which: str, s: Fraction) -> Element:
    """alpha and sigma at a noise level that is known: those of a flow process at one ratio rho with those of others."""
    if kind == "edm":
        return finite_field.fraction(s / (1 - s) if which == "sigma" else Fraction(1))
    value = s if which == "sigma" else 1 - s
    if kind == "flow":
        return finite_field.fraction(value)
    square = s * s + (1 - s) * (1 - s)
    exact = finite_field.exact_root(square)
    if exact is not None:
        return finite_field.fraction(value / exact)
    return finite_field.multiply(
        finite_field.fraction(value), finite_field.inverse(finite_field.root(finite_field.fraction(square)))
    )


KINDS = ("flow", "vp", "trig", "edm")
"""(alpha, sigma): flow (1 - s, s); vp and trig on the unit circle; edm (1, s)."""


def _read_at(which: str, kind: str, time: Time, point: int) -> Element:
    if time.kind == "level" and time.value is not None and not (kind == "edm" and time.value == 1):
        return _at_level(kind, which, time.value)
    return _chart(kind, which, finite_field.random(f"time|{time.identity}", point))


@lru_cache(4096)
def read(which: str, kind: str, time: Time) -> Coef:
    """`sigma` or `alpha` of a process of this kind at a time."""
    return Coef(which, value=kind, time=time)


@struct
class Quantity:
    """a * x0 + b * eps."""

    a: Coef
    b: Coef

    def __add__(self, other: Quantity) -> Quantity:
        return Quantity(self.a + other.a, self.b + other.b)

    def __sub__(self, other: Quantity) -> Quantity:
        return Quantity(self.a - other.a, self.b - other.b)

    def scale(self, k: Coef) -> Quantity:
        return Quantity(self.a * k, self.b * k)

    def divide(self, k: Coef) -> Quantity:
        return Quantity(self.a / k, self.b / k)

    def substitute(self, env: dict[str, Dim]) -> Quantity:
        return Quantity(self.a.substitute(env), self.b.substitute(env))

    def at(self, old: Time, new: Time) -> Quantity:
        return Quantity(self.a.at(old, new), self.b.at(old, new))

    def times(self) -> set[Time]:
        return self.a.times() | self.b.times()

    @property
    def size(self) -> int:
        return self.a.size + self.b.size

    @property
    def is_direction(self) -> bool:
        return self.a.is_zero and self.b.is_zero

    def negated(self) -> Quantity:
        return Quantity(-self.a, -self.b)


CLEAN = Quantity(ONE, ZERO)
NOISE = Quantity(ZERO, ONE)
DIRECTION = Quantity(ZERO, ZERO)


def noisy(kind: str, time: Time) -> Quantity:
    return Quantity(read("alpha", kind, time), read("sigma", kind, time))


LATENTS: Mapping[str, Quantity | None] = {
    "clean": CLEAN,
    "noise": NOISE,
    "noisy": None,
    "predict": None,
    "eps": None,
    "velocity": None,
    "score": None,
}
"""The quantity of each kind of latent; None where it depends on the time, or on the process."""
