"""The training loop: due updates in order, each over all micro-batches; then clip, step, schedule, averages.

A step's micro-batches are the same samples for every update. An update sees the weights that earlier ones of
the same step left. Gradients pass through other roles, whose parameters collect none meanwhile. A value that
several updates share (`run.once`) is kept for its micro-batch without a tape; an update that needs a gradient
through it computes it.

Nothing random outlives a step: draws are functions of their address, and the global generators, which dropout
reads, are seeded at the start of each step. So a resumed run needs no saved generator to be the run that went
through.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from ..api.components import Role
from ..api.run_context import Run, Update
from ..base.errors import Place, RunError, Unplaced
from ..base.events import Log, Progress, Tracker
from ..base.signals import Signals
from ..random.streams import Streams, stream_key
from . import checkpoints, optimizers
from .checkpoints import Snapshot
from .ema import Average


class Data(Protocol):
    def batch(self, positions: Sequence[int]) -> dict[str, Any]:
        """The samples at these positions of the endless order, as one batch."""

    def names(self, positions: Sequence[int]) -> list[str]:
        """Where those samples come from, for messages."""


@dataclass(eq=False)
class Trained:
    """A trained role with its optimizer. `updates` counts its own."""

    role: Role
    settings: Mapping[str, Any]
    optimizer: torch.optim.Optimizer
    total: int
    updates: int = 0

    @property
    def parameters(self) -> list[torch.nn.Parameter]:
        return list(self.role.parameters())


@dataclass(eq=False)
class Training:
    """Everything that a step touches, and that a checkpoint holds.

    `places` tells, for messages, where updates (`UPDATE`) and their losses (`UPDATE.LOSS`) are written.
    """

    updates: Sequence[Update]
    roles: Mapping[str, Role]
    trained: Mapping[str, Trained]
    averages: Mapping[tuple[str, float], Average]
    data: Data
    settings: Mapping[str, Any]  # of the block `train`
    device: torch.device
    make_run: Callable[..., Run]
    step: int = 0
    skipped: int = 0
    state: dict[str, Any] = field(default_factory=dict)
    next_state: Mapping[str, Callable[[Run, Mapping[str, Any]], Any]] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)

    @property
    def clip(self) -> float | None:
        return None if self.settings["clip"] is None else float(self.settings["clip"])

    def place(self, update: str, loss: str = "") -> Place | None:
        return self.places.get(f"{update}.{loss}", self.places.get(update))


@dataclass(frozen=True)
class Stepped:
    """What a step reports; `skipped` says why updates of it were left out."""

    losses: Mapping[str, float]
    norms: Mapping[str, float]
    rates: Mapping[str, float]
    skipped: tuple[str, ...] = ()


Round = tuple[Run, dict[str, Any], range]
"""One micro-batch: its run, its batch, the positions of its samples."""


def one_step(t: Training) -> Stepped:
    """Runs step `t.step + 1`. Raises `RunError` before an update whose loss or gradient is not finite."""
    step = t.step + 1
    size, rounds = t.settings["batch"], t.settings["accumulate"]
    per_round = size // rounds
    first = (step - 1) * size
    _seed_generators(t.settings["seed"], step, t.device)
    runs: list[Round] = []
    for r in range(rounds):
        positions = range(first + r * per_round, first + (r + 1) * per_round)
        batch = t.data.batch(positions)
        draws = Streams(t.settings["seed"], step, tuple(positions), t.device)
        runs.append(
            (t.make_run(draws=draws, step=step, batch_size=per_round, state=t.state), batch, positions)
        )
    losses: dict[str, float] = {}
    norms: dict[str, float] = {}
    rates: dict[str, float] = {}
    skipped: list[str] = []
    for update in t.updates:
        if step % update.every:
            continue
        try:
            found, norm = _update(t, update, runs, step)
        except _NotFinite as problem:
            t.skipped += 1
            if t.skipped > t.settings["skip_nonfinite"]:
                raise problem.error from None
            for name in update.roles:
                t.trained[name].optimizer.zero_grad(set_to_none=True)
            skipped.append(problem.error.message)
            continue
        losses.update({f"{update.name}.{k}": v for k, v in found.items()})
        for name in update.roles:
            norms[name] = norm[name]
            rates[name] = t.trained[name].optimizer.param_groups[0]["lr"]
    for name, make in t.next_state.items():
        run, batch, _ = runs[-1]
        with torch.no_grad():
            t.state[name] = make(run, batch)
    t.step = step
    return Stepped(losses, norms, rates, tuple(skipped))


def _seed_generators(seed: int, step: int, device: torch.device) -> None:
    low, high = stream_key(seed, step, "<global generators>")
    random.seed(high << 32 | low)
    np.random.seed(low)
    # every device's takes a millisecond where there is no other device
    seeded = torch.default_generator if device.type == "cpu" else torch
    seeded.manual_seed((high << 32 | low) >> 1)


class _NotFinite(Exception):
    def __init__(self, error: RunError) -> None:
        super().__init__(error.message)
        self.error = error


def _update(
    t: Training, update: Update, runs: list[Round], step: int
) -> tuple[dict[str, float], dict[str, float]]:
    totals: dict[str, float] = {}
    with _only(t, update.roles):
        for round_ in runs:
            for name, value in _backward(t, update, round_, step, len(runs)).items():
                totals[name] = totals.get(name, 0.0) + value / len(runs)
    norms = {name: _norm(t, update, name) for name in update.roles}
    for name, norm in norms.items():
        if not torch.isfinite(norm):
            what, positions = _culprit(t, update, runs, step, name)
            raise _not_finite(t, update, what, positions, step)
    for name, norm in norms.items():
        trained = t.trained[name]
        lr = optimizers.rate(trained.settings, trained.updates, trained.total, step)
        for group in trained.optimizer.param_groups:
            group["lr"] = lr
        averages = [average for (role, _), average in t.averages.items() if role == name]
        optimizers.step(trained.optimizer, trained.parameters, t.clip, norm, averages)
        trained.optimizer.zero_grad(set_to_none=True)
        trained.updates += 1
    return totals, {name: float(norm) for name, norm in norms.items()}


def _backward(t: Training, update: Update, round_: Round, step: int, rounds: int) -> dict[str, float]:
    """Adds a micro-batch's share to the gradients; gives its losses."""
    run, batch, positions = round_
    found = update.losses(run, batch)
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
    return values


