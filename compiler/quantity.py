"""The (x0, eps) algebra: what a latent value is, as coefficients of clean data and of noise.

A coefficient is a small expression over atoms: exact constants, what a process makes of a time (`alpha`, `sigma`, ...),
and scalars known only at run time. Two coefficients are equal if they agree at `POINTS` random points of the prime
field of `PRIME` elements (Schwartz-Zippel): a wrong equality passes with probability under 2**-100 for the sizes
that programs have; a right one never fails.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from .dims import Dim

PRIME = (1 << 61) - 1
POINTS = 3
MAX_SIZE = 20_000
"""Nodes in one coefficient; a larger one is reported by its maker as beyond what can be followed."""


class TooComplex(Exception):
    """A coefficient grew beyond `MAX_SIZE` nodes."""


@dataclass(frozen=True)
class Time:
    """The identity of a noise level, shared by all processes: equal levels have equal signal-to-noise ratio.

    `kind` is "level" (a constant, `value` in [0, 1]: the flow noise level of that signal-to-noise ratio), "element"
    (entry `index` of the list or grid `key`), or "symbol" (a draw, a parameter: `key` alone tells it apart).
    """

    kind: str
    key: str = ""
    index: Dim | None = None
    value: Fraction | None = None

    def substitute(self, env: dict[str, Dim]) -> Time:
        if self.index is None:
            return self
        return Time(self.kind, self.key, self.index.substitute(env), self.value)

    @property
    def identity(self) -> str:
        return f"{self.kind}|{self.key}|{self.index}|{self.value}"


def level(value: Fraction | int) -> Time:
    return Time("level", value=Fraction(value))


@dataclass(frozen=True, eq=False)
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
    def points(self) -> tuple[int, ...]:
        """The value at each random point."""
        return tuple(_evaluate(self, i) for i in range(POINTS))

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
    return x if isinstance(x, Coef) else Coef("const", value=Fraction(x))


def const(x: int | Fraction) -> Coef:
    return _coef(x)


ZERO = _coef(0)
ONE = _coef(1)


def _node(op: str, a: Coef, b: Coef) -> Coef:
    if a.constant is not None and b.constant is not None and not (op == "/" and b.constant == 0):
        x, y = a.constant, b.constant
        if max(abs(x.numerator), x.denominator, abs(y.numerator), y.denominator) < 1 << 256:
            return _coef({"+": x + y, "-": x - y, "*": x * y}[op] if op != "/" else x / y)
    if op in "+-" and b.constant == 0:
        return a
    if op == "*" and (a.constant == 0 or b.constant == 1):
        return a
    if op == "*" and (b.constant == 0 or a.constant == 1):
        return b
    if op == "+" and a.constant == 0:
        return b
    size = a.size + b.size + 1
    if size > MAX_SIZE:
        raise TooComplex
    return Coef(op, (a, b), size=size)


def unknown(key: str) -> Coef:
    """A scalar known only at run time; the same key is the same scalar."""
    return Coef("atom", value=key)


def square_root(x: Coef) -> Coef:
    return Coef("sqrt", (x,), size=x.size + 1)


def _random(key: str, point: int) -> int:
    digest = hashlib.blake2b(f"{point}|{key}".encode(), digest_size=16).digest()
    return int.from_bytes(digest, "big") % PRIME


def _inverse(x: int) -> int:
    return pow(x, PRIME - 2, PRIME)


def _evaluate(root: Coef, point: int) -> int:
    memo: dict[int, int] = {}
    stack = [root]
    while stack:
        c = stack[-1]
        if id(c) in memo:
            stack.pop()
            continue
        waiting = [a for a in c.args if id(a) not in memo]
        if waiting:
            stack.extend(waiting)
            continue
        stack.pop()
        memo[id(c)] = _apply(c, [memo[id(a)] for a in c.args], point)
    return memo[id(root)]


def _apply(c: Coef, args: list[int], point: int) -> int:
    match c.op:
        case "const":
            assert isinstance(c.value, Fraction)
            return c.value.numerator * _inverse(c.value.denominator % PRIME) % PRIME
        case "atom":
            return _random(f"atom|{c.value}", point)
        case "+":
            return (args[0] + args[1]) % PRIME
        case "-":
            return (args[0] - args[1]) % PRIME
        case "*":
            return args[0] * args[1] % PRIME
        case "/":
            return args[0] * _inverse(args[1]) % PRIME
        case "sqrt":
            # PRIME % 4 == 3. Of a non-residue this is the root of its negative: still one fixed function of its
            # argument, so that equal arguments give equal roots.
            return pow(args[0], (PRIME + 1) // 4, PRIME)
        case _:
            assert c.time is not None
            return _read_at(c.op, str(c.value), c.time, point)


# Times. One random u per time gives, on a rational chart, the point of every process with the same signal-to-noise
# ratio rho = sigma / alpha = 2u / (1 - u**2).


def _chart(kind: str, which: str, rho_u: int) -> int:
    u = rho_u
    square = u * u % PRIME
    rho = 2 * u * _inverse((1 - square) % PRIME) % PRIME
    if kind == "flow":
        sigma = rho * _inverse((1 + rho) % PRIME) % PRIME
        return sigma if which == "sigma" else (1 - sigma) % PRIME
    if kind == "edm":
        return rho if which == "sigma" else 1
    root = _inverse((1 + square) % PRIME)
    return (2 * u if which == "sigma" else 1 - square) * root % PRIME


KINDS = ("flow", "vp", "trig", "edm")
"""(alpha, sigma): flow (1 - s, s); vp and trig on the unit circle; edm (1, s)."""


def _read_at(which: str, kind: str, time: Time, point: int) -> int:
    if time.kind == "level" and time.value is not None:
        s = time.value
        if kind == "flow":
            value = s if which == "sigma" else 1 - s
            return value.numerator * _inverse(value.denominator % PRIME) % PRIME
        if s == 0:
            return 0 if which == "sigma" else 1
        if s == 1 and kind != "edm":
            return 1 if which == "sigma" else 0
    return _chart(kind, which, _random(f"time|{time.identity}", point))


def read(which: str, kind: str, time: Time) -> Coef:
    """`sigma` or `alpha` of a process of this kind at a time."""
    return Coef(which, value=kind, time=time)


@dataclass(frozen=True)
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

    def times(self) -> set[Time]:
        return self.a.times() | self.b.times()

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


def describe(q: Quantity, times: Iterable[tuple[str, Time]] = (), kind: str = "flow") -> str:
    """A quantity in the words of the field: `clean`, `noise`, `noisy at t`, `eps - x0`, else its coefficients."""
    named = (
        (CLEAN, "clean data (x0)"),
        (NOISE, "noise (eps)"),
        (DIRECTION, "a difference of two like quantities"),
        (Quantity(-ONE, ONE), "eps - x0"),
        (Quantity(ONE, -ONE), "x0 - eps"),
        (Quantity(-ONE, ZERO), "-x0"),
        (Quantity(ZERO, -ONE), "-eps"),
    )
    for known, words in named:
        if q == known:
            return words
    for name, time in times:
        for k in (kind, *KINDS):
            if q == noisy(k, time):
                return f"noisy at `{name}`" if k == kind else f"noisy at `{name}` of a {k} process"
            alpha, sigma = read("alpha", k, time), read("sigma", k, time)
            if q == Quantity(-sigma, alpha):
                return f"v at `{name}`"
    a, b = q.a.constant, q.b.constant
    if a is not None and b is not None:
        return f"{_decimal(a)}*x0 {'+' if b >= 0 else '-'} {_decimal(abs(b))}*eps"
    return "a mix of x0 and eps that is neither"


def _decimal(x: Fraction) -> str:
    return str(x.numerator) if x.denominator == 1 else f"{float(x):g}"
