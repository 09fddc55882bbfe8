"""Dims: integer polynomials in normal form, with a congruence class per size.

A fact such as `F = 1 (mod 4)` rewrites F as `4*F' + 1` over a fresh basis variable F'. After that, exact
division is division of coefficients, and two dims are equal on all sizes exactly if their polynomials are.
Answers are proved, refuted (false for every size) or unknown.

Everything here ends in bounded time and memory: a polynomial past the limits below raises `TooLarge`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from math import gcd, prod

MAX_TERMS = 64
MAX_DEGREE = 8
MAX_BITS = 128

Mono = tuple[str, ...]
"""A product of variables as their sorted names; `()` is the constant."""


class TooLarge(Exception):
    """A dim grew past the limits; its text says which."""


class Answer(Enum):
    """REFUTED means false for all sizes, UNKNOWN that it depends on them or cannot be told."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNKNOWN = "unknown"


def _order(mono: Mono) -> tuple[int, Mono]:
    """Sort key of the graded lexicographic order, largest monomial first."""
    return -len(mono), mono


@dataclass(frozen=True)
class Dim:
    """A polynomial with integer coefficients. `Dim.of` and arithmetic build it and keep it in normal form."""

    terms: tuple[tuple[Mono, int], ...] = ()

    @staticmethod
    def of(value: int | str | Dim) -> Dim:
        """A whole number, a variable by its name, or a dim as it is."""
        if isinstance(value, Dim):
            return value
        return _normal({(): value} if isinstance(value, int) else {(value,): 1})

    def __add__(self, other: int | str | Dim) -> Dim:
        terms = dict(self.terms)
        for mono, c in Dim.of(other).terms:
            terms[mono] = terms.get(mono, 0) + c
        return _normal(terms)

    def __mul__(self, other: int | str | Dim) -> Dim:
        terms: dict[Mono, int] = {}
        for a, ca in self.terms:
            for b, cb in Dim.of(other).terms:
                mono = tuple(sorted(a + b))
                terms[mono] = terms.get(mono, 0) + ca * cb
        return _normal(terms)

    def __neg__(self) -> Dim:
        return self * -1

    def __sub__(self, other: int | str | Dim) -> Dim:
        return self + -Dim.of(other)

    def __radd__(self, other: int | str) -> Dim:
        return self + other

    def __rmul__(self, other: int | str) -> Dim:
        return self * other

    def __rsub__(self, other: int | str) -> Dim:
        return Dim.of(other) - self

    @cached_property
    def variables(self) -> frozenset[str]:
        return frozenset(v for mono, _ in self.terms for v in mono)

    @property
    def constant(self) -> int | None:
        """The number that this dim is, or None if it has variables."""
        return None if self.variables else self.offset

    @property
    def offset(self) -> int:
        """The constant term."""
        return self.terms[-1][1] if self.terms and not self.terms[-1][0] else 0

    @cached_property
    def linear_in_one(self) -> tuple[str, int, int] | None:
        """`(v, m, r)` if this dim is `m*v + r` with m nonzero."""
        moving = [(mono, c) for mono, c in self.terms if mono]
        if len(moving) != 1 or len(moving[0][0]) != 1:
            return None
        return moving[0][0][0], moving[0][1], self.offset

    def split(self, variable: str) -> tuple[Dim, Dim] | None:
        """`(k, rest)` with `self == k*variable + rest`, both free of it; None if it occurs squared."""
        inside: dict[Mono, int] = {}
        outside: dict[Mono, int] = {}
        for mono, c in self.terms:
            match mono.count(variable):
                case 0:
                    outside[mono] = c
                case 1:
                    inside[tuple(v for v in mono if v != variable)] = c
                case _:
                    return None
        return _normal(inside), _normal(outside)

    def substitute(self, values: Mapping[str, Dim | int]) -> Dim:
        """All of `values` put in at once."""
        if self.variables.isdisjoint(values):
            return self
        total = Dim()
        for mono, c in self.terms:
            term = Dim.of(c)
            for v in mono:
                term = term * values.get(v, v)
            total = total + term
        return total

    def __str__(self) -> str:
        text = ""
        for mono, c in self.terms:
            size = "*".join(mono) if mono and abs(c) == 1 else "*".join((str(abs(c)), *mono))
            sign = "-" if c < 0 else "+"
            text += f" {sign} {size}" if text else f"-{size}" if c < 0 else size
        return text or "0"


