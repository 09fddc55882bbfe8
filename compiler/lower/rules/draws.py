"""Draws: a distribution as arithmetic on uniform and normal numbers, which come from the stream of the draw's site.

Inside loops a number is addressed by the rounds of the loops around it as well, so that each round has its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ....stages.table import OPS
from ...base.frozen import struct
from ...ir.graph import BATCH, Array, Host, Many, Type
from ...ir.spec import gathered
from ...program.ops import SCOPE, SITE, SPACE
from ...program.values import Value
from ...types.dims import Dim
from ..array_types import latents, sizes
from ..builder import CannotRun
from ..lowering import Lowering, Rule
from ..products import product


@struct
class DrawSite:
    """A draw that is being lowered. `scope` is what has a number of its own, `rounds` the numbers of the rounds around."""

    at: Lowering
    value: Value
    scope: str
    rounds: tuple[int, ...]

    @property
    def per_sample(self) -> bool:
        return self.scope == "sample"

    @property
    def row(self) -> tuple[Dim, ...]:
        """The dims of one number for each sample, or of one for all."""
        return (BATCH,) if self.per_sample else ()

    def raw(
        self, op: str, type: Type, *, shape: tuple[int, ...] = (), ends: tuple[int, ...] = (), part: str = ""
    ) -> int:
        """Numbers from the stream of the draw's site; each part of a product has its own."""
        site = SITE.of(self.value)
        self.at.at(self.value)
        return self.at.build.add(
            op,
            (*ends, *self.rounds),
            type,
            site=f"{site}[{part}]" if part else site,
            scope=self.scope,
            shape=shape,
            ends=len(ends),
        )

    def integer(self, low: int, high: int) -> int:
        """A whole number from `low` to before `high`."""
        return self.raw("integer", Array(self.row, "i64") if self.row else Host("int"), ends=(low, high))


def _draw(at: Lowering, value: Value, _: list[int]) -> int:
    scope = SCOPE.of(value)
    if scope not in ("sample", "step"):
        raise CannotRun(f"a draw per {scope}", value.span)
    return _drawn(DrawSite(at, value, scope, tuple(at(i) for i in value.args[1:])), value.args[0])


def _drawn(draw: DrawSite, d: Value) -> int:
    """A draw from the distribution `d`."""
    make = _changed if OPS[d.op].distribution == "changed" else DISTRIBUTIONS.get(OPS[d.op].rule or d.op)
    if make is None:
        raise CannotRun(f"a draw from `{d.op}`", d.span)
    return make(draw, d)


def _noise(draw: DrawSite, d: Value) -> int:
    if not draw.per_sample:
        raise CannotRun(f"noise per {draw.scope}", draw.value.span)
    found = latents(SPACE.of(d))
    if isinstance(found, Array):
        return draw.raw("normal", found, shape=sizes(found.dims, draw.value.span))
    parts = [(name, type) for name, type in found.fields if isinstance(type, Array)]
    drawn = [
        draw.raw("normal", type, shape=sizes(type.dims, draw.value.span), part=name) for name, type in parts
    ]
    return product(draw.at.build, [name for name, _ in parts], drawn)


def _uniform(draw: DrawSite, d: Value) -> int:
    low, high = map(draw.at, d.args)
    u, b = draw.raw("uniform", Array(draw.row)), draw.at.build
    return b.arith("add", low, b.arith("mul", b.arith("sub", high, low), u))


def _normal(draw: DrawSite, d: Value) -> int:
    mean, std = map(draw.at, d.args)
    b, through = draw.at.build, OPS[d.op].through
    x = b.arith("add", mean, b.arith("mul", std, draw.raw("normal", Array(draw.row))))
    return b.unary(through, x) if through else x


def _pick(draw: DrawSite, d: Value) -> int:
    if len(d.args) == 2:
        low, high = map(draw.at, d.args)
        return draw.integer(low, high)
    items, b = draw.at(d.args[0]), draw.at.build
    type = b.type(items)
    if not isinstance(type, Many) or type.length is None:
        raise CannotRun("a pick from this list", draw.value.span)
    i = draw.integer(b.const(0), b.const(type.length))
    if draw.row:
        return b.add("gather", (items, i), gathered(type.item))
    return b.add("index", (items, i), type.item)


def _changed(draw: DrawSite, d: Value) -> int:
    """A distribution that is another's with a function applied."""
    inner = _drawn(draw, d.args[0])
    further = [draw.at(a) for a in d.args[1:]]
    draw.at.at(draw.value)
    return draw.at.build.add(d.op, (inner, *further), draw.at.build.type(inner))


DISTRIBUTIONS: Mapping[str, Callable[[DrawSite, Value], int]] = {
    "noise": _noise,
    "uniform": _uniform,
    "normal": _normal,
    "pick": _pick,
}
"""By the rule of the distribution's op."""

RULES: Mapping[str, Rule] = {
    "draw": _draw,
}
