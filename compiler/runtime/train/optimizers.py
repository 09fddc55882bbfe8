"""Optimizers by name: building them, and their steps with clipping and averages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from ..base.settings import ClipByValue, MuonSettings
from .ema import Average
from .steppers import builders
from .steppers.fused_adamw import FusedAdamW
from .steppers.learning_rates import Settings, initial_rate, rate
from .training import Trained

Clip = float | ClipByValue | None


def build(
    kind: str, settings: Settings, parameters: Sequence[nn.Parameter], fused: bool = True
) -> torch.optim.Optimizer:
    """The optimizer over these parameters. Raises `RunError` when its library is missing, or it cannot train them here.

    With `fused`, AdamW takes clipping, step and averages in one pass over memory where kernels run.
    """
    make = builders.BUILDERS[kind]
    if not fused:
        make = builders.UNFUSED.get(kind, make)
    return make(settings, initial_rate(settings), parameters)


def set_rates(trained: Trained, step: int) -> None:
    """The learning rates of a role's next update."""
    settings = trained.settings
    for group in trained.optimizer.param_groups:
        own = settings
        if group.get("of_adamw") and isinstance(settings, MuonSettings):
            own = settings.model_copy(update={"lr": settings.adamw_lr})
        group["lr"] = rate(own, trained.updates, trained.total, step)


def shown_rate(optimizer: torch.optim.Optimizer) -> float:
    """The rate of the last update, with what the optimizer found it by itself to be."""
    group = optimizer.param_groups[0]
    return float(group["lr"] * group.get("d", 1.0))


def outward(optimizer: torch.optim.Optimizer, p: nn.Parameter) -> Tensor | None:
    """What a parameter is to everybody but training, where that is something else: the average x that schedule-free methods
    keep of their iterates, of which y, the parameter, is (1 - beta_1)*z + beta_1*x. None elsewhere, and before a step."""
    group = optimizer.param_groups[0]
    z = optimizer.state.get(p, {}).get("z") if group.get("train_mode") else None
    return torch.lerp(p.detach(), z, 1.0 - 1.0 / group["betas"][0]) if z is not None else None


@contextmanager
def settled(several: Iterable[Trained]) -> Iterator[None]:
    """Inside, weights are what they are to everybody but training; after it they are what they were, to the last bit."""
    kept: list[tuple[nn.Parameter, Tensor]] = []
    for trained in several:
        for p in trained.parameters:
            x = outward(trained.optimizer, p)
            if x is not None:
                kept.append((p, p.detach().clone()))
                p.data.copy_(x)
    try:
        yield
    finally:
        for p, y in kept:
            p.data.copy_(y)


def norm(optimizer: torch.optim.Optimizer, parameters: Sequence[nn.Parameter], clip: Clip) -> Tensor:
    """The L2 norm of the gradients; `step` clips them to `clip`, or their entries."""
    if isinstance(optimizer, FusedAdamW):
        return optimizer.norm(None if isinstance(clip, ClipByValue) else clip)
    return torch.nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])


def step(
    optimizer: torch.optim.Optimizer,
    parameters: Sequence[nn.Parameter],
    clip: Clip,
    norm: Tensor,
    averages: Sequence[Average],
) -> None:
    """Clips by the norm or by value, steps, and lets the averages of these parameters follow."""
    if isinstance(clip, ClipByValue):
        torch.nn.utils.clip_grad_value_(parameters, clip.limit)
    if isinstance(optimizer, FusedAdamW):
        optimizer.step(averages=averages)
        return
    if clip is not None and not isinstance(clip, ClipByValue):
        torch.nn.utils.clip_grads_with_norm_(parameters, clip, norm)
    optimizer.step()
    for average in averages:
        average.update()
