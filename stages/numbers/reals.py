"""Functions that decimals lack, to the precision of their context."""

from __future__ import annotations

from decimal import Context, Decimal

FURTHEST = 60
"""The largest angle: a power series loses as many digits as its largest term has before the point."""


def sine(c: Context, a: Decimal) -> Decimal:
    """NaN beyond `FURTHEST`."""
    return _series(c, a, a, 1)


def cosine(c: Context, a: Decimal) -> Decimal:
    """NaN beyond `FURTHEST`."""
    return _series(c, a, Decimal(1), 0)


def hyperbolic_tangent(c: Context, a: Decimal) -> Decimal:
    """(1 - e) / (1 + e) for e = exp(-2a)."""
    e = c.exp(c.multiply(-2, a))
    return c.divide(c.subtract(1, e), c.add(1, e))


def _series(given: Context, a: Decimal, first: Decimal, n: int) -> Decimal:
    """first - first*a**2/((n + 1)(n + 2)) + ..."""
    if not a.is_finite() or abs(a) > FURTHEST:
        return Decimal("NaN")
    c = Context(prec=given.prec + 30, traps=[])
    term, total, square = first, first, c.minus(c.multiply(a, a))
    least = Decimal(10) ** -c.prec
    while abs(term) > least or n < abs(a):
        n += 2
        term = c.divide(c.multiply(term, square), n * (n - 1))
        total = c.add(total, term)
    return given.plus(total)
