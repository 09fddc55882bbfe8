"""The scheduler of an exported pipeline, written from the process that its network was trained with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .....stages import schedules
from ....contracts import noise_tables
from ....contracts.classes import PREDICTIONS
from ....contracts.schedulers import FILE
from ....program.grids import BadGrid, Betas
from ....program.process import NOW, Process, velocity
from ....program.shifts import DynamicShift
from ...api.components import Role
from ...weights.noise_schedules import LATENT_DIFFUSION
from ...weights.pipelines import GIVES_LEVELS, flow_levels
from . import exploding
from .own_levels import OwnLevels
from .table_levels import at_entries, entries_of

FOLDER = "scheduler"
NEAR = 1e-4
"""Levels that differ by less are one: a tenth of a tick of a thousand."""


@dataclass(frozen=True)
class Scheduler:
    """A config of diffusers with its class under `_class_name`, and what it cannot say. No config: the checkpoint's own
    scheduler fits (`kept`), or none does."""

    config: Mapping[str, Any] | None
    kept: bool = False
    notes: tuple[str, ...] = ()
    exact: bool = False
    """The scheduler asks at the student's own `levels`, in as many steps as there are."""
    levels: tuple[float, ...] = ()
    timesteps: tuple[int, ...] = ()
    """Which the pipeline has to be told for that, in place of a number of steps."""


def scheduler_of(role: Role, own: OwnLevels | None) -> Scheduler:
    """What goes into `scheduler/`: the checkpoint's own scheduler where it means the same process, else one made for it."""
    process = role.process
    if process is None or any(type(c.held).__name__.endswith("Scheduler") for c in role.components.values()):
        return Scheduler(None, kept=True)
    theirs = _theirs(role)
    if process.kind == "flow":
        found = _flow(process, theirs, own, gives_levels=getattr(role.binding, GIVES_LEVELS, False))
        return _with_own_grid(found, role) if theirs is None and process.grid is not None else found
    if process.kind == "vp":
        return _diffusion(process, theirs, role, own)
    if process.kind == "edm" and role.preconditioning is not None:
        config, note = exploding.config_of(process, role.preconditioning, theirs)
        notes = tuple(filter(None, (_unsaid(own) if own is not None else "", note)))
        return Scheduler(config, kept=config is None, notes=notes)
    return Scheduler(None, kept=theirs is not None, notes=(_not_written(process, theirs is not None),))


STATED = "SCHEDULER"
"""What a family's binding says of the scheduler that its `PIPELINE` samples with, where its process has grids of its own."""


def _with_own_grid(found: Scheduler, role: Role) -> Scheduler:
    """The scheduler of a flow that goes down levels of its own, for weights that come with none."""
    process, stated = role.process, getattr(role.binding, STATED, None)
    if process is None or found.exact or found.config is None:
        return found
    if stated is not None and not {"grid", "range", "shift", "predict"} & set(process.chosen):
        return replace(found, config=dict(stated))
    try:
        levels = [float(x) for x in process.grid_levels(noise_tables.STEPS)]
        made = flow_levels(found.config, noise_tables.STEPS, getattr(role.binding, GIVES_LEVELS, False))
        if max(abs(a - b) for a, b in zip(levels, made)) < noise_tables.NEAR:
            return found
    except BadGrid:
        pass
    note = f"the levels of the grids of process `{process.name}` are not those of `{found.config['_class_name']}`"
    return replace(found, notes=(*found.notes, note))


def _not_written(process: Process, kept: bool) -> str:
    note = f"no scheduler of diffusers is written for process `{process.name}` ({process.kind})"
    if process.kind == "edm":
        note += ", whose network is not given and does not say what EDM's preconditioning does"
    return f"{note}; the checkpoint's own is in the export" if kept else note


