"""A training run as a checkpoint's snapshot, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from ...program.averaging import Averaging
from ..base.errors import RunError
from ..base.records import OptimizerRecord, TrainingState, parse_record
from . import checkpoints, optimizers
from .checkpoints import Snapshot
from .steppers import builders
from .training import Trained, Training


def snapshot(t: Training) -> Snapshot:
    """Everything that the next step depends on."""
    tensors: dict[str, dict[str, Tensor]] = {}
    optimizer: dict[str, OptimizerRecord] = {}
    for name, trained in t.trained.items():
        tensors[f"{name}.weights"] = {n: p.detach() for n, p in trained.role.named_parameters()}
        tensors[f"{name}.optimizer"], numbers = _optimizer_state(trained)
        outward = {
            n: x
            for n, p in trained.role.named_parameters()
            if (x := optimizers.outward(trained.optimizer, p)) is not None
        }
        if outward:
            tensors[f"{name}.outward"] = outward
        names = tuple(sorted(tensors[f"{name}.optimizer"]))
        optimizer[name] = OptimizerRecord(numbers=numbers, tensors=names, kind=trained.kind)
    for (name, kind), average in t.averages.items():
        tensors[f"{name}.{copy_word(kind)}"] = {n: a for n, a, _ in average.pairs()}
    state = {k: v for k, v in t.state.items() if isinstance(v, Tensor)}
    if state:
        tensors["state"] = state
    values = TrainingState(
        step=t.step,
        skipped=t.skipped,
        updates={name: trained.updates for name, trained in t.trained.items()},
        averages={f"{name}.{copy_word(kind)}": a.updates for (name, kind), a in t.averages.items()},
        optimizer=optimizer,
        state={k: v for k, v in t.state.items() if k not in state},
        left_out=tuple(sorted(t.data.left_out())),
        position=t.position(t.step + 1),
    )
    return Snapshot(t.step, tensors, values.json_value())


def copy_word(kind: Averaging) -> str:
    """What a checkpoint calls a copy of a role: `average-0.999`, `average-half_life-100-start-20`, `copy-100`."""
    if kind.every is not None:
        return f"copy-{kind.every}"
    if kind.stated.keys() == {"decay"}:
        return f"average-{kind.decay}"
    return "-".join(["average", *(f"{name}-{value!r}" for name, value in kind.stated.items())])


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
    progress = builders.progress(trained.kind, trained.optimizer)
    numbers |= {f"::{key}": value for key, value in progress.items()}
    return tensors, numbers


def resume(t: Training, saved: Snapshot) -> None:
    """Puts everything back as it was. Raises `RunError` on what is missing or too much."""
    values = state_of(saved)
    expected = {f"{n}.{part}" for n in t.trained for part in ("weights", "optimizer")}
    expected |= {f"{n}.{copy_word(kind)}" for n, kind in t.averages}
    checkpoints.compare(
        expected, set(saved.tensors) - {"state", *(f"{n}.outward" for n in t.trained)}, "parts"
    )
    for name, trained in t.trained.items():
        parameters = dict(trained.role.named_parameters())
        checkpoints.restore(parameters, saved.tensors[f"{name}.weights"], f"weights of `{name}`")
        trained.updates = values.updates[name]
        stored = saved.tensors[f"{name}.optimizer"]
        restore_optimizer(trained, stored, values.optimizer[name])
    for (name, kind), average in t.averages.items():
        key = f"{name}.{copy_word(kind)}"
        averaged = {n: a for n, a, _ in average.pairs()}
        checkpoints.restore(averaged, saved.tensors[key], f"average of `{name}`")
        average.updates = values.averages[key]
    # copies: the saved tensors are mapped from a file, where they lie at any offset
    tensors = {k: v.to(t.device, copy=True) for k, v in saved.tensors.get("state", {}).items()}
    checkpoints.compare(set(t.states), set(tensors) | set(values.state), "state")
    t.state.update({**tensors, **values.state})
    t.step, t.skipped = saved.step, values.skipped
    if values.position is not None:
        t.origin = (saved.step, values.position)


def state_of(saved: Snapshot) -> TrainingState:
    try:
        return parse_record(TrainingState, saved.values, "state.json")
    except ValueError as e:
        raise RunError(
            "config-mismatch",
            f"the checkpoint of step {saved.step} cannot be resumed: {e}",
            help="it was written by another version; start again in a new folder",
        ) from None


def restore_optimizer(trained: Trained, stored: Mapping[str, Tensor], declared: OptimizerRecord) -> None:
    name, parameters = trained.role.name, dict(trained.role.named_parameters())
    what = f"optimizer state of `{name}`"
    checkpoints.compare(set(declared.tensors), set(stored), what)
    progress = {k.removeprefix("::"): v for k, v in declared.numbers.items() if k.startswith("::")}
    numbers = {k: v for k, v in declared.numbers.items() if not k.startswith("::")}
    held = {key.partition("::")[0] for key in (*stored, *numbers)}
    if held:  # an optimizer that began anew holds nothing before its first update
        idle = set(trained.role.idle) - held  # of what no gradient reaches, it holds nothing at all
        checkpoints.compare(set(parameters) - idle if trained.updates else set(), held, what)
    state: dict[int, dict[str, Any]] = {}
    held_by = (p for group in trained.optimizer.param_groups for p in group["params"])
    places = {p: i for i, p in enumerate(held_by)}
    order = {path: places[p] for path, p in parameters.items()}
    for key, value in (*stored.items(), *numbers.items()):
        path, _, entry = key.partition("::")
        state.setdefault(order[path], {})[entry] = value.clone() if isinstance(value, Tensor) else value
    # The optimizer's own loading knows on which device it keeps what.
    trained.optimizer.load_state_dict({**trained.optimizer.state_dict(), "state": state})
    builders.restore_progress(trained.kind, trained.optimizer, progress)
