"""Below which numbers the draws of a distribution fall: for messages about its spread."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from ...stages.table import OPS
from ..types.types import Distribution
from .ops import VALUE
from .values import Value

Quantile = Callable[[float], float]
"""The number below which so many of the draws lie, of a share in (0, 1)."""


def quantiles(v: Value) -> Quantile | None:
    """The quantile function of a distribution of numbers with known arguments; None for others.

    Ops that change a distribution are monotone, so that they act on quantiles as they act on numbers; those that cut it
    have no function on numbers.
    """
    op = OPS[v.op]
    if not op.distribution:
        return None
    numbers = [known_number(a) if not isinstance(a.type, Distribution) else None for a in v.args]
    if op.distribution == "source" and None not in numbers:
        return _of_source(v, [x for x in numbers if x is not None])
    if op.distribution in ("changed", "cut") and None not in numbers[1:]:
        inner, further = quantiles(v.args[0]), [x for x in numbers[1:] if x is not None]
        if inner is None:
            return None
        if op.distribution == "cut":
            return _between(inner, *further)
        change = op.python
        return None if change is None else lambda p: float(change(inner(p), *further))
    return None


def _of_source(v: Value, numbers: list[float]) -> Quantile | None:
    op = OPS[v.op]
    if op.rule == "uniform":
        low, high = numbers
        return lambda p: low + (high - low) * p
    if op.rule == "normal" and numbers[1] > 0:
        from statistics import NormalDist  # which few programs need, and which loads much

        normal = NormalDist(*numbers)
        through = OPS[op.through].python if op.through else None
        return normal.inv_cdf if through is None else lambda p: float(through(normal.inv_cdf(p)))
    if op.rule == "quantile":
        inverse = OPS[op.through].python
        return None if inverse is None else lambda p: float(inverse(p, *numbers))
    return None


def _between(inner: Quantile, low: float, high: float) -> Quantile:
    """Of what lies between two ends alone."""
    first, last = share_below(inner, low), share_below(inner, high)
    return lambda p: min(max(inner(min(max(first + p * (last - first), TINY), 1 - TINY)), low), high)


TINY = 1e-9


def share_below(quantile: Quantile, x: float) -> float:
    """The share of draws that are below `x`, to a billionth."""
    low, high = 0.0, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        if quantile(middle) < x:
            low = middle
        else:
            high = middle
    return 0.0 if high < 2 * TINY else 1.0 if low > 1 - 2 * TINY else (low + high) / 2


def known_number(v: Value) -> float | None:
    """The number that a value is, where it is computed from constants alone."""
    value = VALUE.find(v)
    if v.op == "const":
        return float(value) if isinstance(value, (int, Fraction)) else None
    compute = OPS[v.op].python if v.op in OPS else None
    numbers = [known_number(a) for a in v.args]
    if compute is None or not numbers or None in numbers:
        return None
    try:
        return float(compute(*numbers))
    except (ArithmeticError, ValueError):
        return None
