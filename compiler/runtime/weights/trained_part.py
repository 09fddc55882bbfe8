"""A part of a network that is trained alone: its parameters by patterns over their names."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from ...contracts.layer_names import layers_of, meant, nearest_names
from ..base.errors import Place, RunError
from .adapters.layouts import Names


def train_part(module: nn.Module, layers: Sequence[str], names: Names, place: Place) -> tuple[str, ...]:
    """Marks the parameters that these patterns mean as what is trained; the others get no gradient and no decay.

    A pattern is read as a target of adapters is: a name or its end, a part of the network that holds some, `*` for any
    part of a name, or the original checkpoint's name. Gives what is worth saying. Raises RunError for one that means no
    parameter, with the nearest name.
    """
    every = dict(module.named_parameters())
    found: set[str] = set()
    for pattern in layers:
        some = meant(pattern, every, names.table)
        if not some:
            raise RunError(
                "bad-setting",
                f"`only` names `{pattern}`, and `{type(module).__name__}` has no part of that name",
                help=nearest_names(pattern, layers_of(every), names.table),
                place=place,
            )
        found |= some
    for name, p in every.items():
        p.requires_grad_(name in found)
    object.__setattr__(module, "fdc_trained", frozenset(found))
    size, whole = sum(every[n].numel() for n in found), sum(p.numel() for p in every.values())
    return (f"{len(found)} of {len(every)} tensors are trained, {size:,} of {whole:,} weights",)
