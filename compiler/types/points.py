"""The real points at which formulas are tried: each number of a formula is known by its values there.

Two formulas that agree at `POINTS` seeded points, to 30 of 50 digits, are taken to be equal. Real numbers, unlike those of
a finite field, have one principal root, an exponential and a sign, and they can lie where a value is known to lie: a
level in (0, 1), a mask at 0 or 1.

The values are decimals: as many instructions as whole numbers scaled by 2**170 (measured: 0.8 to 1.7 times), with roots,
exponentials and logarithms that are exact to the last digit, and loaded in any case by `fractions`. A value that is no
number (a root of a negative number, a quotient by 0) is unknown at its point, and the other points decide.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from ..base.frozen import struct

try:  # what hashlib takes it from: hashlib itself loads OpenSSL, a tenth of what starting Python takes
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

POINTS = 24
ENOUGH = 4
"""At how many points both sides must be known for them to be compared, and each branch of a choice be taken."""

REALS = Context(prec=50, traps=[])
"""Arithmetic that gives no number, instead of an error, where there is none."""

_SHORT = Context(prec=40, traps=[])

_RELATIVE, _ABSOLUTE = Decimal("1e-30"), Decimal("1e-30")
_DIGITS, _ASIDE = Decimal("1e-20"), Decimal("0.00123456789123456789123456789")
_SIX_DIGITS = Decimal("1e-6")
_UNIT = REALS.power(Decimal(2), Decimal(-104))
_NO_NUMBER = Decimal("NaN")

Points = tuple[Decimal, ...]


class Fixed(tuple[Decimal, ...]):
    """The points of a number that is known: what is made of known numbers is found once."""

    __slots__ = ()


@struct
class Support:
    """Where the values of a number lie: between `low` and `high`, None where there is no bound; `whole` if it is one of
    the two ends."""

    low: Fraction | float | None = None
    high: Fraction | float | None = None
    whole: bool = False


ANY = Support()
POSITIVE = Support(0)
UNIT = Support(0, 1)
SWITCH = Support(0, 1, True)


def fixed(value: Fraction | int | float) -> Points:
    """A number that is known."""
    return _everywhere(decimal(value))


def _everywhere(value: Decimal) -> Points:
    return Fixed((value,) * POINTS)


def decimal(value: Fraction | int | float) -> Decimal:
    if isinstance(value, float):
        return Decimal(value)
    return REALS.divide(Decimal(value.numerator), Decimal(value.denominator))


def unit(key: str, point: int) -> Decimal:
    """A number in (0, 1): the same for the same key and point."""
    digest = blake2b(f"{point}|{key}".encode(), digest_size=13).digest()
    return REALS.multiply(Decimal(int.from_bytes(digest, "big")), _UNIT)


@lru_cache(4096)
def drawn(key: str, support: Support) -> Points:
    """A number of which only the support is known: the same for the same key."""
    low, high = (None if end is None else decimal(end) for end in (support.low, support.high))
    return tuple(_within(unit(key, i), low, high, support.whole) for i in range(POINTS))


@lru_cache(64)
def of_any_size(key: str) -> Points:
    """A number above 0 that may be very small or very large, so that it lies on both sides of any bound that somebody
    writes: from a millionth to a million, and of each number of digits as often."""
    found = (REALS.multiply(Decimal(12), unit(key, i)) for i in range(POINTS))
    return tuple(REALS.scaleb(9 * (x - int(x)) + 1, int(x) - 6) for x in found)


def _within(u: Decimal, low: Decimal | None, high: Decimal | None, whole: bool) -> Decimal:
    """A number between the ends, from one in (0, 1)."""
    if low is not None and high is not None:
        if whole:
            return low if u < Decimal("0.5") else high
        return REALS.add(low, REALS.multiply(u, REALS.subtract(high, low)))
    if low is None and high is None:
        return REALS.multiply(Decimal(6), REALS.subtract(u, Decimal("0.5")))
    far = REALS.divide(u, REALS.subtract(Decimal(1), u))
    return REALS.add(low, far) if low is not None else REALS.subtract(high or Decimal(0), far)


def at_each(function: Callable[..., Decimal], *args: Points) -> Points:
    """A function of the values at each point."""
    for a in args:
        if a.__class__ is not Fixed:
            return tuple(map(function, *args))
    return _everywhere(function(*(a[0] for a in args)))


def of_numbers(function: Callable[..., Any], *args: Points) -> Points:
    """As `at_each`, for a function of a context and numbers; no number where it has no value."""
    return at_each(lambda *values: _value(function, values), *args)


def _value(function: Callable[..., Any], values: tuple[Decimal, ...]) -> Decimal:
    try:
        return Decimal(function(REALS, *values))
    except ArithmeticError:
        return _NO_NUMBER


def taken_often(values: Points, branches: Sequence[Points]) -> bool:
    """Whether a value that is chosen among several is each of them at enough points."""
    return all(sum(v == b for v, b in zip(values, branch)) >= ENOUGH for branch in branches)


def same(a: Points, b: Points) -> bool:
    """Whether two numbers agree wherever both are known, and both are at enough points."""
    if a.__class__ is b.__class__ is Fixed and (a[0].is_finite() and b[0].is_finite()):
        a, b, known = a[:1], b[:1], ENOUGH
    else:
        known = 0
    for x, y in zip(a, b):
        if not (x.is_finite() and y.is_finite()):
            continue
        known += 1
        if x != y and REALS.subtract(x, y).copy_abs() > _near(max(x.copy_abs(), y.copy_abs())):
            return False
    return known >= ENOUGH


def everywhere(a: Points) -> Decimal | None:
    """The number that this is at every point, if it is one."""
    return a[0] if a[0].is_finite() and a[1] == a[0] and same(a, (a[0],) * POINTS) else None


def _near(size: Decimal) -> Decimal:
    return REALS.fma(size, _RELATIVE, _ABSOLUTE)


def vanishes(a: Points) -> bool:
    """Whether a number is 0 wherever it is known, and known at enough points."""
    known = 0
    for x in a:
        if x.is_finite():
            known += 1
            if x.copy_abs() > _ABSOLUTE:
                return False
    return known >= ENOUGH


def sign(a: Points) -> int | None:
    """1, -1 or 0 where all points agree; None where they do not, or too few are known."""
    found = {0 if x.copy_abs() <= _ABSOLUTE else 1 if x > 0 else -1 for x in a if x.is_finite()}
    few = sum(x.is_finite() for x in a) < ENOUGH
    return None if few or len(found) != 1 else found.pop()


def sign_but_for_zeros(a: Points) -> int | None:
    """1 or -1 where all points agree that are not 0, and 0 where all are."""
    return sign(tuple(x for x in a if x.is_finite() and x.copy_abs() > _ABSOLUTE) or a)


def nearly(a: Points, value: int) -> bool:
    """Whether a number is this one to six digits at every point: no run of float32 tells them apart."""
    return all(x.is_finite() and (x - value).copy_abs() < _SIX_DIGITS for x in a)


def never_below_zero(a: Points) -> bool:
    return all(x >= -_ABSOLUTE for x in a if x.is_finite())


def never_above_zero(a: Points) -> bool:
    return all(x <= _ABSOLUTE for x in a if x.is_finite())


def within_unit(a: Points) -> bool:
    return all(0 <= x <= 1 for x in a if x.is_finite())


def fingerprint(a: Sequence[Decimal]) -> tuple[str, ...]:
    """The same for equal numbers, another for others: rounded aside of where rounding errors would decide."""
    if a.__class__ is Fixed:
        return (_rounded(a[0]),) * POINTS
    return tuple(map(_rounded, a))


def _rounded(x: Decimal) -> str:
    if not x.is_finite():
        return ""
    aside = REALS.add(x, _ASIDE)
    return str(REALS.quantize(aside, _DIGITS) if x.adjusted() < 20 else _SHORT.plus(aside))
