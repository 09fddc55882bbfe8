"""What is true of a polynomial for all values of its variables, each a whole number from a range of its own.

PROVED and REFUTED are never wrong. UNKNOWN means that it depends on the values, or that it lies past the method.
Of linear polynomials whose variables have no upper bound everything is told, except whether one is 0 where the
least coefficient is over `MAX_COIN`. Of others, what `MAX_POINTS` values settle one by one is told, and what
follows from common divisors and from interval arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from itertools import product
from math import gcd, prod

from ...base import limits
from .polynomial import Dim, TooLarge

Ranges = Mapping[str, tuple[int, int | None]]
"""The least value of each variable and the greatest, if there is one."""


class Answer(Enum):
    """REFUTED means false for all sizes, UNKNOWN that it depends on them or cannot be told."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNKNOWN = "unknown"


def at_least(d: Dim, n: int, ranges: Ranges) -> Answer:
    """Whether `d >= n`."""
    low, high = span(d, ranges)
    if low is not None and low >= n:
        return Answer.PROVED
    if high is not None and high < n:
        return Answer.REFUTED
    return Answer.UNKNOWN


def span(d: Dim, ranges: Ranges) -> tuple[int | None, int | None]:
    """Bounds of a polynomial, the nearest ones if it is linear; None where none is known."""
    try:
        above = _from_zero(d, ranges)
    except TooLarge:
        return None, None
    low: int | None = above.offset
    high: int | None = above.offset
    for mono, c in above.terms:
        tops = [_width(ranges[v]) for v in mono]
        known = [t for t in tops if t is not None]
        if not mono or 0 in known:
            continue
        most = c * prod(known) if len(known) == len(tops) else None
        if c < 0:
            low = None if low is None or most is None else low + most
        else:
            high = None if high is None or most is None else high + most
    return low, high


def divisible(d: Dim, n: int, ranges: Ranges) -> Answer:
    """Whether n (1 or more) divides d."""
    if all(c % n == 0 for _, c in d.terms):
        return Answer.PROVED
    if remainder(d, n):
        return Answer.REFUTED
    counts = {}
    for v in d.variables:
        period = n // gcd(n, *(c for mono, c in d.terms if v in mono))
        width = _width(ranges[v])
        counts[v] = period if width is None else min(period, width + 1)
    return _all_of(value % n == 0 for value in _values(d, ranges, counts))


def remainder(d: Dim, n: int) -> tuple[int, int] | None:
    """`(r, m)` if d leaves r, not 0, when divided by m whatever its variables are; m is a divisor of n."""
    m = gcd(n, *(c for mono, c in d.terms if mono))
    return (d.offset % m, m) if d.offset % m else None


def zero(d: Dim, ranges: Ranges) -> Answer:
    """Whether d is 0."""
    if d.constant is not None:
        return Answer.REFUTED if d.constant else Answer.PROVED
    if remainder(d, 0) or Answer.PROVED in (at_least(d, 1, ranges), at_least(-d, 1, ranges)):
        return Answer.REFUTED
    widths = {v: _width(ranges[v]) for v in d.variables}
    counts = {v: w + 1 for v, w in widths.items() if w is not None}
    if len(counts) == len(widths):
        return _all_of(value == 0 for value in _values(d, ranges, counts))
    if not counts and all(len(mono) <= 1 for mono, _ in d.terms) and not _payable(d, ranges):
        return Answer.REFUTED
    return Answer.UNKNOWN


def _all_of(truths: Iterable[bool]) -> Answer:
    """PROVED if all are true, REFUTED if none is; UNKNOWN where there are none to be seen."""
    found = set(truths)
    if len(found) != 1:
        return Answer.UNKNOWN
    return Answer.PROVED if found.pop() else Answer.REFUTED


def _values(d: Dim, ranges: Ranges, counts: Mapping[str, int]) -> Iterator[int]:
    """What d is at the first so many values of each variable; nothing if those are too many."""
    if prod(counts.values()) > limits.DIM_POINTS:
        return
    names = sorted(counts)
    for point in product(*(range(ranges[v][0], ranges[v][0] + counts[v]) for v in names)):
        at = dict(zip(names, point))
        yield sum(c * prod(at[v] for v in mono) for mono, c in d.terms)


def _payable(d: Dim, ranges: Ranges) -> bool:
    """Whether a linear d without upper bounds may be 0: the coin problem, unless its coefficients differ in sign."""
    slopes = [c for mono, c in d.terms if mono]
    if len({c > 0 for c in slopes}) > 1:
        return True
    shared = gcd(*slopes)
    coins = sorted(abs(c) // shared for c in slopes)
    total = abs(d.offset + sum(c * ranges[mono[0]][0] for mono, c in d.terms if mono)) // shared
    least = coins[0]
    if least > limits.DIM_COEFFICIENT:
        return True
    # the smallest sum in each class modulo the least coin, one coin after the other
    smallest: list[int | None] = [0, *[None] * (least - 1)]
    for coin in coins[1:]:
        cycles = gcd(coin, least)
        for start in range(cycles):
            at = start
            for _ in range(2 * least // cycles):
                here, after = smallest[at], (at + coin) % least
                there = smallest[after]
                if here is not None and (there is None or here + coin < there):
                    smallest[after] = here + coin
                at = after
    reached = smallest[total % least]
    return reached is not None and reached <= total


def _from_zero(d: Dim, ranges: Ranges) -> Dim:
    """The polynomial over what its variables exceed their least values by."""
    return d.substitute({v: Dim.of(v) + ranges[v][0] for v in d.variables if ranges[v][0]})


def _width(limits: tuple[int, int | None]) -> int | None:
    low, high = limits
    return None if high is None else high - low
