"""Optimizers by name: building them, and their steps with clipping and averages."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..api.triton import runs_on
from ..base.errors import RunError
from ..base.settings import AdamSettings, MuonSettings, OptimizerSettings
from .ema import Average
from .fused_adamw import FusedAdamW
from .learning_rates import initial_rate


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
