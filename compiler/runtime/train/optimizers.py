"""Optimizers by name, and learning rates that count a role's own updates."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ....stages.table import OPS
from ...modules.settings import Opaque
from ...program.ops import VALUE
from ...program.values import Value
from ..api.triton import runs_on
from ..base.errors import RunError
from ..base.settings import AdamSettings, MuonSettings, OptimizerSettings
from .ema import Average
from .fused_adamw import FusedAdamW


def build(
    kind: str, settings: OptimizerSettings, parameters: Sequence[nn.Parameter], fused: bool = True
) -> torch.optim.Optimizer:
    """The optimizer over these parameters. Raises `RunError` when its library is missing.

    With `fused`, AdamW takes clipping, step and averages in one pass over memory where kernels run.
    """
    lr = initial_rate(settings)
    decay = settings.weight_decay
    if isinstance(settings, MuonSettings):
        flat = [p for p in parameters if p.ndim != 2]
        if flat:
            raise RunError(
                "bad-setting",
                f"muon works on matrices, and {len(flat)} of {len(parameters)} trained tensors are none",
                help="use adamw, or train with lora(...), whose tensors are all matrices",
            )
        return torch.optim.Muon(parameters, lr=lr, weight_decay=decay, momentum=settings.momentum)
    assert isinstance(settings, AdamSettings)
    betas, eps = settings.betas, settings.eps
    if kind == "adamw":
        if fused and all(runs_on(p.device) for p in parameters) and len({p.device for p in parameters}) == 1:
            return FusedAdamW(parameters, lr, betas, eps, decay)
        return torch.optim.AdamW(parameters, lr=lr, betas=betas, eps=eps, weight_decay=decay, fused=True)
    try:
        from bitsandbytes.optim import AdamW8bit
    except ImportError as e:
        raise RunError(
            "bad-setting",
            f"`{kind}` needs the package bitsandbytes: {e}",
            help="pip install 'fdc[adamw8bit]'",
        ) from None
    made: torch.optim.Optimizer = AdamW8bit(parameters, lr=lr, betas=betas, eps=eps, weight_decay=decay)
    return made


def norm(optimizer: torch.optim.Optimizer, parameters: Sequence[nn.Parameter], clip: float | None) -> Tensor:
    """The L2 norm of the gradients; `step` clips them to `clip`."""
    if isinstance(optimizer, FusedAdamW):
        return optimizer.norm(clip)
    return torch.nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])


def step(
    optimizer: torch.optim.Optimizer,
    parameters: Sequence[nn.Parameter],
    clip: float | None,
    norm: Tensor,
    averages: Sequence[Average],
) -> None:
    """Clips by the norm, steps, and lets the averages of these parameters follow."""
    if isinstance(optimizer, FusedAdamW):
        optimizer.step(averages=averages)
        return
    if clip is not None:
        torch.nn.utils.clip_grads_with_norm_(parameters, clip, norm)
    optimizer.step()
    for average in averages:
        average.update()


def initial_rate(settings: OptimizerSettings) -> float:
    lr = settings.lr
    return host_value(lr.value, 1) if isinstance(lr, Opaque) else lr


def rate(settings: OptimizerSettings, update: int, updates: int, step: int) -> float:
    """The learning rate of a role's update number `update` (from 0) of `updates` in all.

    Warm-up is linear over the role's first `warmup` updates; then `linear` and `cosine` fall to zero.
    """
    lr = settings.lr
    base = host_value(lr.value, step) if isinstance(lr, Opaque) else lr
    if update < settings.warmup:
        return base * (update + 1) / settings.warmup
    progress = min(1.0, (update - settings.warmup) / max(1, updates - settings.warmup))
    factor = {
        "constant": 1.0,
        "linear": 1.0 - progress,
        "cosine": 0.5 * (1.0 + math.cos(math.pi * progress)),
    }[settings.schedule]
    return base * factor


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
