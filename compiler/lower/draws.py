"""Draws: what a distribution is made of. A draw names its site, and inside loops the round."""

from __future__ import annotations

from collections.abc import Mapping

from ...stages.table import OPS
from ..ir.graph import BATCH, Array, Host, Many, Type
from ..ir.spec import gathered
from ..program.ops import SCOPE, SITE, SPACE
from ..program.values import Value
from ..types.dims import Dim
from .array_types import latent_dims, sizes
from .builder import CannotRun
from .lowering import Lowering, Rule


def _draw(at: Lowering, value: Value, _: list[int]) -> int:
    scope = SCOPE.of(value)
    if scope not in ("sample", "step"):
        raise CannotRun(f"a draw per {scope}", value.span)
    rounds = [at(i) for i in value.args[1:]]
    return _drawn(at, value, value.args[0], scope, rounds)


def _drawn(at: Lowering, draw: Value, d: Value, scope: str, rounds: list[int]) -> int:
    b = at.build
    row: tuple[Dim, ...] = (BATCH,) if scope == "sample" else ()
    op = OPS[d.op]
    site = SITE.of(draw)

    def raw(op: str, type: Type, *, shape: tuple[int, ...] = (), ends: tuple[int, ...] = ()) -> int:
        at.at(draw)
        return b.add(op, (*ends, *rounds), type, site=site, scope=scope, shape=shape, ends=len(ends))

    match d.op:
        case "noise":
            space = SPACE.of(d)
            if scope != "sample":
                raise CannotRun(f"noise per {scope}", draw.span)
            dims = latent_dims(space, draw.span)
            return raw("normal", Array(dims), shape=sizes(dims, draw.span))
        case "uniform":
            low, high = map(at, d.args)
            u = raw("uniform", Array(row))
            return b.arith("add", low, b.arith("mul", b.arith("sub", high, low), u))
        case _ if op.rule == "normal":
            mean, std = map(at, d.args)
            x = b.arith("add", mean, b.arith("mul", std, raw("normal", Array(row))))
            return b.unary(op.through, x) if op.through else x
        case "pick" if len(d.args) == 2:
            ends = tuple(map(at, d.args))
            return raw("integer", Array(row, "i64") if row else Host("int"), ends=ends)
        case "pick":
            items = at(d.args[0])
            type = b.type(items)
            if not isinstance(type, Many) or type.length is None:
                raise CannotRun("a pick from this list", draw.span)
            ends = (b.const(0), b.const(type.length))
            i = raw("integer", Array(row, "i64") if row else Host("int"), ends=ends)
            return (
                b.add("gather", (items, i), gathered(type.item))
                if row
                else b.add("index", (items, i), type.item)
            )
        case _ if op.distribution == "changed":
            inner = _drawn(at, draw, d.args[0], scope, rounds)
            further = [at(a) for a in d.args[1:]]
            at.at(draw)
            return b.add(d.op, (inner, *further), b.type(inner))
        case _:
            raise CannotRun(f"a draw from `{d.op}`", d.span)


RULES: Mapping[str, Rule] = {
    "draw": _draw,
}
