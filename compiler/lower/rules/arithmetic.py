"""Arithmetic, functions, reductions and losses, and changes of shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from ....stages.table import OPS
from ...ir.graph import BATCH, Array, Fields, Host, Type
from ...ir.rules.elements import concatenated, reduced
from ...ir.rules.rule import TEXTS
from ...program.ops import AXIS, NORM, OPTIONS, OVER, PER, PRECISION, SAMPLES
from ...program.values import Value
from ...types.types import Latent, axes_of
from ..array_types import lowered, sizes
from ..builder import CannotRun
from ..lowering import Lowering, Rule


def _arith(at: Lowering, value: Value, args: list[int]) -> int:
    return at.build.arith(value.op, args[0], args[1])


def _logical(at: Lowering, value: Value, args: list[int]) -> int:
    a, b = (_chosen_by(at, i) for i in args)
    return at.build.arith(value.op, a, b)


def _chosen_by(at: Lowering, i: int) -> int:
    """A condition; a mask is bool, or zeros and ones."""
    type = at.build.type(i)
    return (
        at.build.arith("ne", i, at.build.const(0)) if isinstance(type, Array) and type.dtype == "mask" else i
    )


def _unary(at: Lowering, value: Value, args: list[int]) -> int:
    return at.build.unary(value.op, args[0])


def _extreme(at: Lowering, value: Value, args: list[int]) -> int:
    return at.build.extreme(value.op, args[0], args[1])


def _reduce(at: Lowering, value: Value, args: list[int]) -> int:
    per, over = PER.find(value), OVER.find(value)
    type = at.build.type(args[0])
    if not isinstance(type, Array):
        return args[0]
    if over == "prompt":
        return _over_prompt(at, value, args[0], type)
    rank = len(type.dims)
    if rank <= {"sample": 1, "frame": 2}.get(per or "", 0):
        return args[0]
    op = value.op if per is None else f"{value.op}_per_{per}"
    if per == "frame":
        axes = ", ".join(str(k) for k in range(1, rank) if k != type.frames)
        return at.build.add(op, args, reduced(per, [type], type.frames), over=f"({axes})")
    made = at.build.add(op, args, reduced(per, [type]))
    if per is None and OPS[op].reduces == "sum" and type.dims[:1] == (BATCH,) and over is None:
        # a loss is the mean of the parts'
        return at.build.arith("mul", at.build.const(at.parts.accumulate), made)
    return made


def _over_prompt(at: Lowering, value: Value, x: int, type: Array) -> int:
    """Of the samples of each prompt, which stand together, for each of these samples."""
    if at.parts.each == 1:
        return x
    return at.build.add(f"{value.op}_over_prompt", (x,), type, each=at.parts.each)


def over_batch(rule: Rule) -> Rule:
    """The rule of a reduction, which over a batch that is taken in parts is known once all of them were seen."""

    def lowered(at: Lowering, value: Value, args: list[int]) -> int:
        if OVER.find(value) != "batch" or at.parts.accumulate == 1:
            return rule(at, value, args)
        found = at.batch_values.of(value)
        at.numbers[found.name] = found
        hint = f"{value.op}_of_batch"
        return at.build.add("of_batch", (), Array(()), name=found.name, gradient=True, hint=hint)

    return lowered


def _same_shape(at: Lowering, value: Value, args: list[int]) -> int:
    return at.build.add(value.op, args, at.build.type(args[0]))


def _norm(at: Lowering, value: Value, args: list[int]) -> int:
    """The root of the sum of squares, whose gradient at zero is zero."""
    b, type = at.build, at.build.type(args[0])
    assert isinstance(type, Array)
    square = b.unary("square", args[0])
    if PER.find(value) == "channel":
        return b.unary("root", b.add("sum_of_channels", (square,), type))
    return b.unary("abs", args[0]) if len(type.dims) == 1 else b.unary("root", b.of_samples("sum", square))


def _loss(at: Lowering, value: Value, args: list[int]) -> int:
    """A loss, with what it is told: `mask` picks the elements that each sample's mean is over, `norm` takes a sample as one
    vector, `precision` computes it in float64."""
    b, per = at.build, PER.find(value)
    options = dict(zip(OPTIONS.of(value), args[2:], strict=True))
    sides = list(args[:2])
    if PRECISION.find(value) == "f64":
        sides = [_double(at, i) for i in sides]
        options = {name: _double(at, i) for name, i in options.items()}
    part = SAMPLES.find(value)
    if part is not None:
        low, high = part
        share = b.add("share_of_batch", (), Array((BATCH,)), low=low, high=high)
        given = options.get("weight")
        weight = share if given is None else b.arith("mul", given, b.spread(share, b.type(given)))
        options = {"weight": weight, **{n: i for n, i in options.items() if n != "weight"}}
    mask = options.pop("mask", None)
    if mask is not None:
        made = _masked(at, value, sides, options, mask)
    elif NORM.find(value) == "sample":
        made = _of_vectors(at, sides, options)
    else:
        made = _plain_loss(at, value, sides, options, per)
    type = b.type(made)
    assert isinstance(type, Array)
    if type.dtype == "f64":
        made = b.add("single", (made,), Array(type.dims))
        type = Array(type.dims)
    if per is None and type.dims:
        made = b.add("mean", (made,), Array(()))
    return made


def _plain_loss(
    at: Lowering, value: Value, sides: Sequence[int], options: Mapping[str, int], per: str | None
) -> int:
    b = at.build
    b.suggest(sides[1], "target")
    wide = b.widest(*sides)
    arrays = [t for t in map(b.type, sides) if isinstance(t, Array)]
    frames = wide.frames if isinstance(wide, Array) else None
    return b.add(
        value.op,
        [*sides, *(_option(at, name, i, wide) for name, i in options.items())],
        reduced(per, arrays, frames),
        names=("", "", *options),
        options=PER_TEXTS.get(per or "", "").format(frames=frames),
    )


PER_TEXTS: Mapping[str, str] = {
    "sample": ", per_sample=True",
    "frame": ", frames={frames}",
    "channel": ", channels=True",
}
"""What the function of a loss is told."""


def _option(at: Lowering, name: str, i: int, like: Type | None) -> int:
    """A number for each sample or frame is lined up with the latents; a loss lines up a weight for each sample itself."""
    own = name == "weight" and at.build.rank(i) < 2
    return i if own else at.build.spread(i, like)


LEAST_SHARE = Fraction(1, 10**12)
"""Of the elements that a mask picks: a sample of which it picks none counts as zero."""


def _masked(at: Lowering, value: Value, sides: Sequence[int], options: Mapping[str, int], mask: int) -> int:
    """Each sample's mean over the elements that the mask picks."""
    b = at.build
    type = b.type(mask)
    assert isinstance(type, Array)
    picked = b.add("ne", (mask, b.const(0)), Array(type.dims, "bool", type.frames))
    ones = (picked, b.const(Fraction(1)), b.const(Fraction(0)))
    share = b.add("select", ones, b.joined("select", *ones))
    weight = options.get("weight")
    wide = b.widest(*sides)
    both = share if weight is None else b.arith("mul", b.spread(weight, wide), share)
    whole = _plain_loss(at, value, sides, {**options, "weight": both}, "sample")
    picked_share = b.of_samples("mean", share)
    return b.arith("div", whole, b.extreme("max", picked_share, b.const(LEAST_SHARE)))