def _norm(t: Training, update: Update, name: str) -> Tensor:
    """The L2 norm of a role's gradients."""
    trained = t.trained[name]
    if trained.updates == 0:
        _all_reached(trained, update, t.place(update.name))
    return optimizers.norm(trained.optimizer, trained.parameters, t.clip)


def _culprit(
    t: Training, update: Update, runs: list[Round], step: int, role: str
) -> tuple[str, Sequence[int]]:
    """Which tensor's gradient is not finite, for which samples: each micro-batch once more, by itself."""
    trained = t.trained[role]
    with _only(t, update.roles):
        for round_ in runs:
            for name in update.roles:
                t.trained[name].optimizer.zero_grad(set_to_none=True)
            _backward(t, update, round_, step, len(runs))
            for name, p in trained.role.named_parameters():
                if p.grad is not None and not torch.isfinite(p.grad).all():
                    return f"the gradient of `{role}.{name}`", round_[2]
    return f"the gradient of `{role}`, all samples together,", [p for _, _, some in runs for p in some]


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


def _all_reached(trained: Trained, update: Update, place: Place | None) -> None:
    without = [n for n, p in trained.role.named_parameters() if p.grad is None]
    if without:
        shown = ", ".join(without[:3]) + (f" and {len(without) - 3} more" if len(without) > 3 else "")
        raise RunError(
            "no-gradient",
            f"the first update `{update.name}` gives no gradient to {shown} of role `{trained.role.name}`",
            help="they take no part in the forward pass; train what does, with lora(targets = [...])",
            place=place,
        )


_NAMED = 8


def _not_finite(
    t: Training, update: Update, what: str, positions: Sequence[int], step: int, loss: str = ""
) -> _NotFinite:
    names = t.data.names(positions)
    shown = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
    allowed = t.settings["skip_nonfinite"]
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


def snapshot(t: Training) -> Snapshot:
    """Everything that the next step depends on."""
    tensors: dict[str, dict[str, Tensor]] = {}
    optimizer: dict[str, Any] = {}
    for name, trained in t.trained.items():
        tensors[f"{name}.weights"] = {n: p.detach() for n, p in trained.role.named_parameters()}
        tensors[f"{name}.optimizer"], numbers = _optimizer_state(trained)
        optimizer[name] = {"numbers": numbers, "tensors": sorted(tensors[f"{name}.optimizer"])}
    for (name, decay), average in t.averages.items():
        tensors[f"{name}.average-{decay}"] = {n: a for n, a, _ in average.pairs()}
    state = {k: v for k, v in t.state.items() if isinstance(v, Tensor)}
    if state:
        tensors["state"] = state
    values = {
        "step": t.step,
        "skipped": t.skipped,
        "updates": {name: trained.updates for name, trained in t.trained.items()},
        "averages": {f"{name}.average-{decay}": a.updates for (name, decay), a in t.averages.items()},
        "optimizer": optimizer,
        "state": {k: v for k, v in t.state.items() if k not in state},
    }
    return Snapshot(t.step, tensors, values)


