"""What is known about sizes: a congruence class and a bound each, and sizes that others make up.

A fact such as `F = 1 (mod 4)` rewrites F as `4*F' + 1` over a fresh basis variable F'. After that, exact
division is division of coefficients, and two dims are equal on all sizes exactly if their polynomials are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import gcd

from ...base.frozen import field, struct
from . import decide
from .decide import Answer, Ranges
from .dim_text import shown
from .polynomial import Dim, long_division, normal

HELPERS = ("k", "m", "n", "j", "i")
"""Names for what a missing fact counts, the first that is not taken."""
ROUNDS = 8
"""How often bounds are carried from size to size."""


class Contradiction(Exception):
    """A new fact excludes those already known. `origins` are of all the facts involved, the new one last."""

    def __init__(self, message: str, origins: tuple[object, ...]) -> None:
        super().__init__(message)
        self.origins = origins


class NotDivisible(Exception):
    """No sizes make the division exact. `residue` is always left, by the divisor that the text names; else None."""

    def __init__(self, message: str, residue: int | None) -> None:
        super().__init__(message)
        self.residue = residue


class Undecided(Exception):
    """The facts do not settle it.

    `question` says what, `missing` the fact that would settle it, if it can be named (``F = 12*k + 9``, or words),
    both as the user names sizes; `residue` is the part that the facts leave open.
    """

    def __init__(self, question: str, residue: Dim, missing: str = "") -> None:
        super().__init__(f"{question}; what is missing is {missing}" if missing else question)
        self.question = question
        self.residue = residue
        self.missing = missing


def _merge(*groups: Sequence[object]) -> tuple[object, ...]:
    """The origins of several facts, each once (by identity, since origins are opaque), None left out."""
    seen: dict[int, object] = {}
    for group in groups:
        for origin in group:
            if origin is not None:
                seen.setdefault(id(origin), origin)
    return tuple(seen.values())


@struct
class Facts:
    """What is known about the sizes. Every method that adds a fact gives a new value.

    A size is at least 1 unless `at_least` says otherwise. A variable that first occurs in the statement of
    another (k in `F = 4*k + 1`) is at least 0, and what the other's bound asks (1 for m in `H = 16*m`). Bounds of
    sizes that others make up are carried by interval arithmetic: what several exclude only together goes unseen.
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
        answer = decide.divisible(now - r, m, self._ranges_of(now))
        if answer is Answer.REFUTED:
            raise Contradiction(
                f"`{v}` cannot leave {r % m} when divided by {m}: {self._known(v)}",
                _merge(self.origins(v), (origin,)),
            )
        if answer is Answer.PROVED:
            return self._noted(v, origin)
        line = now.linear_in_one
        if line is None:
            raise Undecided(f"`{v}` is `{self.show(now)}`, which cannot be put in one class mod {m}", now)
        basis, m0, r0 = line
        shared = gcd(m, m0)
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
        answer = decide.zero(gap, told._ranges_of(gap))
        if answer is Answer.PROVED:
            return told._noted(v, origin)
        if answer is Answer.REFUTED:
            raise Contradiction(
                f"`{v}` cannot be `{told.show(value)}`: {told._known(v)}",
                _merge(told.origins(v), told.origins(value), (origin,)),
            )
        content = gcd(*(c for _, c in gap.terms))
        gap = normal({mono: c // content for mono, c in gap.terms})
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
        raise Undecided(f"cannot solve `{v} = {told.show(value)}` for one size", gap)

    def _known(self, v: str) -> str:
        """What is known of v, in words."""
        now = self.norm(v)
        if now.constant is not None:
            return f"`{v}` is {now.constant}"
        line = now.linear_in_one
        if line is None:
            return f"`{v}` is `{self.show(now)}`"
        _, m, r = line
        low, high = decide.span(now, self._ranges_of(now))
        known = [f"leaves {r % abs(m)} when divided by {abs(m)}"] if abs(m) > 1 else []
        known += [f"is at least {low}"] if low is not None else []
        known += [f"is at most {high}"] if high is not None else []
        return f"`{v}` " + " and ".join(known)

    def _noted(self, v: str, origin: object) -> Facts:
        """The same facts, with one more reason for what is known of v and of its basis variables."""
        because = dict(self.because)
        for name in {v, *self.norm(v).variables}:
            because[name] = _merge(because.get(name, ()), (origin,))
        return Facts(self.solved, self.low, because)

    def _refined(self, basis: str, m: int, r: int, origin: object) -> Facts:
        """Basis variable := m*(fresh) + r. The fresh name says what it counts, in any order of facts."""
        root, m0, r0 = _counted(basis)
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

    # bounds

    def _check_bounds(self, names: Sequence[str], origin: object) -> None:
        for name in names:
            now, bound = self.norm(name), self._stated(name)
            if bound is None:
                continue
            _, high = decide.span(now, self._ranges_of(now))
            if high is not None and high < bound:
                is_ = "is" if now.constant is not None else "is at most"
                raise Contradiction(
                    f"`{name}` {is_} {high}, but must be at least {bound}",
                    _merge(self.origins(name), (origin,)),
                )
        for basis, (low, high) in self._ranges.items():
            if high is not None and high < low:
                raise Contradiction(
                    f"`{self.show(basis)}` would be at least {low} and at most {high}",
                    _merge(self.origins(basis), (origin,)),
                )

    def _stated(self, name: str) -> int | None:
        """The bound of a variable in its own right: the one stated, else 1 for what is itself a size."""
        return self.low.get(name, None if "'" in name else 1)

    def lowest(self, basis: str) -> int:
        """The lower bound of a basis variable that follows from all bounds on what it makes up."""
        return self._ranges_of(Dim.of(basis))[basis][0]

    def _ranges_of(self, d: Dim) -> Ranges:
        """The ranges of a dim's variables, of the basis or not."""
        return {v: self._range(v) for v in d.variables}

    def _range(self, v: str) -> tuple[int, int | None]:
        if v not in self.solved:
            return self._ranges.get(v) or self._own(v)
        made = self.solved[v]
        low, high = decide.span(made, self._ranges_of(made))
        own, _ = self._own(v)
        return (own if low is None else max(own, low)), high

    def _own(self, basis: str) -> tuple[int, int | None]:
        """What a variable's own bound says, or of a fresh one the bound of what it counts."""
        root, m, r = _counted(basis)
        stated = self.low.get(basis, 1 if m == 1 else None)
        return -((r - self.low.get(root, 1)) // m) if stated is None else stated, None

    @cached_property
    def _ranges(self) -> Ranges:
        """The ranges of the basis variables that make up others, carried from one to the other."""
        made = [(d, self._stated(name)) for name, d in self.solved.items()]
        ranges = {v: self._own(v) for d, _ in made for v in d.variables}
        for _ in range(ROUNDS):
            before = dict(ranges)
            for d, bound in made:
                if bound is not None:
                    _narrow(ranges, d, bound)
            if ranges == before:
                break
        return ranges

    # asking

    def divides(self, k: Dim | int | str, d: Dim | int | str) -> Answer:
        """Whether `d / k` is exact. Nothing is divided by 0.

        A divisor that sizes make up is proved by polynomial division, and refuted by what all its terms share or
        by a remainder between 0 and itself.
        """
        whole, by = self.norm(d), self.norm(k)
        if by.constant is not None:
            n = abs(by.constant)
            return decide.divisible(whole, n, self._ranges_of(whole)) if n else Answer.REFUTED
        content = gcd(*(c for _, c in by.terms))
        if decide.divisible(whole, content, self._ranges_of(whole)) is Answer.REFUTED:
            return Answer.REFUTED
        if self.prove_at_least(by, 1) is not Answer.PROVED:
            if self.prove_at_least(-by, 1) is not Answer.PROVED:
                return Answer.UNKNOWN
            by = -by
        _, rest = long_division(whole, by)
        if not rest.terms:
            return Answer.PROVED
        for left in (rest, -rest):
            if self.prove_at_least(left, 1) is self.prove_at_least(by - left, 1) is Answer.PROVED:
                return Answer.REFUTED
        return Answer.UNKNOWN

    def divide(self, d: Dim | int | str, k: Dim | int | str) -> Dim:
        """`d / k`, exactly, over the basis variables.

        Raises `NotDivisible` if it is never exact (k may be 0), `Unknown` if that depends on the sizes, or if the
        quotient has no whole coefficients, as `H*(H + 1)/2` has none.
        """
        whole, by = self.norm(d), self.norm(k)
        shown, n = f"`{self.show(d)}`", by.constant
        if n == 0:
            raise NotDivisible(f"{shown} is divided by 0", 0)
        answer = self.divides(by, whole)
        if answer is Answer.PROVED:
            quotient, rest = long_division(whole, by)
            if not rest.terms:
                return quotient
        divisor = str(abs(n)) if n is not None else f"`{self.show(by)}`"
        if answer is Answer.REFUTED:
            left = decide.remainder(whole, abs(n) if n is not None else gcd(*(c for _, c in by.terms)))
            if left is None:
                raise NotDivisible(f"{divisor} never divides {shown}", None)
            raise NotDivisible(f"{shown} leaves {left[0]} when divided by {left[1]}", left[0])
        if answer is Answer.PROVED:
            raise Undecided(
                f"{divisor} divides {shown}, but the quotient is no sum of products of sizes", whole
            )
        if n is None:
            nonzero = self.prove_at_least(by, 1) is Answer.PROVED
            missing = "" if nonzero else f"that {divisor} is at least 1"
            raise Undecided(f"it is not known whether {divisor} divides {shown}", whole, missing)
        left_open = normal({mono: c % n for mono, c in whole.terms})
        missing = self._missing(left_open, abs(n), shown)
        raise Undecided(f"it is not known whether {divisor} divides {shown}", left_open, missing)

    def _missing(self, left_open: Dim, n: int, shown: str) -> str:
        """The fact that makes n divide a dim over the basis, `shown` as a whole: the form of its size, if it has
        but one; else that n divides the open part, if that is shorter; else nothing."""
        line = left_open.linear_in_one
        if line is None:
            part = f"`{self.show(left_open)}`"
            return f"that {n} divides {part}" if len(part) < len(shown) else ""
        basis, c, r = line
        name, m, r0 = self._named(basis)
        shared = gcd(c, n)
        step = n // shared
        least = -(r // shared) * pow(c // shared, -1, step) % step
        taken = {name, *self.solved, *self.low, *self.because}
        helper = next((h for h in HELPERS if h not in taken), name + "_")
        return f"`{name} = {Dim.of(helper) * (m * step) + (m * least + r0) % (m * step)}`"

    def equal(self, a: Dim | int | str, b: Dim | int | str) -> Answer:
        """Whether a and b are the same."""
        apart = Dim.of(a) - b
        gap = self.norm(apart)
        answer = decide.zero(gap, self._ranges_of(gap))
        if answer is Answer.UNKNOWN and Answer.PROVED in (
            self.prove_at_least(apart, 1),
            self.prove_at_least(-apart, 1),
        ):
            return Answer.REFUTED
        return answer

    def prove_at_least(self, d: Dim | int | str, n: int) -> Answer:
        """Whether `d >= n`: by the ranges of the basis variables, or by those of the sizes that d names."""
        named = Dim.of(d)
        now = self.norm(named)
        answer = decide.at_least(now, n, self._ranges_of(now))
        if answer is Answer.UNKNOWN:
            return decide.at_least(named, n, self._ranges_of(named))
        return answer

    # printing

    def show(self, d: Dim | int | str) -> str:
        """`d` in the user's own names, as short as can be: `(F - 1)/4 + 1`, `H/8`, `(F + 3)*H*W/1024`."""
        return shown(self.norm(d), self._named)

    def _named(self, basis: str) -> tuple[str, int, int]:
        """`(name, m, r)` with `name == m*basis + r` for a user's name: its own, or the first that it counts."""
        if "'" not in basis and self.low.get(basis, 1) != 0:
            return basis, 1, 0
        for name, d in self.solved.items():
            line = d.linear_in_one
            if "'" not in name and line is not None and line[0] == basis and line[1] > 0:
                return name, line[1], line[2]
        return _counted(basis)


def _counted(basis: str) -> tuple[str, int, int]:
    """`(name, m, r)` with `name == m*basis + r`: what a fresh variable counts, as its name says."""
    root, _, inner = basis.partition("'")
    m, r = map(int, inner.split(":")) if inner else (1, 0)
    return root, m, r


def _narrow(ranges: dict[str, tuple[int, int | None]], d: Dim, bound: int) -> None:
    """Take from the range of each variable what keeps `d >= bound` from being true, whatever the others are."""
    for mono, c in d.terms:
        if len(mono) != 1 or sum(mono[0] in other for other, _ in d.terms) > 1:
            continue
        v = mono[0]
        _, high = decide.span(normal({m: k for m, k in d.terms if m != mono}), ranges)
        if high is None:
            continue
        low, top = ranges[v]
        if c > 0:
            low = max(low, -((high - bound) // c))
        else:
            limit = (high - bound) // -c
            top = limit if top is None else min(top, limit)
        ranges[v] = low, top
