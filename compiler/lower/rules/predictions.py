"""What a role's network says, and what its process makes of that."""

from __future__ import annotations

from collections.abc import Mapping

from ....stages.table import OPS
from ...program.ops import KIND
from ...program.process import NOW, QUANTITIES
from ...program.values import Value
from ..builder import CannotRun
from ..lowering import Lowering, Rule
from ..products import by_part
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
        noisy, said, level = mixed
        return combine(_process_at(at, value, level, noisy), ((from_x, noisy), (from_p, said)), value.op)

    return by_part(combined)(at, value, [x, prediction, t])


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


RULES: Mapping[str, Rule] = {
    "prediction": _prediction,
    "mix": by_part(_mix),
    "recast": by_part(_recast),
}
