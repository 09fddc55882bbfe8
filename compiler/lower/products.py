"""Latents of a product of spaces: in a graph a record of one tensor for each part, on which arithmetic acts part by part.

A rule of single tensors in, one of products out. A product as a whole enters and leaves calls and loops, and is made of
its parts where it is read whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import prod

from ...stages.table import OPS
from ..ir.graph import Array, Fields
from ..program.values import Value
from .array_types import sizes
from .builder import Builder
from .lowering import Lowering, Rule


def parts_of(b: Builder, node: int) -> tuple[str, ...]:
    """The names of a product's parts; () for anything else."""
    type = b.type(node)
    return tuple(n for n, _ in type.fields) if isinstance(type, Fields) and type.latents else ()


def part(b: Builder, node: int, name: str) -> int:
    """One part of a product."""
    made = b.nodes[node]
    type = made.type
    assert isinstance(type, Fields)
    if made.op == "fields":
        return made.inputs[[n for n, _ in type.fields].index(name)]
    return b.add("field", (node,), dict(type.fields)[name], name=name, hint=name)


def product(b: Builder, names: Sequence[str], nodes: Sequence[int]) -> int:
    """The product of these parts."""
    type = Fields(tuple((n, b.type(i)) for n, i in zip(names, nodes, strict=True)), latents=True)
    return b.add("fields", nodes, type, names=tuple(names), latents=True)


def by_part(rule: Rule) -> Rule:
    """The rule for each part of the products among its arguments; the rule itself where there are none."""

    def lowered(at: Lowering, value: Value, args: list[int]) -> int:
        names = _names(at, args)
        if not names:
            return rule(at, value, args)
        return product(at.build, names, [rule(at, value, _at(at, args, name)) for name in names])

    return lowered


def of_all_parts(rule: Rule) -> Rule:
    """The rule of a reduction for each part, and one number made of what it gives: a loss and a sum add the parts up, and a
    mean weighs each by its share of all elements."""

    def lowered(at: Lowering, value: Value, args: list[int]) -> int:
        names, b = _names(at, args), at.build
        if not names:
            return rule(at, value, args)
        found = [rule(at, value, _at(at, args, name)) for name in names]
        op = OPS[value.op]
        if op.reduces == "mean" and not op.is_loss:
            first = next(i for i in args if parts_of(b, i))
            counts = [_count(at, value, part(b, first, name)) for name in names]
            shares = [b.const(Fraction(count, sum(counts))) for count in counts]
            found = [b.arith("mul", share, x) for share, x in zip(shares, found, strict=True)]
        total = found[0]
        for more in found[1:]:
            total = b.arith("add", total, more)
        return total

    return lowered


def _names(at: Lowering, args: Sequence[int]) -> tuple[str, ...]:
    return next((names for a in args if (names := parts_of(at.build, a))), ())


def _at(at: Lowering, args: Sequence[int], name: str) -> list[int]:
    """The arguments for one part: of products that part, of all else the whole."""
    return [part(at.build, a, name) if parts_of(at.build, a) else a for a in args]


def _count(at: Lowering, value: Value, node: int) -> int:
    type = at.build.type(node)
    assert isinstance(type, Array)
    return prod(sizes(type.dims, value.span))
