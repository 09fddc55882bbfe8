"""Polynomials with whole coefficients in a normal form, so that equal ones are equal values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache

from ...base import limits
from ...base.frozen import struct

Mono = tuple[str, ...]
"""A product of variables as their sorted names; `()` is the constant."""


class TooLarge(Exception):
    """A dim grew past the limits; its text says which."""


def _order(mono: Mono) -> tuple[int, Mono]:
    """Sort key of the graded lexicographic order, largest monomial first."""
    return -len(mono), mono


@struct
class Dim:
    """A polynomial with integer coefficients. `Dim.of` and arithmetic build it and keep it in normal form."""

    terms: tuple[tuple[Mono, int], ...] = ()

    def __eq__(self, other: object) -> bool:  # compared very often
        return other.__class__ is Dim and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(self.terms)

    @staticmethod
    def of(value: int | str | Dim) -> Dim:
        """A whole number, a variable by its name, or a dim as it is."""
        if isinstance(value, Dim):
            return value
        return _whole(value) if isinstance(value, int) else _variable(value)

    def __add__(self, other: int | str | Dim) -> Dim:
        terms = dict(self.terms)
        for mono, c in Dim.of(other).terms:
            terms[mono] = terms.get(mono, 0) + c
        return normal(terms)

    def __mul__(self, other: int | str | Dim) -> Dim:
        terms: dict[Mono, int] = {}
        for a, ca in self.terms:
            for b, cb in Dim.of(other).terms:
                mono = tuple(sorted(a + b))
                terms[mono] = terms.get(mono, 0) + ca * cb
        return normal(terms)

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
        return normal(inside), normal(outside)

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


@lru_cache(1024)
def _variable(name: str) -> Dim:
    return normal({(name,): 1})


@lru_cache(1024)
def _whole(number: int) -> Dim:
    return normal({(): number})


def normal(terms: Mapping[Mono, int]) -> Dim:
    """Zero terms dropped, the rest in order, within the limits."""
    kept = [(mono, c) for mono, c in terms.items() if c]
    if len(kept) > limits.DIM_TERMS:
        raise TooLarge(f"a dim of more than {limits.DIM_TERMS} terms")
    for mono, c in kept:
        if len(mono) > limits.DIM_DEGREE:
            raise TooLarge(f"a product of more than {limits.DIM_DEGREE} sizes")
        if c.bit_length() > limits.DIM_BITS:
            raise TooLarge(f"a number of more than {limits.DIM_BITS} bits in a dim")
    if len(kept) > 1:
        kept.sort(key=lambda term: _order(term[0]))
    return Dim(tuple(kept))


def without(mono: Mono, factors: Sequence[str]) -> Mono:
    """A product with some of its factors taken out, each as often as it is named."""
    left = list(mono)
    for v in factors:
        left.remove(v)
    return tuple(left)


def long_division(whole: Dim, by: Dim) -> tuple[Dim, Dim]:
    """`(q, r)` with `whole == q*by + r` and no term of r a multiple of by's leading one, in the order of terms."""
    lead, lead_c = by.terms[0]
    quotient, rest, left = Dim(), whole, Dim()
    while rest.terms:
        mono, c = rest.terms[0]
        term = normal({mono: c})
        if c % lead_c or any(mono.count(v) < lead.count(v) for v in lead):
            left, rest = left + term, rest - term
            continue
        step = normal({without(mono, lead): c // lead_c})
        quotient, rest = quotient + step, rest - step * by
    return quotient, left