def _normal(terms: Mapping[Mono, int]) -> Dim:
    """Zero terms dropped, the rest in order, within the limits."""
    kept = [(mono, c) for mono, c in terms.items() if c]
    if len(kept) > MAX_TERMS:
        raise TooLarge(f"a dim of more than {MAX_TERMS} terms")
    for mono, c in kept:
        if len(mono) > MAX_DEGREE:
            raise TooLarge(f"a product of more than {MAX_DEGREE} sizes")
        if c.bit_length() > MAX_BITS:
            raise TooLarge(f"a number of more than {MAX_BITS} bits in a dim")
    kept.sort(key=lambda term: _order(term[0]))
    return Dim(tuple(kept))


class Contradiction(Exception):
    """A new fact excludes those already known. `origins` are of all the facts involved, the new one last."""

    def __init__(self, message: str, origins: tuple[object, ...]) -> None:
        super().__init__(message)
        self.origins = origins


class NotDivisible(Exception):
    """No sizes make the division exact. `residue` is always left, by the divisor that the text names."""

    def __init__(self, message: str, residue: int) -> None:
        super().__init__(message)
        self.residue = residue


class Unknown(Exception):
    """The facts do not settle it. `residue` is the part that they leave open."""

    def __init__(self, message: str, residue: Dim) -> None:
        super().__init__(message)
        self.residue = residue


def _merge(*groups: Sequence[object]) -> tuple[object, ...]:
    """The origins of several facts, each once (by identity, since origins are opaque), None left out."""
    seen: dict[int, object] = {}
    for group in groups:
        for origin in group:
            if origin is not None:
                seen.setdefault(id(origin), origin)
    return tuple(seen.values())


