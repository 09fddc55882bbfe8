"""A checkpoint in a training that its program changed: what fits is kept, the rest begins anew, and all that is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ..base.errors import RunError
from ..base.records import TrainingState
from . import carried, checkpoints
from .checkpoints import Snapshot
from .resume import copy_word, restore_optimizer, state_of
from .training import Trained, Training

COPIES = ("average-", "copy-")
"""What a checkpoint's names of frozen copies begin with, behind that of their role."""


def resume_changed(t: Training, saved: Snapshot) -> list[str]:
    """Puts back what fits; gives in words what does not. Raises `RunError` where no trained role's weights fit."""
    values = state_of(saved)
    told: list[str] = []
    misfits: dict[str, str] = {}
    for name, trained in t.trained.items():
        problem = _weights(trained, saved.tensors.get(f"{name}.weights"), told)
        if problem:
            misfits[name] = problem
    if len(misfits) == len(t.trained):
        raise RunError(
            "config-mismatch",
            f"the checkpoint of step {saved.step} holds no weights that fit this program",
            help="begin anew with --fresh; `fdc export` writes the run's weights, for another program to start from",
            facts=tuple(f"`{name}`: {problem}" for name, problem in misfits.items()),
        )
    for name, problem in misfits.items():
        told.append(f"`{name}` begins anew: {problem}")
    for name, trained in t.trained.items():
        if name not in misfits:
            trained.updates = values.updates.get(name, 0)
            _optimizer(trained, saved, values, told)
    known = {group.rpartition(".")[0] for group in saved.tensors if group.endswith(".weights")}
    told += [
        f"`{name}` is trained no more: its weights are left out" for name in sorted(known - set(t.trained))
    ]
    _averages(t, saved, values, misfits, told)
    _states(t, saved, values, told)
    t.step, t.skipped = saved.step, values.skipped
    if values.position is not None:
        unit = t.settings.batch if t.whole_batches else t.settings.each
        t.origin = (saved.step, -(-values.position // unit) * unit)
    return told


def _weights(trained: Trained, stored: Mapping[str, Tensor] | None, told: list[str]) -> str:
    """Copies a role's weights; gives why they cannot be, in words."""
    name = trained.role.name
    if stored is None:
        return "the checkpoint has no weights of it"
    parameters = dict(trained.role.named_parameters())
    problem = misfit(parameters, stored)
    if problem:
        return problem
    others = {str(stored[n].dtype) for n, p in parameters.items() if stored[n].dtype != p.dtype}
    if others:
        told.append(
            f"the weights of `{name}` are kept, rounded from {' and '.join(_short(d) for d in sorted(others))}"
        )
    with torch.no_grad():
        for path, p in parameters.items():
            p.copy_(stored[path])
    return ""


def misfit(into: Mapping[str, Tensor], stored: Mapping[str, Tensor]) -> str:
    """In what the names or shapes of stored tensors are others, in words; "" where they are the same."""
    lacking, further = sorted(into.keys() - stored.keys()), sorted(stored.keys() - into.keys())
    if lacking:
        return f"the checkpoint has no {checkpoints.some(lacking)}"
    if further:
        return f"the checkpoint also has {checkpoints.some(further)}"
    shapes = [n for n in into if into[n].shape != stored[n].shape]
    if not shapes:
        return ""
    first = shapes[0]
    more = f", and {len(shapes) - 1} more differ" if len(shapes) > 1 else ""
    return (
        f"{first} is {list(stored[first].shape)} in the checkpoint and {list(into[first].shape)} here{more}"
    )


def _short(dtype: str) -> str:
    return dtype.removeprefix("torch.")


def _optimizer(trained: Trained, saved: Snapshot, values: TrainingState, told: list[str]) -> None:
    """Restores an optimizer of the same kind whose state is of these weights; another one begins anew."""
    name = trained.role.name
    declared, stored = values.optimizer.get(name), saved.tensors.get(f"{name}.optimizer")
    if declared is None or stored is None or declared.kind not in ("", trained.kind):
        was = f"`{declared.kind}`" if declared is not None and declared.kind else "none"
        told.append(
            f"the optimizer of `{name}` begins anew: `{trained.kind}` follows {was}; its weights are kept"
        )
        return
    try:
        restore_optimizer(trained, stored, declared)
    except (RunError, ValueError, KeyError) as e:
        trained.optimizer.state.clear()
        why = e.message if isinstance(e, RunError) else str(e)
        told.append(f"the optimizer of `{name}` begins anew: {why}; its weights are kept")


def _averages(
    t: Training, saved: Snapshot, values: TrainingState, misfits: Mapping[str, str], told: list[str]
) -> None:
    """An average or copy goes on under its own name, or with what the only other one of its role held; a new one begins at
    the weights."""
    wanted = {f"{name}.{copy_word(kind)}" for name, kind in t.averages}
    left = [g for g in saved.tensors if g.partition(".")[2].startswith(COPIES) and g not in wanted]
    for (name, kind), average in t.averages.items():
        own = f"{name}.{copy_word(kind)}"
        others = [g for g in left if g.startswith(f"{name}.")]
        group = own if own in saved.tensors else others[0] if len(others) == 1 else ""
        into = {n: a for n, a, _ in average.pairs()}
        if group and name not in misfits and not misfit(into, saved.tensors[group]):
            with torch.no_grad():
                for path, a in into.items():
                    a.copy_(saved.tensors[group][path])
            average.updates = values.averages.get(group, 0)
            if group != own:
                told.append(f"the average of `{name}` goes on with {kind.written}")
                left.remove(group)
            continue
        with torch.no_grad():
            for _, a, p in average.pairs():
                a.copy_(p)
        told.append(f"the average of `{name}` ({kind.written}) begins at its weights")
    told += [f"`{g.partition('.')[0]}`: its {g.partition('.')[2]} is left out" for g in left]


def _states(t: Training, saved: Snapshot, values: TrainingState, told: list[str]) -> None:
    """States of the same form go on; others begin as the program says."""
    stored: dict[str, Any] = {k: v.to(t.device, copy=True) for k, v in saved.tensors.get("state", {}).items()}
    stored |= values.state
    begun = carried.initial(t)
    for name, value in begun.items():
        same = name in stored and _form(stored[name]) == _form(value)
        t.state[name] = stored[name] if same else value
        if not same:
            told.append(f"state `{name}` begins anew")
    told += [f"state `{name}` is left out" for name in sorted(stored.keys() - begun.keys())]


def _form(value: object) -> object:
    return (value.shape, value.dtype) if isinstance(value, Tensor) else type(value)
