"""How a component is held in memory and computed: the dtypes of its weights and inputs, and what stays in float32."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ....program.family import Component as Declared
from ...api.components import DTYPES
from ...base.settings import RoleSettings
from .. import component_classes


@dataclass(frozen=True)
class Policy:
    """How a component is held: `storage` of its weights, `compute` of its inputs, whether it is trained."""

    storage: torch.dtype
    compute: torch.dtype
    trained: bool

    @property
    def autocast(self) -> bool:
        return self.storage != self.compute


def policy_of(declared: Declared, settings: RoleSettings) -> Policy:
    """From a role's `precision` and `train`: float32 master weights for what is trained under `bf16`."""
    trained = declared.trainable and settings.train != "frozen"
    if settings.precision == "f32":
        return Policy(torch.float32, torch.float32, trained)
    if trained:
        storage = torch.float32 if settings.precision == "bf16" else torch.bfloat16
        return Policy(storage, torch.bfloat16, True)
    kept = DTYPES[declared.dtype] if declared.dtype else torch.bfloat16
    return Policy(kept, kept, False)


class _Float32Forward(nn.Module):
    """Mixed into the class of a part that computes in float32 whatever is cast around it."""

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        def full(x: Any) -> Any:
            return x.float() if isinstance(x, torch.Tensor) and x.is_floating_point() else x

        device = next(self.parameters()).device.type
        with torch.autocast(device, enabled=False):
            return super().forward(*map(full, args), **{k: full(v) for k, v in kwargs.items()})


def keep_float32(model: nn.Module) -> None:
    """Under autocast, the parts that the class keeps in float32 are computed in it too, as they are when
    stored in bf16.

    Only parts with linear or convolution layers need it: autocast leaves norms and tables alone. The class is
    changed rather than `forward`, so that a deep copy calls its own weights.
    """
    kept = component_classes.float32_parts(model)
    for name, part in model.named_modules():
        if name.rpartition(".")[2] in kept and any(isinstance(m, nn.Linear) for m in part.modules()):
            cls = type(part)
            part.__class__ = type(cls.__name__, (_Float32Forward, cls), {})


class _OwnDtype(nn.Module):
    """Mixed into the class of a part that is handed float32 and computes in the dtype of its weights."""

    def forward(self, x: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        return super().forward(x.to(next(self.parameters()).dtype), *args, **kwargs)


def take_float32_times(model: nn.Module) -> None:
    """Times reach a network in float32, since bf16 has no 999. Most classes cast what they make of a time to the dtype of
    their weights; some to that of the time, which the layers behind it then refuse."""
    for part in model.modules():
        if type(part).__name__ == "TimestepEmbedding":
            part.__class__ = type("TimestepEmbedding", (_OwnDtype, type(part)), {})
