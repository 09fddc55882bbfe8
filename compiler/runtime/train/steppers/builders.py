"""Every optimizer by its word: made from its settings over a role's parameters."""

from __future__ import annotations

import contextlib
import io
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from ...api.triton import runs_on
from ...base.errors import RunError
from ...base.settings import (
    AdamSettings,
    MuonSettings,
    ProdigySettings,
    ScheduleFreeSettings,
)
from .fused_adamw import FusedAdamW
from .together import Together

Parameters = Sequence[nn.Parameter]
Build = Callable[[Any, float, Parameters], torch.optim.Optimizer]
"""Settings, the first learning rate and parameters to an optimizer. Raises `RunError`."""


def adamw(s: AdamSettings, lr: float, parameters: Parameters) -> torch.optim.Optimizer:
    """In one pass over memory with clipping and averages where kernels run."""
    if all(runs_on(p.device) for p in parameters) and len({p.device for p in parameters}) == 1:
        return FusedAdamW(parameters, lr, s.betas, s.eps, s.weight_decay)
    return plain_adamw(s, lr, parameters)


def plain_adamw(s: AdamSettings, lr: float, parameters: Parameters) -> torch.optim.Optimizer:
    return torch.optim.AdamW(
        parameters, lr=lr, betas=s.betas, eps=s.eps, weight_decay=s.weight_decay, fused=True
    )


def adam(s: AdamSettings, lr: float, parameters: Parameters) -> torch.optim.Optimizer:
    return torch.optim.Adam(
        parameters, lr=lr, betas=s.betas, eps=s.eps, weight_decay=s.weight_decay, fused=True
    )


def radam(s: AdamSettings, lr: float, parameters: Parameters) -> torch.optim.Optimizer:
    return torch.optim.RAdam(parameters, lr=lr, betas=s.betas, eps=s.eps, weight_decay=s.weight_decay)


def adamw8bit(s: AdamSettings, lr: float, parameters: Parameters) -> torch.optim.Optimizer:
    if any(p.device.type == "cpu" for p in parameters):
        raise RunError(
            "bad-setting",
            "`adamw8bit` keeps its state in 8 bits by kernels of a GPU, and this run is on a processor",
            help="use `adamw` here",
        )
    try:
        from bitsandbytes.optim import AdamW8bit
    except ImportError as e:
        raise _missing("adamw8bit", e) from None
    found: torch.optim.Optimizer = AdamW8bit(
        parameters, lr=lr, betas=s.betas, eps=s.eps, weight_decay=s.weight_decay
    )
    return found


def adamw_kahan(s: AdamSettings, lr: float, parameters: Parameters) -> torch.optim.Optimizer:
    try:
        from optimi import AdamW
    except ImportError as e:
        raise _missing("adamw_kahan", e) from None
    found: torch.optim.Optimizer = AdamW(
        parameters,
        lr=lr,
        betas=s.betas,
        eps=s.eps,
        weight_decay=s.weight_decay,
        kahan_sum=True,
        triton=False,
    )
    return found


def muon(s: MuonSettings, lr: float, parameters: Parameters) -> torch.optim.Optimizer:
    """Matrices by Muon; vectors and kernels of convolutions by AdamW, at a rate of its own."""
    matrices = [p for p in parameters if p.ndim == 2]
    others = [p for p in parameters if p.ndim != 2]
    parts: list[torch.optim.Optimizer] = []
    if matrices:
        parts.append(
            torch.optim.Muon(matrices, lr=lr, weight_decay=s.weight_decay, momentum=s.momentum, eps=1e-7)
        )
    if others:
        if s.adamw_lr is None:
            raise RunError(
                "bad-setting",
                f"muon works on matrices, and {len(others)} of {len(parameters)} trained tensors are none",
                help="`muon(lr = ..., adamw_lr = 1e-4)` trains them by AdamW; the tensors of lora(...) are all matrices",
            )
        rest = torch.optim.AdamW(others, lr=s.adamw_lr, weight_decay=s.weight_decay, fused=True)
        rest.param_groups[0]["of_adamw"] = True
        parts.append(rest)
    return Together(parts) if len(parts) > 1 else parts[0]


def prodigy(s: ProdigySettings, lr: float, parameters: Parameters) -> torch.optim.Optimizer:
    try:
        from prodigyopt import Prodigy
    except ImportError as e:
        raise _missing("prodigy", e) from None
    with contextlib.redirect_stdout(io.StringIO()):  # it prints which weight decay it takes
        found: torch.optim.Optimizer = Prodigy(
            parameters,
            lr=lr,
            betas=s.betas,
            eps=s.eps,
            weight_decay=s.weight_decay,
            d0=s.d0,
            d_coef=s.d_coef,
            growth_rate=s.growth_rate if s.growth_rate is not None else math.inf,
            use_bias_correction=s.use_bias_correction,
            safeguard_warmup=s.safeguard_warmup,
        )
    return found


def schedule_free(s: ScheduleFreeSettings, lr: float, parameters: Parameters) -> torch.optim.Optimizer:
    try:
        from schedulefree import AdamWScheduleFree
    except ImportError as e:
        raise _missing("schedule_free", e) from None
    found: torch.optim.Optimizer = AdamWScheduleFree(
        parameters,
        lr=lr,
        betas=s.betas,
        eps=s.eps,
        weight_decay=s.weight_decay,
        warmup_steps=s.warmup,
        r=s.r,
        weight_lr_power=s.weight_lr_power,
    )
    found.train()  # type: ignore[attr-defined]
    return found


def _missing(kind: str, e: ImportError) -> RunError:
    package, extra = PACKAGES[kind]
    return RunError(
        "bad-setting", f"`{kind}` needs the package {package}: {e}", help=f"pip install 'fdc[{extra}]'"
    )


PACKAGES: Mapping[str, tuple[str, str]] = {
    "adamw8bit": ("bitsandbytes", "adamw8bit"),
    "adamw_kahan": ("torch-optimi", "kahan"),
    "prodigy": ("prodigyopt", "prodigy"),
    "schedule_free": ("schedulefree", "schedule_free"),
}
"""The library that an optimizer is in, and the extra of fdc's that brings it."""

BUILDERS: Mapping[str, Build] = {
    "adamw": adamw,
    "adam": adam,
    "radam": radam,
    "adamw8bit": adamw8bit,
    "adamw_kahan": adamw_kahan,
    "muon": muon,
    "prodigy": prodigy,
    "schedule_free": schedule_free,
}

UNFUSED: Mapping[str, Build] = {"adamw": plain_adamw}
"""Those that take several passes over memory where others take one."""

NUMBERS: Mapping[str, tuple[str, ...]] = {
    "prodigy": ("d", "d_max", "d_numerator", "k"),
    "schedule_free": ("k", "weight_sum", "lr_max", "train_mode"),
    "adamw_kahan": ("step", "setup"),
}
"""What an optimizer keeps of its progress beside the state of each parameter."""


def progress(kind: str, optimizer: torch.optim.Optimizer) -> dict[str, float]:
    """These numbers, as a checkpoint holds them."""
    group = optimizer.param_groups[0]
    held = {name: group[name] for name in NUMBERS.get(kind, ()) if name in group}
    return {name: v.item() if isinstance(v, torch.Tensor) else v for name, v in held.items()}


def restore_progress(kind: str, optimizer: torch.optim.Optimizer, saved: Mapping[str, float]) -> None:
    group = optimizer.param_groups[0]
    group.update(saved)
    if kind == "adamw_kahan" and "step" in saved:
        group["step"] = torch.tensor(int(saved["step"]), dtype=torch.int32)