def _theirs(role: Role) -> Mapping[str, Any] | None:
    if role.source is None:
        return None
    try:
        found = json.loads((role.source / FOLDER / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _flow(
    process: Process, theirs: Mapping[str, Any] | None, own: OwnLevels | None, gives_levels: bool
) -> Scheduler:
    top = max(process.tick_ends) if process.tick_ends is not None else None
    count = int(top) if top is not None and top > 1 and top.denominator == 1 else 1000
    slope = velocity("flow", NOW)
    # pipelines of some flows negate what the network says before their scheduler sees it
    if process.predicted(NOW) not in (slope, slope.negated()):
        note = "what the network predicts is no velocity eps - x0, which schedulers of flows expect"
        return Scheduler(None, kept=theirs is not None, notes=(note,))
    if own is not None:
        made = (
            _at_levels(own.levels, count, process.shift, gives_levels) if own.renoised is not None else None
        )
        if made is not None:
            cls = "FlowMatchLCMScheduler" if own.renoised else "FlowMatchEulerDiscreteScheduler"
            return Scheduler({"_class_name": cls, **made}, exact=True, levels=own.levels)
    notes = (_unsaid(own),) if own is not None else ()
    if process.dynamic is not None:
        return _dynamic(process.dynamic, theirs, count, notes)
    key = next((k for k in ("flow_shift", "shift") if theirs is not None and k in theirs), None)
    if theirs is not None and key is not None:
        if _close(theirs[key], process.shift) and not theirs.get("use_dynamic_shifting"):
            return Scheduler(None, kept=True, notes=notes)
        changed = {**theirs, key: process.shift}
        if "use_dynamic_shifting" in theirs:
            changed["use_dynamic_shifting"] = False
        return Scheduler(changed, notes=notes)
    cls = "FlowMatchEulerDiscreteScheduler"
    return Scheduler({"_class_name": cls, "num_train_timesteps": count, "shift": process.shift}, notes=notes)


def _dynamic(
    shift: DynamicShift, theirs: Mapping[str, Any] | None, count: int, notes: tuple[str, ...]
) -> Scheduler:
    """A shift that follows from the number of tokens, which the pipeline computes."""
    stated = {k: v for k, v in shift.keys.items() if v is not None}
    said = {"use_dynamic_shifting": True, **stated}
    if theirs is not None and all(theirs.get(k) == v for k, v in said.items()):
        return Scheduler(None, kept=True, notes=notes)
    base = theirs or {"_class_name": "FlowMatchEulerDiscreteScheduler", "num_train_timesteps": count}
    return Scheduler({**base, **said}, notes=notes)


def _close(found: object, shift: float) -> bool:
    return isinstance(found, (int, float)) and abs(found - shift) < 1e-6 * shift


def _unsaid(own: OwnLevels) -> str:
    listed = ", ".join(f"{x:.4g}" for x in own.levels)
    if own.renoised is None:
        return (
            f"the network was trained at noise levels {listed}; the scheduler of this export spreads its steps as the "
            "process does, which may be elsewhere"
        )
    how = "each clean guess is noised again to the next" if own.renoised else "stepped along the slope"
    return f"the network was trained at noise levels {listed} ({how}), which no config of a scheduler can say"


def _at_levels(
    levels: Sequence[float], count: int, shift: float, gives_levels: bool
) -> dict[str, Any] | None:
    """A config under which so many steps of diffusers' schedulers of flows are at exactly these levels.

    They spread n steps evenly from 1 to the shift of 1 / count, or are given them from 1 to 1 / n, shift them, and stretch
    the last to `shift_terminal`.
    Two levels can always be had so, three by a shift that is sought, more where they follow from the first three.
    """
    n = len(levels)
    if abs(levels[0] - 1) > NEAR:
        return None
    base: dict[str, Any] = {"num_train_timesteps": count}
    if n == 1:
        return {**base, "shift": shift}
    low, high = 1e-2, 1e2
    for _ in range(200):
        middle = (low * high) ** 0.5
        config = {**base, "shift": middle, "shift_terminal": levels[-1]}
        if n > 2 and flow_levels(config, n, gives_levels)[1] < levels[1]:
            low = middle
        else:
            high = middle
    for candidate in (shift, 1.0, round(high, 3), round(high, 9)):
        config = {**base, "shift": candidate, "shift_terminal": levels[-1]}
        if max(abs(a - b) for a, b in zip(flow_levels(config, n, gives_levels), levels, strict=True)) < NEAR:
            return config
    return None


def _diffusion(
    process: Process, theirs: Mapping[str, Any] | None, role: Role, own: OwnLevels | None
) -> Scheduler:
    said = process.predicted(NOW)
    names = [n for n, p in PREDICTIONS.items() if p.mix("vp", NOW) == said]
    if names and own is not None and own.renoised is not None and process.table is not None:
        entries = entries_of(process.table, own.levels)
        if entries is not None:
            return _at_entries(own, entries, _said_of(process.table, names[0]))
    notes = [_unsaid(own)] if own is not None else []
    if not names:
        notes.append("what the network predicts has no name among diffusers' prediction types")
        return Scheduler(None, kept=theirs is not None, notes=tuple(notes))
    prediction = names[0]
    if process.table is not None and (theirs is None or noise_tables.of_table(process, theirs)):
        return _of_table(process, process.table, prediction, notes)
    if theirs is not None:
        if theirs.get("prediction_type", "epsilon") == prediction:
            return Scheduler(None, kept=True, notes=tuple(notes))
        return Scheduler({**theirs, "prediction_type": prediction}, notes=tuple(notes))
    if role.schedule is None:
        notes.append("the process says its ticks by a formula, and no table of noise for a scheduler")
        return Scheduler(None, notes=tuple(notes))
    made = {
        **LATENT_DIFFUSION,
        "prediction_type": prediction,
        "clip_sample": False,
        "set_alpha_to_one": False,
        "steps_offset": 1,
    }
    return Scheduler({"_class_name": "DDIMScheduler", **made}, notes=tuple(notes))


def _at_entries(own: OwnLevels, entries: tuple[int, ...], said: Mapping[str, Any]) -> Scheduler:
    config, spreads = at_entries(own, entries, said)
    if spreads:
        return Scheduler(config, exact=True, levels=own.levels)
    told = f"timesteps={list(entries)}"
    note = f"no config of a scheduler has the levels that the network was trained at: call the pipeline with {told}"
    return Scheduler(config, notes=(note,), exact=True, levels=own.levels, timesteps=entries)


def _said_of(table: Betas, prediction: object) -> dict[str, Any]:
    """What configs of schedulers say of a table, and of what the network says."""
    return {
        "num_train_timesteps": table.count,
        "beta_schedule": next(w for w, power in schedules.POWERS.items() if power == table.power),
        "beta_start": table.first,
        "beta_end": table.last,
        "rescale_betas_zero_snr": table.zero_snr,
        "prediction_type": prediction,
    }


def _of_table(process: Process, table: Betas, prediction: object, notes: list[str]) -> Scheduler:
    """DDIM's, whose last step ends at clean data, with the spacing of the process's own grids if it has a name."""
    made = {**_said_of(table, prediction), "clip_sample": False, "set_alpha_to_one": True}
    for spacing, offset in (("leading", 1), ("leading", 0), ("trailing", 0), ("linspace", 0)):
        named = {**made, "timestep_spacing": spacing, "steps_offset": offset}
        if noise_tables.of_grids(process, named) is None:
            return Scheduler({"_class_name": "DDIMScheduler", **named}, notes=tuple(notes))
    notes.append("the levels of the process's grids have no name among diffusers' spacings")
    return Scheduler({"_class_name": "DDIMScheduler", **made}, notes=tuple(notes))
