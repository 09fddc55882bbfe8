"""What a role's network says, and what its process makes of that."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from ....stages.table import OPS, ROLE_FUNCTIONS
from ...program.ops import KIND, OPTIONS, ZERO
from ...program.process import NOW, QUANTITIES
from ...program.values import Value
from ..builder import Builder, CannotRun
from ..lowering import Lowering, Rule
from ..products import by_part, part, parts_of, product
from .process_at import ProcessAt, combine
from .stage_calls import denoised, predicted


def _process_at(at: Lowering, value: Value, t: int, x: int) -> ProcessAt:
    return ProcessAt(at.build, at.process(value).kind, t, at.build.type(x))


def _prediction(at: Lowering, value: Value, args: list[int]) -> int:
    if value.op == "predict":
        return denoised(at, value, args)
    process = at.process(value)
    wanted = QUANTITIES[value.op](process, NOW)
    x, t = args[:2]
    from_x, from_p = process.telling(wanted)
    prediction = denoised(at, value, args)
    if value.name not in ("", value.op):
        at.build.call(prediction, f"{value.name}_{predicted(process)}")
    at.at(value)

    def combined(at: Lowering, value: Value, mixed: list[int]) -> int:
        noisy, said = mixed
        return combine(_process_at(at, value, t, noisy), ((from_x, noisy), (from_p, said)), value.op)

    return by_part(combined)(at, value, [x, prediction])


def _mix(at: Lowering, value: Value, args: list[int]) -> int:
    x0, eps, t = args
    here = _process_at(at, value, t, x0)
    mix = QUANTITIES[value.op](at.process(value), NOW)
    if not OPS[value.op].hint:
        return combine(here, ((mix.b, eps), (mix.a, x0)))
    hint = "_".join(filter(None, ("noisy", value.args[2].name)))
    return combine(here, ((mix.a, x0), (mix.b, eps)), hint)


def _recast(at: Lowering, value: Value, args: list[int]) -> int:
    """At equal signal-to-noise ratio two processes' latents differ by the factor (alpha + sigma) of one
    over the other's."""
    source, target = KIND.of(value), at.process(value).kind
    b, x = at.build, args[0]
    if source == target:
        return x
    if len(args) < 2:
        raise CannotRun("`recast` without its time", value.span)
    for kind, op in ((target, "mul"), (source, "div")):
        if kind != "flow":
            here = ProcessAt(b, kind, args[1], b.type(x))
            x = b.arith(op, x, b.arith("add", here.alpha(), here.sigma()))
    return x


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
    return _rescaled(b, c, made, *rescale) if rescale else made


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


RULES: Mapping[str, Rule] = {
    "prediction": _prediction,
    "mix": by_part(_mix),
    "recast": by_part(_recast),
    "guide": _guide,
}
