"""Roles that get no gradient although a loss depends on their weights: told at once, and the end of a run that stays so."""

from __future__ import annotations

import torch
from torch import Tensor

from ..api.run_context import Update
from ..base.errors import RunError
from .training import Trained, Training

MANY = 3
"""Updates in a row without a gradient that end a run, where nothing else moves the weights either."""


def told(t: Training, update: Update, role: str, norm: float, step: int) -> list[str]:
    """What to say of a role's gradient norm after an update. Raises `RunError` after `MANY` of exactly zero in a row, if the
    optimizer keeps no earlier gradient either: then no loss moved a weight, and none will."""
    trained = t.trained[role]
    trained.still = trained.still + 1 if norm == 0 else 0
    if not trained.still:
        return []
    if trained.still >= MANY and not _has_momentum(trained):
        raise RunError(
            "no-gradient",
            f"{trained.still} updates `{update.name}` in a row gave `{role}` a gradient of exactly zero",
            help=f"look for a `stop(...)` or a factor of zero between `{role}` and the losses, a comparison of a value with "
            "itself, or a `clamp` at its end",
            place=t.place(update.name),
            facts=(f"no loss moved a weight of `{role}` since training began or went on",),
        )
    if trained.still > 1:
        return []
    place = t.place(update.name)
    where = f" ({place[0]}:{place[1]})" if place is not None else ""
    return [
        f"step {step}: update `{update.name}`{where} gave `{role}` a gradient of exactly zero; {MANY} in a row end the run"
    ]


def _has_momentum(trained: Trained) -> bool:
    """Whether the optimizer goes on moving weights by gradients of before."""
    kept = (v for state in trained.optimizer.state.values() for v in state.values())
    return any(isinstance(v, Tensor) and v.dim() > 0 and bool(torch.count_nonzero(v)) for v in kept)
