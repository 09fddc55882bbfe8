"""Between which two numbers the result of an op lies, from the ends of its inputs.

An interval is a pair (low, high), whose ends may be infinite. Each function here takes the intervals of an op's inputs in
their order. The result holds whatever the inputs are to each other: `x - x` of x in [0, 1] lies in [-1, 1].
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

Interval = tuple[float, float]

ALL: Interval = (-math.inf, math.inf)


def added(a: Interval, b: Interval) -> Interval:
    return _sum(a[0], b[0], -math.inf), _sum(a[1], b[1], math.inf)


def subtracted(a: Interval, b: Interval) -> Interval:
    return added(a, negated(b))


def negated(a: Interval) -> Interval:
    return -a[1], -a[0]


def multiplied(a: Interval, b: Interval) -> Interval:
    ends = [0.0 if 0 in (x, y) else x * y for x in a for y in b]
    return min(ends), max(ends)


def divided(a: Interval, b: Interval) -> Interval:
    if b[0] <= 0 <= b[1]:
        if b[0] == b[1] or b[0] < 0 < b[1]:
            return ALL
        inverse = (1 / b[1] if b[1] else -math.inf, math.inf) if b[0] == 0 else (-math.inf, 1 / b[0])
        return multiplied(a, inverse)
    return multiplied(a, (1 / b[1], 1 / b[0]))


def floored(a: Interval, b: Interval) -> Interval:
    """Of a whole division."""
    low, high = divided(a, b)
    return (math.floor(low) if math.isfinite(low) else low), (
        math.floor(high) if math.isfinite(high) else high
    )


def remainder(a: Interval, b: Interval) -> Interval:
    """Of a division by what is above 0, as Python has it: never negative."""
    return (0.0, b[1]) if b[0] > 0 else ALL


def smaller(a: Interval, b: Interval) -> Interval:
    return min(a[0], b[0]), min(a[1], b[1])


def larger(a: Interval, b: Interval) -> Interval:
    return max(a[0], b[0]), max(a[1], b[1])


def clamped(x: Interval, low: Interval, high: Interval) -> Interval:
    return smaller(larger(x, low), high)


def either(condition: Interval, a: Interval, b: Interval) -> Interval:
    return min(a[0], b[0]), max(a[1], b[1])


def absolute(x: Interval) -> Interval:
    ends = abs(x[0]), abs(x[1])
    return (0.0 if x[0] <= 0 <= x[1] else min(ends)), max(ends)


def squared(x: Interval) -> Interval:
    low, high = absolute(x)
    return low * low, high * high


def raised(a: Interval, b: Interval) -> Interval:
    """A power: narrow where the exponent is not negative, and the number is not or the exponent is even."""
    if b[0] == b[1] and b[0] % 2 == 0:
        a = absolute(a)
    if a[0] < 0 or b[0] < 0:
        return (0.0, math.inf) if a[0] > 0 else ALL
    ends = [_power(x, y) for x in a for y in b]
    return min(ends), max(ends)


def whole_line(*_: Interval) -> Interval:
    return ALL


def within(low: float, high: float) -> Callable[..., Interval]:
    """Of a function that keeps to these ends."""
    return lambda *_: (low, high)


def rising(
    f: Callable[[float], Any], low: float = -math.inf, high: float = math.inf
) -> Callable[[Interval], Interval]:
    """Of a function that never falls and keeps to these ends; where it has no value it comes from the nearest end."""

    def interval(x: Interval) -> Interval:
        found = []
        for end, limit in zip(x, (low, high)):
            try:
                found.append(float(f(end)))
            except (ValueError, OverflowError):
                found.append(limit)
        return found[0], found[1]

    return interval


def _sum(x: float, y: float, undecided: float) -> float:
    total = x + y
    return undecided if math.isnan(total) else total


def _power(x: float, y: float) -> float:
    try:
        return float(x**y)
    except OverflowError:
        return math.inf