def _of_vectors(at: Lowering, sides: Sequence[int], options: Mapping[str, int]) -> int:
    """sqrt(|a - b|² + delta²) - delta of each sample as one vector (Song and Dhariwal, 2023, equation 7)."""
    b = at.build
    delta = options.get("delta", b.const(Fraction(1)))
    square = b.unary("square", b.arith("sub", sides[0], sides[1]))
    total = b.of_samples("sum", square)
    root = b.unary("sqrt", b.arith("add", total, b.arith("mul", delta, delta)))
    made = b.arith("sub", root, delta)
    return b.arith("mul", options["weight"], made) if "weight" in options else made


def _double(at: Lowering, i: int) -> int:
    type = at.build.type(i)
    if not isinstance(type, Array) or type.dtype == "mask":
        return i
    return at.build.add("double", (i,), Array(type.dims, "f64", type.frames))


def _pool(at: Lowering, value: Value, args: list[int]) -> int:
    made = lowered(value.type, value.span)
    assert isinstance(made, Array)
    frames, height, width = (0, *sizes(made.dims, value.span)[1:])[-3:]
    return at.build.add("pool", args[:1], made, frames=frames, height=height, width=width)


def _clamp(at: Lowering, value: Value, args: list[int]) -> int:
    """torch keeps a tensor between two numbers or two tensors; all else is a `min` of a `max`."""
    b, (x, low, high) = at.build, args
    tensors = [isinstance(b.type(a), Array) for a in args]
    if not any(tensors) or tensors == [True, False, False]:
        return b.add("clamp", args, b.joined("clamp", x))
    return b.extreme("min", b.extreme("max", x, low), high)


