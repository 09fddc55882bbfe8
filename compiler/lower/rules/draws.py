"""Draws: a distribution as arithmetic on uniform and normal numbers, which come from the stream of the draw's site.

Inside loops a number is addressed by the rounds of the loops around it as well, so that each round has its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from ....stages.table import OPS
from ...base.frozen import struct
from ...ir.graph import BATCH, Array, Host, Many
from ...ir.rules.host_values import gathered
from ...program.ops import CHUNK, FRAMES, PARTS, SCOPE, SITE, SPACE
from ...program.quantiles import known_number, quantiles, share_below
from ...program.values import Value
from ...types.dims import Dim
from ...types.types import Latent
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
    part: str = ""

    @property
    def frames(self) -> int:
        """How many frames latents have."""
        frames = FRAMES.find(self.value)
        if frames is None:
            raise CannotRun(
                f"a draw per {self.scope} beside latents whose frames are not known", self.value.span
            )
        return frames

    @property
    def length(self) -> int:
        """The frames that share a number."""
        return (CHUNK.find(self.value) or 1) if self.scope == "chunk" else 1

    @property
    def row(self) -> tuple[Dim, ...]:
        """The dims of one number for each sample, or each frame, or of one for all."""
        if self.scope == "step":
            return ()
        return (BATCH,) if self.scope == "sample" else (BATCH, Dim.of(self.frames))

    def raw(self, op: str, type: Array | Host, *, ends: tuple[int, ...] = ()) -> int:
        """Numbers with the dims `row` from the stream of the draw's site; frame or chunk k has element k of it."""
        if not isinstance(type, Array) or len(type.dims) < 2:
            return self.drawn(op, type, (), ends)
        count = -(-self.frames // self.length)
        made = self.drawn(op, Array((BATCH, Dim.of(count)), type.dtype, 1), (count,), ends)
        return self.for_each_frame(made, 1)

    def drawn(
        self, op: str, type: Array | Host, shape: tuple[int, ...], ends: tuple[int, ...] = (), part: str = ""
    ) -> int:
        """Numbers of this shape for each sample, or for all; each part of a product has a stream of its own."""
        site, part = SITE.of(self.value), part or self.part
        self.at.at(self.value)
        return self.at.build.add(
            op,
            (*ends, *self.rounds),
            type,
            site=f"{site}[{part}]" if part else site,
            scope="step" if self.scope == "step" else "sample",
            shape=shape,
            ends=len(ends),
        )

    def for_each_frame(self, drawn: int, axis: int) -> int:
        """What was drawn for each chunk along this axis, repeated for its frames; the last chunk may be shorter."""
        type, length, frames = self.at.build.type(drawn), self.length, self.frames
        if length == 1:
            return drawn
        assert isinstance(type, Array)
        dims = (*type.dims[:axis], Dim.of(frames), *type.dims[axis + 1 :])
        cut = f"[{':, ' * axis}:{frames}]" if frames % length else ""
        return self.at.build.add(
            "of_chunks",
            (drawn,),
            Array(dims, type.dtype, axis),
            length=length,
            axis=axis,
            frames=frames,
            cut=cut,
        )

    def integer(self, low: int, high: int) -> int:
        """A whole number from `low` to before `high`."""
        type = Array(self.row, "i64") if self.row else Host("int")
        return self.raw("integer", type, ends=(low, high))


def _draw(at: Lowering, value: Value, _: list[int]) -> int:
    scope = SCOPE.of(value)
    rounds = tuple(at(i) for i in value.args[1:])
    parts = PARTS.find(value)
    if not parts or isinstance(value.type, Latent):
        return _drawn(DrawSite(at, value, "sample" if scope == "part" else scope, rounds), value.args[0])
    made = [_drawn(DrawSite(at, value, "sample", rounds, n), value.args[0]) for n in parts]
    return product(at.build, parts, made)


def _drawn(draw: DrawSite, d: Value) -> int:
    """A draw from the distribution `d`."""
    make = DISTRIBUTIONS.get(OPS[d.op].rule or d.op)
    if make is None and OPS[d.op].distribution == "changed":
        make = _changed
    if make is None:
        raise CannotRun(f"a draw from `{d.op}`", d.span)
    return make(draw, d)


def _noise(draw: DrawSite, d: Value) -> int:
    """What shares a number in other draws shares a noise here: the samples of a step, the frames of a chunk, the elements
    of a channel."""
    found = latents(SPACE.of(d))
    if isinstance(found, Array):
        return _noise_of(draw, found)
    parts = [(name, type) for name, type in found.fields if isinstance(type, Array)]
    drawn = [_noise_of(draw, type, name) for name, type in parts]
    return product(draw.at.build, [name for name, _ in parts], drawn)


def _noise_of(draw: DrawSite, type: Array, part: str = "") -> int:
    shape, axis = sizes(type.dims, draw.value.span), type.frames
    if draw.scope == "step":
        shared = draw.drawn("normal", Array(type.dims[1:]), shape, part=part)
        return draw.at.build.add("each_sample", (shared,), type, rest=", ".join(["-1"] * len(shape)))
    if draw.scope == "channel":
        dims = (*type.dims[:2], *[Dim.of(1)] * (len(type.dims) - 2))
        return draw.drawn("normal", Array(dims), sizes(dims, draw.value.span), part=part)
    if draw.scope != "chunk" or axis is None:
        return draw.drawn("normal", type, shape, part=part)
    chunks = -(-draw.frames // draw.length)
    dims = (*type.dims[:axis], Dim.of(chunks), *type.dims[axis + 1 :])
    shape = sizes(dims, draw.value.span)
    return draw.for_each_frame(draw.drawn("normal", Array(dims, frames=axis), shape, part=part), axis)


def _uniform(draw: DrawSite, d: Value) -> int:
    low, high = map(draw.at, d.args)
    u, b = draw.raw("uniform", Array(draw.row)), draw.at.build
    return b.arith("add", low, b.arith("mul", b.arith("sub", high, low), u))


def _normal(draw: DrawSite, d: Value) -> int:
    mean, std = map(draw.at, d.args)
    b, through = draw.at.build, OPS[d.op].through
    x = b.arith("add", mean, b.arith("mul", std, draw.raw("normal", Array(draw.row))))
    return b.unary(through, x) if through else x


def _by_quantile(draw: DrawSite, d: Value) -> int:
    """A uniform number, put through the distribution's quantile function."""
    return _quantile(draw, d, draw.raw("uniform", Array(draw.row)))


def _quantile(draw: DrawSite, d: Value, share: int) -> int:
    b = draw.at.build
    numbers = [b.const(Fraction(n)) for n in _numbers(draw, d.args)]
    through = OPS[d.op].through
    return b.add(through, (share, *numbers), b.joined(through, share, *numbers))


def _cut_quantile(draw: DrawSite, d: Value, numbers: Sequence[float], low: float, high: float) -> int:
    quantile = quantiles(d)
    assert quantile is not None
    b, first, last = draw.at.build, share_below(quantile, low), share_below(quantile, high)
    u = draw.raw("uniform", Array(draw.row))
    share = b.arith("add", b.const(Fraction(first)), b.arith("mul", b.const(Fraction(last - first)), u))
    return _quantile(draw, d, share)


def _pick(draw: DrawSite, d: Value) -> int:
    if len(d.args) == 2:
        low, high = map(draw.at, d.args)
        return _whole(draw, low, high)
    items, b = draw.at(d.args[0]), draw.at.build
    type = b.type(items)
    if not isinstance(type, Many) or type.length is None:
        raise CannotRun("a pick from this list", draw.value.span)
    i = draw.integer(b.const(0), b.const(type.length))
    index = b.type(i)
    if isinstance(index, Array):
        gather = "gather" if isinstance(type.item, Host) else "gather_rows"
        return b.add(gather, (items, i), gathered(type.item, index))
    return b.add("index", (items, i), type.item)


def _whole(draw: DrawSite, low: int, high: int) -> int:
    """A whole number from `low` to before `high`, where each sample may have ends of its own."""
    b = draw.at.build
    if not any(isinstance(b.type(i), Array) for i in (low, high)):
        return draw.integer(low, high)
    count = b.arith("sub", high, low)
    scaled = b.arith("mul", count, draw.raw("uniform", Array(draw.row)))
    type = b.type(scaled)
    assert isinstance(type, Array)
    whole = b.add("whole", (scaled,), Array(type.dims, "i64", type.frames))
    last = b.arith("sub", count, b.const(1))  # a product may round up to the count
    return b.arith("add", b.arith("min", whole, last), low)


def _changed(draw: DrawSite, d: Value) -> int:
    """A distribution that is another's with a function applied: what the function makes of a draw."""
    b = draw.at.build
    nodes = (_drawn(draw, d.args[0]), *(draw.at(a) for a in d.args[1:]))
    draw.at.at(draw.value)
    wide = b.widest(*nodes)
    return draw.at.rules[OPS[d.op].rule](draw.at, d, [b.spread(i, wide) for i in nodes])


def _truncated(draw: DrawSite, d: Value) -> int:
    """A distribution between two ends; what rounding puts beyond an end comes to lie on it."""
    low, high = _numbers(draw, d.args[1:])
    drawn = _between(draw, d.args[0], low, high)
    b = draw.at.build
    draw.at.at(draw.value)
    return b.add("clamp", (drawn, b.const(Fraction(low)), b.const(Fraction(high))), b.type(drawn))


def _between(draw: DrawSite, d: Value, low: float, high: float) -> int:
    """A draw from the part of `d` that lies between two numbers: the source is cut where its draws become those numbers, and
    what changes it acts on what is left."""
    b, op = draw.at.build, OPS[d.op]
    numbers = _numbers(draw, d.args if op.distribution == "source" else d.args[1:])
    if op.distribution == "cut":
        return _between(draw, d.args[0], max(low, numbers[0]), min(high, numbers[1]))
    if op.distribution == "source":
        cut = _CUT[op.rule](draw, d, numbers, low, high)
        return b.unary(op.through, cut) if op.rule == "normal" and op.through else cut
    assert op.python is not None
    change = op.python
    inner = _between(
        draw,
        d.args[0],
        _before(lambda x: float(change(x, *numbers)), low, _SUPPORT, above=False),
        _before(lambda x: float(change(x, *numbers)), high, _SUPPORT, above=True),
    )
    draw.at.at(draw.value)
    return b.add(d.op, (inner, *map(draw.at, d.args[1:])), b.type(inner))


def _cut_uniform(draw: DrawSite, d: Value, numbers: Sequence[float], low: float, high: float) -> int:
    b = draw.at.build
    first, last = max(low, numbers[0]), min(high, numbers[1])
    u = draw.raw("uniform", Array(draw.row))
    return b.arith("add", b.const(Fraction(first)), b.arith("mul", b.const(Fraction(last - first)), u))


def _cut_normal(draw: DrawSite, d: Value, numbers: Sequence[float], low: float, high: float) -> int:
    b, op, (mean, std) = draw.at.build, OPS[d.op], numbers
    if op.through:
        through = OPS[op.through].python
        assert through is not None
        ends = ((low, False), (high, True))
        low, high = (_before(lambda x: float(through(x)), end, _SUPPORT, above=above) for end, above in ends)
    ends_of_z = tuple(b.const(Fraction((end - mean) / std)) for end in (low, high))
    z = draw.raw("normal_between", Array(draw.row), ends=ends_of_z)
    return b.arith("add", b.const(Fraction(mean)), b.arith("mul", b.const(Fraction(std)), z))


_CUT: Mapping[str, Callable[[DrawSite, Value, Sequence[float], float, float], int]] = {
    "uniform": _cut_uniform,
    "normal": _cut_normal,
    "quantile": _cut_quantile,
}
"""How a source is cut to what lies between two ends, by its rule."""

_SUPPORT = (-64.0, 64.0)
"""Numbers beyond which neither a sigmoid nor a normal number leaves what a float32 can tell."""


def _before(
    change: Callable[[float], float], x: float, support: tuple[float, float], *, above: bool
) -> float:
    """The number that a function that never falls makes `x` of: of several, the least or, with `above`, the largest."""
    low, high = support
    for _ in range(100):
        middle = (low + high) / 2
        if change(middle) < x or (above and change(middle) == x):
            low = middle
        else:
            high = middle
    return high if above else low


def _numbers(draw: DrawSite, values: Sequence[Value]) -> list[float]:
    """Numbers that are known beforehand."""
    found = [known_number(v) for v in values]
    if None in found:
        raise CannotRun("a cut of a distribution that is not known beforehand", draw.value.span)
    return [float(x) for x in found if x is not None]


DISTRIBUTIONS: Mapping[str, Callable[[DrawSite, Value], int]] = {
    "noise": _noise,
    "uniform": _uniform,
    "normal": _normal,
    "quantile": _by_quantile,
    "pick": _pick,
    "truncated": _truncated,
}
"""By the rule of the distribution's op."""

RULES: Mapping[str, Rule] = {
    "draw": _draw,
}
