"""Gradients that are none: a family says which parameters its network leaves idle; optimizers leave those as they are.

Decoupled weight decay would shrink a weight whose gradient is exactly zero (AdamW: times 1 - lr decay at each step), and
with it a part of the network that no loss has asked to change. What has no gradient at all, every optimizer passes over.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from ..api.run_context import Update
from ..base.errors import Place, RunError
from .training import Trained


def settle(trained: Trained, update: Update, place: Place | None) -> None:
    """Takes the gradients of idle parameters away. At a role's first update, raises RunError if another parameter has
    none, or an idle one has one."""
    idle = trained.role.idle
    first = trained.updates == 0
    if first:
        _all_reached(trained, update, place)
    if not idle:
        return
    given = {n: p for n, p in trained.role.named_parameters() if n in idle and p.grad is not None}
    reached = _not_zero({n: p for n, p in given.items() if first or idle[n] == "sometimes"})
    wrong = sorted(n for n in reached if idle[n] != "sometimes")
    if wrong:
        raise RunError(
            "config-mismatch",
            f"the first update `{update.name}` gives a gradient to {_shown(wrong)} of role `{trained.role.name}`, "
            "which its family declares to be idle",
            help="leave them out of `idle`, or say `idle = { sometimes = [...] }` where it depends on the data or the losses",
            place=place,
        )
    for n, p in given.items():
        if n not in reached:
            p.grad = None


def _all_reached(trained: Trained, update: Update, place: Place | None) -> None:
    idle = trained.role.idle
    without = [n for n, p in trained.role.named_parameters() if p.grad is None and n not in idle]
    if without:
        raise RunError(
            "no-gradient",
            f"the first update `{update.name}` gives no gradient to {_shown(without)} of role `{trained.role.name}`",
            help="they take no part in the forward pass; train what does, with lora(targets = [...]), or let the "
            "family say so: `idle = { none = [...] }`",
            place=place,
        )


def _not_zero(parameters: Mapping[str, nn.Parameter]) -> set[str]:
    """Those of which any entry of the gradient is not zero."""
    if not parameters:
        return set()
    counts = torch.stack([torch.count_nonzero(p.grad) for p in parameters.values() if p.grad is not None])
    return {n for n, count in zip(parameters, counts.tolist(), strict=True) if count}


def _shown(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
