"""One training step: due updates in order, each over all micro-batches; then clip, step, schedule, averages.

Before its losses an update makes the numbers of the whole batch that they read, if it reads any. States change after the
last update (`carried.py`). A step's micro-batches are the same samples for every update. An update sees the weights that
earlier ones of the same step left. Gradients pass through other roles, whose parameters collect none meanwhile. A value
that several updates share (`run.once`) is kept for its micro-batch without a graph of gradients; an update that needs a
gradient through it computes it.

Nothing random outlives a step: draws are functions of their address, and the global generators, which dropout
reads, are seeded at the start of each step. So a resumed run needs no saved generator to be the run that went
through.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...ir.graph import LOG, NEXT
from ..api.run_context import Run, Update
from ..base.errors import RunError, Unplaced
from ..random.streams import Streams, stream_key
from . import batch_numbers, carried, idle_gradients, optimizers, zero_gradients
from .batch_numbers import Part
from .micro_batches import MicroBatches
from .training import Training


@dataclass(frozen=True)
class Stepped:
    """What a step reports; `logs` are numbers that are no losses, `skipped` says why updates of it were left out,
    `warnings` what else there is to be told."""

    losses: Mapping[str, float]
    norms: Mapping[str, float]
    rates: Mapping[str, float]
    skipped: tuple[str, ...] = ()
    logs: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def one_step(t: Training) -> Stepped:
    """Runs step `t.step + 1`. Raises `RunError` before an update whose loss or gradient is not finite."""
    step = t.step + 1
    size, rounds = t.settings.batch, t.settings.accumulate
    per_round = size // rounds
    first = t.position(step)
    _seed_generators(t.settings.seed, step, t.device)
    runs: list[Run] = []
    parts = [range(first + r * per_round, first + (r + 1) * per_round) for r in range(rounds)]
    for positions in parts:
        draws = Streams(t.settings.seed, step, tuple(positions), t.device)
        rows = range(positions.start - first, positions.stop - first)
        state = carried.of_part(t, rows)
        of = t.of_batch(positions)
        runs.append(
            t.make_run(
                draws=draws, step=step, batch_size=per_round, first=rows.start, whole=size, state=state, **of
            )
        )
    due = [u for u in t.updates if u.schedule.due(step)]
    batches = MicroBatches(runs, parts, t.data, again=len(due) > 1 or any(u.before for u in due))
    losses: dict[str, float] = {}
    logs: dict[str, float] = {}
    norms: dict[str, float] = {}
    rates: dict[str, float] = {}
    skipped: list[str] = []
    warnings: list[str] = []
    following: dict[str, Any] = {}
    for update in due:
        try:
            made = _update(t, update, batches, step)
        except _NotFinite as problem:
            t.skipped += 1
            if t.skipped > t.settings.skip_nonfinite:
                raise problem.error from None
            for name in update.roles:
                t.trained[name].optimizer.zero_grad(set_to_none=True)
            skipped.append(problem.error.message)
            continue
        losses.update({f"{update.name}.{k}": v for k, v in made.losses.items()})
        logs.update({f"{update.name}.{k}": v for k, v in made.logs.items()})
        following.update(made.states)
        for name in update.roles:
            norms[name] = made.norms[name]
            rates[name] = optimizers.shown_rate(t.trained[name].optimizer)
            warnings += zero_gradients.told(t, update, name, made.norms[name], step)
    t.state.update(following)
    t.step = step
    return Stepped(losses, norms, rates, tuple(skipped), logs, tuple(warnings))


def _seed_generators(seed: int, step: int, device: torch.device, of: str = "") -> None:
    low, high = stream_key(seed, step, f"<global generators>{of}")
    random.seed(high << 32 | low)
    np.random.seed(low)
    # every device's takes a millisecond where there is no other device
    seeded = torch.default_generator if device.type == "cpu" else torch
    seeded.manual_seed((high << 32 | low) >> 1)


class _NotFinite(Exception):
    def __init__(self, error: RunError) -> None:
        super().__init__(error.message)
        self.error = error


@dataclass
class _Made:
    """What an update gave: its losses and logs, what states become, and the norms of its roles' gradients."""

    losses: dict[str, float] = field(default_factory=dict)
    logs: dict[str, float] = field(default_factory=dict)
    states: dict[str, Any] = field(default_factory=dict)
    norms: dict[str, float] = field(default_factory=dict)