def _concat(at: Lowering, value: Value, args: list[int]) -> int:
    types = [at.build.type(a) for a in args]
    arrays = [t for t in types if isinstance(t, Array)]
    dim = _axis(at, value, AXIS.of(value))
    if dim is None or len(arrays) != len(types):
        raise CannotRun("`concat` along this axis", value.span)
    return at.build.add("concat", args, concatenated(arrays, dim), dim=dim)


def _axis(at: Lowering, value: Value, name: str) -> int | None:
    """Which dim an axis of the tensors is, or in a stage of the family's latents."""
    held = [a.type for a in value.args]
    if at.inside is not None:
        family = at.family(value)
        held += [Latent(family.spaces[family.space], None)] if family.denoise else []
    for type in held:
        axes = axes_of(type)
        if name in axes:
            return axes.index(name)
    return None


def _select(at: Lowering, value: Value, args: list[int]) -> int:
    return _selected(at, value, *args)


def _selected(at: Lowering, value: Value, condition: int, one: int, other: int) -> int:
    """Of two records it is the record of each field's."""
    b = at.build
    type = b.type(one)
    if isinstance(type, Fields):
        parts = []
        for name, part in type.fields:
            pair = [b.add("field", (record,), part, name=name, hint=name) for record in (one, other)]
            parts.append(_selected(at, value, condition, *pair))
        return b.add("fields", parts, type, names=tuple(name for name, _ in type.fields))
    if _is_text(type) or _is_text(b.type(other)):
        texts = [b.add("repeat", (i,), TEXTS) if b.type(i) != TEXTS else i for i in (one, other)]
        return b.add("chosen_texts", (condition, *texts), TEXTS)
    if not all(isinstance(b.type(i), Array | Host) for i in (one, other)):
        raise CannotRun("`select` between these", value.span)
    condition = _chosen_by(at, condition)
    arrays = [isinstance(b.type(i), Array) for i in (condition, one, other)]
    if not arrays[0] and any(arrays):
        condition = b.add("flag", (condition,), Array((), "bool"))
    wide = b.widest(condition, one, other)
    args = [b.spread(i, wide) for i in (condition, one, other)]
    return b.add("select", args, b.joined("select", *args))


def _is_text(type: Type) -> bool:
    return type in (TEXTS, Host("str"))


def _stop(at: Lowering, value: Value, args: list[int]) -> int:
    return at.build.add("stop", args, at.build.type(args[0]))


RULES: Mapping[str, Rule] = {
    "arithmetic": _arith,
    "comparison": _arith,
    "logical": _logical,
    "negation": _unary,
    "elementwise": _unary,
    "extreme": _extreme,
    "reduction": _reduce,
    "loss": _loss,
    "norm": _norm,
    "pool": _pool,
    "mean_of_channels": _same_shape,
    "sum_of_channels": _same_shape,
    "clamp": _clamp,
    "concat": _concat,
    "select": _select,
    "stop": _stop,
}