def _optimizer_state(trained: Trained) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and plain values as `parameter::key`."""
    tensors: dict[str, Tensor] = {}
    numbers: dict[str, Any] = {}
    for name, p in trained.role.named_parameters():
        for key, value in trained.optimizer.state.get(p, {}).items():
            if isinstance(value, Tensor):
                tensors[f"{name}::{key}"] = value
            else:
                numbers[f"{name}::{key}"] = value
    return tensors, numbers


def resume(t: Training, saved: Snapshot) -> None:
    """Puts everything back as it was. Raises `RunError` on what is missing or too much."""
    expected = {f"{n}.{part}" for n in t.trained for part in ("weights", "optimizer")}
    expected |= {f"{n}.average-{d}" for n, d in t.averages}
    checkpoints.compare(expected, set(saved.tensors) - {"state"}, "parts")
    for name, trained in t.trained.items():
        parameters = dict(trained.role.named_parameters())
        checkpoints.restore(parameters, saved.tensors[f"{name}.weights"], f"weights of `{name}`")
        trained.updates = saved.values["updates"][name]
        _restore_optimizer(trained, saved)
    for (name, decay), average in t.averages.items():
        key = f"{name}.average-{decay}"
        averaged = {n: a for n, a, _ in average.pairs()}
        checkpoints.restore(averaged, saved.tensors[key], f"average of `{name}`")
        average.updates = saved.values["averages"][key]
    # copies: the saved tensors are mapped from a file, where they lie at any offset
    tensors = {k: v.to(t.device, copy=True) for k, v in saved.tensors.get("state", {}).items()}
    checkpoints.compare(set(t.next_state), set(tensors) | set(saved.values["state"]), "state")
    t.state.update({**tensors, **saved.values["state"]})
    t.step, t.skipped = saved.step, saved.values["skipped"]


def _restore_optimizer(trained: Trained, saved: Snapshot) -> None:
    name, parameters = trained.role.name, dict(trained.role.named_parameters())
    stored, declared = saved.tensors[f"{name}.optimizer"], saved.values["optimizer"][name]
    what = f"optimizer state of `{name}`"
    checkpoints.compare(set(declared["tensors"]), set(stored), what)
    held = {key.partition("::")[0] for key in (*stored, *declared["numbers"])}
    checkpoints.compare(set(parameters) if trained.updates else set(), held, what)
    state: dict[int, dict[str, Any]] = {}
    order = {path: i for i, path in enumerate(parameters)}
    for key, value in (*stored.items(), *declared["numbers"].items()):
        path, _, entry = key.partition("::")
        state.setdefault(order[path], {})[entry] = value.clone() if isinstance(value, Tensor) else value
    # The optimizer's own loading knows on which device it keeps what.
    trained.optimizer.load_state_dict({**trained.optimizer.state_dict(), "state": state})


@dataclass(frozen=True)
class Outcome:
    """How training ended: `interrupted` tells that a signal stopped it after a checkpoint."""

    step: int
    interrupted: bool
    seconds: float
    losses: Mapping[str, float]


def train(
    t: Training,
    *,
    folder: Path,
    program: str,
    name: str,
    log: Log,
    trackers: Sequence[Tracker],
    checkpoint: Mapping[str, Any],
    validate: Callable[[int], None] | None,
    validate_every: int,
) -> Outcome:
    """Trains to the last step, with checkpoints and validation on their steps.

    `folder` keeps the checkpoints. A signal ends it after the current step, with a checkpoint.
    """
    steps = t.settings["steps"]
    progress = Progress(name, t.step, steps)
    began = time.monotonic()
    last: Stepped | None = None
    try:
        with Signals() as signals:
            while t.step < steps:
                start = time.monotonic()
                last = one_step(t)
                seconds = time.monotonic() - start
                speed = t.settings["batch"] / max(seconds, 1e-9)
                log.write(
                    "step",
                    step=t.step,
                    losses=_finite(last.losses),
                    grad_norm=last.norms,
                    lr=last.rates,
                    seconds=round(seconds, 4),
                    samples_per_second=round(speed, 2),
                )
                for tracker in trackers:
                    scalars = {f"loss/{k}": v for k, v in last.losses.items()}
                    scalars.update({f"grad_norm/{k}": v for k, v in last.norms.items()})
                    scalars.update({f"lr/{k}": v for k, v in last.rates.items()})
                    tracker.scalars(t.step, scalars)
                for problem in last.skipped:
                    log.write("skipped", step=t.step, reason=problem, so_far=t.skipped)
                    progress.say(f"{name}: {problem}; passed over")
                progress.step(t.step, last.losses)
                due = checkpoint["every"] and t.step % checkpoint["every"] == 0
                if due or signals.received or t.step == steps:
                    path = checkpoints.save(folder, snapshot(t), program, checkpoint["keep"])
                    log.write("checkpoint", step=t.step, path=path.name)
                if signals.received:
                    progress.say(
                        f"{name}: stopped by {signals.received} after step {t.step}; a checkpoint is written"
                    )
                    log.write("interrupted", step=t.step, signal=signals.received)
                    return Outcome(t.step, True, time.monotonic() - began, last.losses)
                if validate is not None and t.step % validate_every == 0:
                    validate(t.step)
    except RunError as e:
        log.write("failed", step=t.step, code=e.code, message=e.message)
        raise
    finally:
        progress.close()
    return Outcome(t.step, False, time.monotonic() - began, last.losses if last else {})


def _finite(values: Mapping[str, float]) -> dict[str, float | None]:
    return {k: v if math.isfinite(v) else None for k, v in values.items()}