@dataclass(frozen=True)
class Facts:
    """What is known about the sizes. Every method that adds a fact gives a new value.

    A size is at least 1 unless `at_least` says otherwise. A variable that first occurs in the statement of
    another (k in `F = 4*k + 1`) is at least 0, and what the other's bound asks (1 for m in `H = 16*m`).
    """

    solved: Mapping[str, Dim] = field(default_factory=dict)
    """Each rewritten variable over the basis."""
    low: Mapping[str, int] = field(default_factory=dict)
    """Bounds that were stated."""
    because: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    """The origins of what is known of each variable; every variable with a fact has an entry."""

    def norm(self, d: Dim | int | str) -> Dim:
        """`d` over the basis variables."""
        return Dim.of(d).substitute(self.solved)

    def origins(self, d: Dim | int | str) -> tuple[object, ...]:
        """Where the facts come from that bear on `d`'s variables."""
        return _merge(*(self.because.get(v, ()) for v in sorted(Dim.of(d).variables)))

    # adding facts

    def congruent(self, v: str, m: int, r: int, origin: object = None) -> Facts:
        """Assume that `v` leaves `r` when divided by `m` (1 or more).

        Raises `Contradiction`; `Unknown` if v stands for several sizes and they do not settle it.
        """
        now = self.norm(v)
        shared = gcd(m, *(c for mono, c in now.terms if mono))
        if (now.offset - r) % shared:
            raise Contradiction(
                f"`{v}` cannot leave {r % m} when divided by {m}: {self._known(v)}",
                _merge(self.origins(v), (origin,)),
            )
        if shared == m:
            return self._noted(v, origin)
        line = now.linear_in_one
        if line is None:
            raise Unknown(f"`{v}` is `{self.show(now)}`, which cannot be put in one class mod {m}", now)
        basis, m0, r0 = line
        rest = m // shared
        return self._refined(basis, rest, (r - r0) // shared * pow(m0 // shared, -1, rest) % rest, origin)

    def at_least(self, v: str, n: int, origin: object = None) -> Facts:
        """Assume `v >= n`; stated again, the larger holds. Raises `Contradiction`."""
        low = {**self.low, v: max(n, self.low.get(v, n))}
        out = Facts(self.solved, low, self.because)._noted(v, origin)
        out._check_bounds([v], origin)
        return out

    def equals(self, v: str, value: Dim | int, origin: object = None) -> Facts:
        """Assume `v == value`. Raises `Contradiction`; `Unknown` if no variable can be solved for."""
        value = Dim.of(value)
        new = value.variables - self.because.keys() - self.low.keys() - {v}
        told = Facts(self.solved, {**self.low, **dict.fromkeys(new, 0)}, self.because)
        gap = told.norm(v) - told.norm(value)
        involved = _merge(told.origins(v), told.origins(value), (origin,))
        answer = told.equal(v, value)
        if answer is Answer.PROVED:
            return told._noted(v, origin)
        if answer is Answer.REFUTED:
            raise Contradiction(f"`{v}` cannot be `{told.show(value)}`: {told._known(v)}", involved)
        content = gcd(*(c for _, c in gap.terms))
        gap = _normal({mono: c // content for mono, c in gap.terms})
        # v itself first, so that `F = 4*k + 1` rewrites F and `F = 81` after it solves for k
        for name in sorted(gap.variables, key=lambda name: (name != v, name)):
            parts = gap.split(name)
            if parts and parts[0].constant in (1, -1):
                return told._replaced(name, parts[1] * -int(parts[0].constant or 1), origin)
        if len(gap.variables) == 2 and all(len(mono) <= 1 for mono, _ in gap.terms):
            # a*x + b*y + r = 0 with a, b coprime: x in one class mod b makes y integral
            ((x,), a), ((_,), b) = gap.terms[:2]
            m = abs(b)
            return told._refined(x, m, -gap.offset * pow(a, -1, m) % m, origin).equals(v, value, origin)
        raise Unknown(f"cannot solve `{v} = {told.show(value)}` for one size", gap)

    def _known(self, v: str) -> str:
        """What is known of v, in words."""
        now = self.norm(v)
        if now.constant is not None:
            return f"`{v}` is {now.constant}"
        line = now.linear_in_one
        if line is None:
            return f"`{v}` is `{self.show(now)}`"
        basis, m, r = line
        known = [f"leaves {r % abs(m)} when divided by {abs(m)}"] if abs(m) > 1 else []
        known += [f"is at least {m * self.lowest(basis) + r}"] if m > 0 else []
        return f"`{v}` " + " and ".join(known)

    def _noted(self, v: str, origin: object) -> Facts:
        """The same facts, with one more reason for what is known of v and of its basis variables."""
        because = dict(self.because)
        for name in {v, *self.norm(v).variables}:
            because[name] = _merge(because.get(name, ()), (origin,))
        return Facts(self.solved, self.low, because)

    def _refined(self, basis: str, m: int, r: int, origin: object) -> Facts:
        """Basis variable := m*(fresh) + r. The fresh name says what it counts, in any order of facts."""
        root, _, inner = basis.partition("'")
        m0, r0 = map(int, inner.split(":")) if inner else (1, 0)
        fresh = Dim.of(f"{root}'{m0 * m}:{m0 * r + r0}")
        return self._replaced(basis, fresh * m + r, origin)

    def _replaced(self, basis: str, value: Dim, origin: object) -> Facts:
        """Basis variable := value, everywhere. Raises `Contradiction` if a bound does not allow it."""
        solved = {name: d.substitute({basis: value}) for name, d in self.solved.items()}
        changed = [name for name, d in self.solved.items() if basis in d.variables]
        solved[basis] = value
        reasons = _merge(self.origins(basis), self.origins(value), (origin,))
        because = dict(self.because)
        for name in (basis, *changed, *value.variables):
            because[name] = _merge(because.get(name, ()), reasons)
        out = Facts(solved, self.low, because)
        out._check_bounds([basis, *changed], origin)
        return out

    def _check_bounds(self, names: Sequence[str], origin: object) -> None:
        for name in names:
            exact, bound = self.norm(name).constant, self._stated(name)
            if exact is not None and bound is not None and exact < bound:
                raise Contradiction(
                    f"`{name}` is {exact}, but must be at least {bound}",
                    _merge(self.origins(name), (origin,)),
                )

    def _stated(self, name: str) -> int | None:
        """The bound of a variable in its own right: the one stated, else 1 for what is itself a size."""
        return self.low.get(name, None if "'" in name else 1)

    def lowest(self, basis: str) -> int:
        """The lower bound of a basis variable that follows from all bounds on what is linear in it."""
        bounds = []
        for name, d in ((basis, Dim.of(basis)), *self.solved.items()):
            line, stated = d.linear_in_one, self._stated(name)
            if stated is not None and line is not None and line[0] == basis and line[1] > 0:
                bounds.append(-((line[2] - stated) // line[1]))
        return max(bounds, default=1)

    # asking

    def divide(self, d: Dim | int | str, k: Dim | int) -> Dim:
        """`d / k`, exactly, over the basis variables.

        Raises `NotDivisible` if it is never exact (k may be 0), `Unknown` if that depends on the sizes.
        """
        whole, by = self.norm(d), self.norm(k)
        shown = f"`{self.show(d)}`"
        if not by.terms:
            raise NotDivisible(f"{shown} is divided by 0", 0)
        if by.constant is None:
            quotient = _long_division(whole, by)
            if quotient is None:
                raise Unknown(f"it is not known whether `{self.show(k)}` divides {shown}", whole)
            return quotient
        n = by.constant
        open_part = {mono: c % n for mono, c in whole.terms if c % n}
        if not open_part:
            return _normal({mono: c // n for mono, c in whole.terms})
        shared = gcd(n, *(c for mono, c in whole.terms if mono))
        if left := whole.offset % shared:
            raise NotDivisible(f"{shown} leaves {left} when divided by {shared}", left)
        raise Unknown(f"it is not known whether {n} divides {shown}", _normal(open_part))

    def equal(self, a: Dim | int | str, b: Dim | int | str) -> Answer:
        """Whether a and b are the same for all sizes. Complete for PROVED."""
        gap = self.norm(a) - self.norm(b)
        if not gap.terms:
            return Answer.PROVED
        steps = gcd(*(c for mono, c in gap.terms if mono))
        apart = gap.offset % steps if steps else gap.offset
        if apart or Answer.PROVED in (self.prove_at_least(gap, 1), self.prove_at_least(-gap, 1)):
            return Answer.REFUTED
        return Answer.UNKNOWN

    def prove_at_least(self, d: Dim | int | str, n: int) -> Answer:
        """Whether `d >= n`, by putting every basis variable at its bound. Complete for linear dims."""
        now = self.norm(d)
        above = now.substitute({v: Dim.of(v) + self.lowest(v) for v in now.variables})
        slopes = [c for mono, c in above.terms if mono]
        if above.offset >= n and all(c > 0 for c in slopes):
            return Answer.PROVED
        if above.offset < n and all(c < 0 for c in slopes):
            return Answer.REFUTED
        return Answer.UNKNOWN

    # printing

    def show(self, d: Dim | int | str) -> str:
        """`d` in the user's own names, as short as can be: `(F - 1)/4 + 1`, `H/8`, `(F + 3)*H*W/1024`."""
        now = self.norm(d)
        try:
            return self._show_line(now) or self._show_product(now)
        except TooLarge:
            return str(now)

    def _named(self, basis: str) -> tuple[str, int, int]:
        """`(name, m, r)` with `name == m*basis + r` for the first user's name linear in it."""
        for name, d in self.solved.items():
            line = d.linear_in_one
            if "'" not in name and line is not None and line[0] == basis:
                return name, line[1], line[2]
        return basis, 1, 0

    def _show_line(self, now: Dim) -> str | None:
        line = now.linear_in_one
        if line is None:
            return None
        basis, c, k = line
        name, m, r = self._named(basis)
        shared = gcd(c, m) if m > 0 else -gcd(c, m)
        c, m = c // shared, m // shared
        if m == 1:
            return str(Dim.of(name) * c + (k - c * r))
        inner = f"({Dim.of(name) - r})" if r else name
        scaled = inner if c == 1 else f"-{inner}" if c == -1 else f"{c}*{inner}"
        return f"{scaled}/{m}" + (f" + {k}" if k > 0 else f" - {-k}" if k else "")

    def _show_product(self, now: Dim) -> str:
        """One fraction, with the sizes that all its terms share pulled out in front of the divisor."""
        named = {b: self._named(b) for b in now.variables}
        most = {b: max(mono.count(b) for mono, _ in now.terms) for b in named}
        top = Dim()
        for mono, c in now.terms:
            term = Dim.of(c)
            for b, (name, m, r) in named.items():
                e = mono.count(b)
                term = term * m ** (most[b] - e)
                for _ in range(e):
                    term = term * (Dim.of(name) - r)
            top = top + term
        below = prod(m ** most[b] for b, (_, m, _) in named.items())
        shared = gcd(below, *(c for _, c in top.terms)) * (1 if below > 0 else -1)
        top, below = _normal({mono: c // shared for mono, c in top.terms}), below // shared
        if below == 1:
            return str(top)
        common: list[str] = []
        for v in sorted(top.variables):
            common += [v] * min(mono.count(v) for mono, _ in top.terms)
        if len(top.terms) > 1:
            inner = _normal({_without(mono, common): c for mono, c in top.terms})
            return "*".join((f"({inner})", *common)) + f"/{below}"
        return f"{top}/{below}"


def _without(mono: Mono, factors: Sequence[str]) -> Mono:
    left = list(mono)
    for v in factors:
        left.remove(v)
    return tuple(left)


def _long_division(whole: Dim, by: Dim) -> Dim | None:
    """The polynomial q with `q*by == whole`, or None; leading terms first, in graded lexicographic order."""
    lead, lead_c = by.terms[0]
    quotient, rest = Dim(), whole
    while rest.terms:
        mono, c = rest.terms[0]
        if c % lead_c or any(mono.count(v) < lead.count(v) for v in lead):
            return None
        step = _normal({_without(mono, lead): c // lead_c})
        quotient, rest = quotient + step, rest - step * by
    return quotient


# matching


class NoMatch(Exception):
    """The dims at `index` do not fit; `answer` says whether they never can (REFUTED) or may not (UNKNOWN)."""

    def __init__(self, index: int, pattern: Dim, actual: Dim, reason: str, answer: Answer) -> None:
        super().__init__(reason)
        self.index = index
        self.pattern = pattern
        self.actual = actual
        self.reason = reason
        self.answer = answer


def match(
    patterns: Sequence[Dim], actuals: Sequence[Dim], unknowns: set[str], facts: Facts
) -> dict[str, Dim]:
    """What `unknowns` must be, over the basis variables, for each pattern to equal the actual in its place.

    One unknown at a time is solved for where it stands alone and linear, until nothing is left. An unknown
    may have the name of one of the caller's sizes; the two are kept apart. Both sequences are of one length.
    Raises `NoMatch` for the first place that does not fit or is not determined.
    """
    marked: dict[str, Dim | int] = {u: Dim.of(u + "?") for u in unknowns}
    found: dict[str, Dim | int] = {}
    todo = [(i, p, p.substitute(marked), a) for i, (p, a) in enumerate(zip(patterns, actuals, strict=True))]
    while todo:
        rest = []
        for i, pattern, open_pattern, actual in todo:
            now = open_pattern.substitute(found)
            free = sorted(v for v in now.variables if v.endswith("?"))
            if not free:
                _same(i, pattern, now, actual, facts)
            elif len(free) == 1 and (parts := now.split(free[0])) is not None:
                found[free[0]] = _solve(i, pattern, *parts, actual, facts)
            else:
                rest.append((i, pattern, open_pattern, actual))
        if len(rest) == len(todo):
            i, pattern, _, actual = rest[0]
            names = " and ".join(f"`{u}`" for u in sorted(pattern.variables & unknowns))
            raise NoMatch(i, pattern, actual, f"`{pattern}` does not determine {names}", Answer.UNKNOWN)
        todo = rest
    return {v[:-1]: Dim.of(d) for v, d in found.items()}


def _same(i: int, pattern: Dim, now: Dim, actual: Dim, facts: Facts) -> None:
    answer = facts.equal(now, actual)
    if answer is not Answer.PROVED:
        word = "is not" if answer is Answer.REFUTED else "is not known to be"
        raise NoMatch(i, pattern, actual, f"`{facts.show(actual)}` {word} `{facts.show(now)}`", answer)


def _solve(i: int, pattern: Dim, factor: Dim, offset: Dim, actual: Dim, facts: Facts) -> Dim:
    try:
        value = facts.divide(actual - offset, factor)
    except (NotDivisible, Unknown) as why:
        reason = f"`{facts.show(actual)}` does not have the form `{pattern}`: {why}"
        answer = Answer.REFUTED if isinstance(why, NotDivisible) else Answer.UNKNOWN
        raise NoMatch(i, pattern, actual, reason, answer) from None
    if facts.prove_at_least(value, 0) is Answer.REFUTED:
        reason = f"`{facts.show(actual)}` is too small to be `{pattern}`"
        raise NoMatch(i, pattern, actual, reason, Answer.REFUTED)
    return value


# the sizes that a pattern accepts


def _counted(pattern: Dim, bounds: Mapping[str, int]) -> tuple[int, int, int]:
    """`(m, r, first)`: the sizes are m*k + r for k = first, first + 1, ... as far as they are 1 or more."""
    if pattern.constant is not None:
        return 0, pattern.constant, 0
    line = pattern.linear_in_one
    if line is None:
        raise Unknown(f"`{pattern}` is not linear in one variable", pattern)
    v, m, r = line
    return m, r, bounds.get(v, max(0, -((r - 1) // m)) if m > 0 else 0)


def accepts(pattern: Dim, value: int, bounds: Mapping[str, int] | None = None) -> bool:
    """Whether a size of `value` has the form of `pattern` (linear in one variable, or a number).

    The variable starts at its entry in `bounds`, else at the first of 0, 1, ... that makes the size positive:
    1 has the form `4*k + 1`, 0 has not the form `16*m`. Raises `Unknown` for other patterns.
    """
    return nearest_legal(pattern, bounds or {}, value) == (value, value)


def nearest_legal(pattern: Dim, bounds: Mapping[str, int], value: int) -> tuple[int | None, int | None]:
    """The largest size up to `value` of the pattern's form, and the smallest from it on; as in `accepts`."""
    m, r, first = _counted(pattern, bounds)
    start = m * first + r
    if m == 0:
        return (start if start <= value else None), (start if start >= value else None)
    # the sizes run from `start` up, or, for m < 0, from `start` down to the last that is 1 or more
    step = abs(m)
    least, most = (start, None) if m > 0 else ((start - 1) % step + 1, start)
    if most is not None and most < 1:
        return None, None
    down = value - (value - least) % step
    up = value + (least - value) % step
    if most is not None:
        down = min(down, most)
    below = down if down >= least else None
    above = max(up, least)
    return below, (above if most is None or above <= most else None)
