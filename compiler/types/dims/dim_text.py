"""Dims in the names that the user wrote: `(F - 1)/4 + 1`, `H/8`, `(F + 3)*H*W/1024`."""

from __future__ import annotations

from collections.abc import Callable
from math import gcd, prod

from .polynomial import Dim, Mono, TooLarge, normal, without

Named = Callable[[str], tuple[str, int, int]]
"""`(name, m, r)` for a basis variable, with `name == m*basis + r` and a name that the user wrote."""


def shown(d: Dim, named: Named) -> str:
    """A dim over the basis, as short as can be."""
    try:
        return _line(d, named) or _fraction(d, named)
    except TooLarge:
        return _sum(d, named)


def _line(d: Dim, named: Named) -> str | None:
    line = d.linear_in_one
    if line is None:
        return None
    basis, c, k = line
    name, m, r = named(basis)
    shared = gcd(c, m) if m > 0 else -gcd(c, m)
    c, m = c // shared, m // shared
    if m == 1:
        return str(Dim.of(name) * c + (k - c * r))
    inner = f"({Dim.of(name) - r})" if r else name
    scaled = inner if c == 1 else f"-{inner}" if c == -1 else f"{c}*{inner}"
    return f"{scaled}/{m}" + (f" + {k}" if k > 0 else f" - {-k}" if k else "")


def _fraction(d: Dim, named: Named) -> str:
    """One fraction, with the sizes that all its terms share pulled out in front of the divisor."""
    names = {b: named(b) for b in d.variables}
    most = {b: max(mono.count(b) for mono, _ in d.terms) for b in names}
    top = Dim()
    for mono, c in d.terms:
        term = Dim.of(c)
        for b, (name, m, r) in names.items():
            e = mono.count(b)
            term = term * m ** (most[b] - e)
            for _ in range(e):
                term = term * (Dim.of(name) - r)
        top = top + term
    below = prod(m ** most[b] for b, (_, m, _) in names.items())
    shared = gcd(below, *(c for _, c in top.terms)) * (1 if below > 0 else -1)
    top, below = normal({mono: c // shared for mono, c in top.terms}), below // shared
    if below == 1:
        return str(top)
    common: list[str] = []
    for v in sorted(top.variables):
        common += [v] * min(mono.count(v) for mono, _ in top.terms)
    if len(top.terms) > 1:
        inner = normal({without(mono, common): c for mono, c in top.terms})
        return "*".join((f"({inner})", *common)) + f"/{below}"
    return f"{top}/{below}"


def _sum(d: Dim, named: Named) -> str:
    """Term by term, for what is too large to be multiplied out."""

    def factor(basis: str) -> str:
        name, m, r = named(basis)
        inner = f"({Dim.of(name) - r})" if r else name
        return inner if m == 1 else f"({inner}/{m})"

    def term(mono: Mono, c: int) -> str:
        factors = [factor(v) for v in mono]
        return "*".join(factors if factors and c == 1 else [str(c), *factors])

    return " + ".join(term(mono, c) for mono, c in d.terms).replace("+ -", "- ")