def _update(t: Training, update: Update, batches: MicroBatches, step: int) -> _Made:
    made = _Made()
    rows: dict[str, list[Any]] = {}

    def start(k: int) -> None:
        """A part draws the same dropout each time that it is computed."""
        _seed_generators(t.settings.seed, step, t.device, f"{update.name} {k}")

    with _only(t, update.roles):
        numbers, shares = batch_numbers.joined(update.before, batches, start) if update.before else ({}, {})
        for k, positions in enumerate(batches.positions):
            if update.before:
                start(k)
            found = _backward(t, update, batches[k], positions, step, len(batches))
            for group, some in ((made.losses, found.losses), (made.logs, found.logs)):
                for name, value in some.items():
                    group[name] = group.get(name, 0.0) + value / len(batches)
            for name, value in found.states.items():
                rows.setdefault(name, []).append(value)
        if numbers:
            batch_numbers.backward(update.before, batches, numbers, shares, start)
    made.states = {name: carried.joined(t, name, several) for name, several in rows.items()}
    for name, value in made.states.items():
        if isinstance(value, Tensor) and value.is_floating_point() and not torch.isfinite(value).all():
            raise _not_finite(t, update, f"state `{name}`", batches.every_position, step)
    norms = {name: _norm(t, update, name) for name in update.roles}
    for name, norm in norms.items():
        if not torch.isfinite(norm):
            what, blamed = _culprit(t, update, batches, step, name)
            raise _not_finite(t, update, what, blamed, step)
    for name, norm in norms.items():
        trained = t.trained[name]
        optimizers.set_rates(trained, step)
        averages = [average for (role, _), average in t.averages.items() if role == name]
        optimizers.step(trained.optimizer, trained.parameters, t.settings.clip, norm, averages)
        trained.optimizer.zero_grad(set_to_none=True)
        trained.updates += 1
    made.norms = {name: float(norm) for name, norm in norms.items()}
    return made


def _backward(
    t: Training, update: Update, part: Part, positions: Sequence[int], step: int, rounds: int
) -> _Made:
    """Adds a micro-batch's share to the gradients; gives its losses, logs and what it makes of states."""
    run, batch = part
    given = update.losses(run, dict(batch))
    states = {n.removeprefix(NEXT): v for n, v in given.items() if n.startswith(NEXT)}
    logs = {n.removeprefix(LOG): float(v.detach()) for n, v in given.items() if n.startswith(LOG)}
    found = {n: v for n, v in given.items() if not n.startswith((NEXT, LOG))}
    values = {name: float(value.detach()) for name, value in found.items()}
    for name, value in values.items():
        if not math.isfinite(value):
            raise _not_finite(t, update, f"loss `{name}`", positions, step, name)
    loss: Tensor = torch.stack([v.float() for v in found.values()]).sum() / rounds
    if not loss.requires_grad:
        raise RunError(
            "no-gradient",
            f"no loss of update `{update.name}` depends on a trained weight of {', '.join(update.roles)} "
            f"in step {step}",
            place=t.place(update.name),
        )
    try:
        loss.backward()  # type: ignore[no-untyped-call]
    except RunError:
        raise
    except Exception as e:
        raise Unplaced(f"in the backward pass of update `{update.name}`", t.place(update.name)) from e
    return _Made(values, logs, states)


def _norm(t: Training, update: Update, name: str) -> Tensor:
    """The L2 norm of a role's gradients."""
    trained = t.trained[name]
    idle_gradients.settle(trained, update, t.place(update.name))
    return optimizers.norm(trained.optimizer, trained.parameters, t.settings.clip)


def _culprit(
    t: Training, update: Update, batches: MicroBatches, step: int, role: str
) -> tuple[str, Sequence[int]]:
    """Which tensor's gradient is not finite, for which samples: each micro-batch once more, by itself."""
    trained = t.trained[role]
    with _only(t, update.roles):
        for k, positions in enumerate(batches.positions):
            for name in update.roles:
                t.trained[name].optimizer.zero_grad(set_to_none=True)
            _backward(t, update, batches[k], positions, step, len(batches))
            for name, p in trained.role.named_parameters():
                if p.grad is not None and not torch.isfinite(p.grad).all():
                    return f"the gradient of `{role}.{name}`", positions
    return f"the gradient of `{role}`, all samples together,", batches.every_position


@contextmanager
def _only(t: Training, names: Sequence[str]) -> Iterator[None]:
    """Only these roles' parameters collect gradients."""
    others = [t.trained[name].role for name in t.trained if name not in names]
    for role in others:
        for p in role.parameters():
            p.requires_grad_(False)
    try:
        yield
    finally:
        for role in others:
            for p in role.parameters():
                p.requires_grad_(True)


_NAMED = 8


def _not_finite(
    t: Training, update: Update, what: str, positions: Sequence[int], step: int, loss: str = ""
) -> _NotFinite:
    names = t.data.names(positions)
    shown = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
    allowed = t.settings.skip_nonfinite
    return _NotFinite(
        RunError(
            "non-finite",
            f"{what} is not finite at step {step}, in update `{update.name}` of {', '.join(update.roles)}",
            help="no weight was changed by it; lower the learning rate, clip, or look at these samples "
            "(`train { skip_nonfinite = N }` passes over up to N such updates)",
            place=t.place(update.name, loss),
            facts=(f"samples: {shown}", f"{t.skipped} passed over before, {allowed} allowed"),
        )
    )
