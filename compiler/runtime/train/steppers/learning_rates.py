"""Learning rates by a role's own updates: an expression of the step or a number, warm-up, and a schedule after it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from .....stages.table import OPS
from ....modules.given_settings import Opaque
from ....program.ops import VALUE
from ....program.values import Value
from ...base.errors import RunError
from ...base.settings import CosineSchedule, OptimizerSettings, PolynomialSchedule, ScheduleFreeSettings

Settings = OptimizerSettings | ScheduleFreeSettings


def initial_rate(settings: Settings) -> float:
    lr = settings.lr
    return host_value(lr.value, 1) if isinstance(lr, Opaque) else lr


def rate(settings: Settings, update: int, updates: int, step: int) -> float:
    """The learning rate of a role's update number `update` (from 0) of `updates` in all.

    Warm-up is linear over the role's first `warmup` updates; then the schedule falls from `lr` to `min_lr_ratio*lr`, or to
    zero.
    """
    lr = settings.lr
    base = host_value(lr.value, step) if isinstance(lr, Opaque) else lr
    if isinstance(settings, ScheduleFreeSettings):
        return base
    if update < settings.warmup:
        return base * (update + 1) / settings.warmup
    progress = min(1.0, (update - settings.warmup) / max(1, updates - settings.warmup))
    least = settings.min_lr_ratio or 0.0
    return base * (least + (1.0 - least) * _share(settings.schedule, progress))


def _share(schedule: str | CosineSchedule | PolynomialSchedule, progress: float) -> float:
    """From 1 to 0 as `progress` goes from 0 to 1."""
    if isinstance(schedule, str):
        return PLAIN[schedule](progress)
    return SHAPED[type(schedule)](schedule, progress)


def _cosine(schedule: CosineSchedule, progress: float) -> float:
    if progress >= 1.0:
        return 0.0
    return 0.5 * (1.0 + math.cos(math.pi * (progress * schedule.cycles % 1.0)))


def _polynomial(schedule: PolynomialSchedule, progress: float) -> float:
    return float((1.0 - progress) ** schedule.power)


PLAIN: Mapping[str, Callable[[float], float]] = {
    "constant": lambda progress: 1.0,
    "linear": lambda progress: 1.0 - progress,
    # Chen et al. (2021), "REX: Revisiting Budgeted Training with an Improved Schedule", equation 1
    "rex": lambda progress: (1.0 - progress) / (1.0 - 0.5 * progress),
}
SHAPED: Mapping[type, Callable[[Any, float], float]] = {
    CosineSchedule: _cosine,
    PolynomialSchedule: _polynomial,
}


def host_value(value: object, step: int) -> float:
    """A number that depends on the step's number, such as `lr = 1e-4*min(1, step/100)`."""
    if not isinstance(value, Value):
        raise RunError("bad-setting", "a learning rate is a number, or an expression of `step`")
    if value.op == "const":
        return float(VALUE.of(value))
    if value.op == "step":
        return float(step)
    compute = OPS[value.op].python
    if compute is None:
        raise RunError("bad-setting", f"a learning rate cannot depend on `{value.span.text}`")
    try:
        found = float(compute(*(host_value(a, step) for a in value.args)))
    except (ArithmeticError, ValueError, TypeError) as e:
        raise RunError("bad-setting", f"`{value.span.text}` has no value at step {step}: {e}") from None
    return found
