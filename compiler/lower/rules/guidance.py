"""Guidance, and what is put together of the parts of a product of spaces."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from ....stages.table import ROLE_FUNCTIONS
from ...program.ops import EACH, NAMES, OPTIONS, ZERO
from ...program.values import Value
from ..builder import Builder
from ..lowering import Lowering, Rule
from ..products import by_part, part, parts_of, product


def _guide(at: Lowering, value: Value, args: list[int]) -> int:
    """By one scale, or of a product by one for each part."""
    c, u, *numbers = args
    given = dict(zip(OPTIONS.of(value), numbers, strict=True))
    rescale = [given.pop("rescale")] if "rescale" in given else []
    if "scale" in given:
        return by_part(_guided)(at, value, [c, u, given["scale"], *rescale])
    b = at.build
    found = {n: _guided(at, value, [part(b, c, n), part(b, u, n), s, *rescale]) for n, s in given.items()}
    names = parts_of(b, c)
    return product(b, names, [found[n] for n in names])


def _rescale(at: Lowering, value: Value, args: list[int]) -> int:
    """By one share, or of a product by one for each part."""
    x, c, *shares = args
    given = dict(zip(OPTIONS.of(value), shares, strict=True))
    b = at.build
    if "share" in given:
        rule = by_part(lambda at, value, args: _rescaled(at.build, args[1], args[0], args[2]))
        return rule(at, value, [x, c, given["share"]])
    found = {n: _rescaled(b, part(b, c, n), part(b, x, n), s) for n, s in given.items()}
    names = parts_of(b, x)
    return product(b, names, [found[n] for n in names])


def _product(at: Lowering, value: Value, args: list[int]) -> int:
    return product(at.build, NAMES.of(value), args)


LEAST = Fraction(1, 10**12)
"""Of a mean of squares that divides: latents that are all 0 have no direction and no spread."""


def _guided(at: Lowering, value: Value, args: list[int]) -> int:
    c, u, scale, *rescale = args
    b = at.build
    if b.number(scale) == 1:  # projected and rescaled or not
        b.note(c, "guidance of scale 1 is the conditional prediction")
        return c
    if value.name:
        for node, condition in ((c, "cond"), (u, "uncond")):
            if b.nodes[node].hint in ROLE_FUNCTIONS:
                b.call(node, f"{value.name}_{condition}_{b.nodes[node].hint}")
    if ZERO.of(value):
        u = _projected(b, c, u)
    made = b.arith("add", u, b.arith("mul", scale, b.arith("sub", c, u)))
    made = _rescaled(b, c, made, *rescale) if rescale else made
    each = EACH.find(value)
    return _as_long(b, c, made, each) if each is not None else made


def _as_long(b: Builder, c: int, x: int, each: tuple[int, ...]) -> int:
    """`x`, each token of which has the length that it has in `c`."""
    wanted, own = (b.add("length_of_tokens", (i,), b.type(i), each=each) for i in (c, x))
    return b.arith("mul", x, b.arith("div", wanted, b.extreme("max", own, b.const(LEAST))))


def _projected(b: Builder, c: int, u: int) -> int:
    """`u` times <c, u>/<u, u> of each sample (Fan et al., 2025, CFG-Zero*, equation 10)."""
    both, own = (b.of_samples("mean", x) for x in (b.arith("mul", c, u), b.unary("square", u)))
    share = b.arith("div", both, b.extreme("max", own, b.const(LEAST)))
    b.suggest(share, "projection")
    return b.arith("mul", share, u)


def _rescaled(b: Builder, c: int, x: int, share: int) -> int:
    """`x` with its standard deviation over each sample brought to that of `c`, by this share of the way (Lin et al., 2024,
    Common diffusion noise schedules and sample steps are flawed, equations 15 and 16)."""
    if b.number(share) == 0:
        return x
    wanted, own = (b.extreme("max", _variance(b, i), b.const(LEAST)) for i in (c, x))
    ratio = b.unary("sqrt", b.arith("div", wanted, own))
    b.suggest(ratio, "spread")
    kept = b.arith("sub", b.const(1), share)
    return b.arith("mul", b.arith("add", b.arith("mul", share, ratio), kept), x)


def _variance(b: Builder, x: int) -> int:
    """Of the elements of each sample."""
    return b.of_samples("mean", b.unary("square", b.arith("sub", x, b.of_samples("mean", x))))


RULES: Mapping[str, Rule] = {"guide": _guide, "rescale": _rescale, "product": _product}
