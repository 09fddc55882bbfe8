"""A program's settings blocks: train, validate, checkpoint, mesh."""

from __future__ import annotations

from collections.abc import Mapping

from ....base.diagnostics import Label
from ....base.source import Span
from ....modules import setting_checks, settings
from ....program.typed_program import TypedUpdate, Validation
from ....syntax import ast
from .. import not_run
from ..program_state import ProgramState, program_context, report_twice
from .mesh_block import check_mesh
from .setting_values import entry_values, report_problems, turn_value
from .track_blocks import check_trackers
from .validate_block import check_validation


def check_settings(state: ProgramState, updates: tuple[TypedUpdate, ...]) -> tuple[Validation, ...]:
    """Checks every block; gives those that validate. The first of these says which weights are exported."""
    seen: dict[str, Span] = {}
    blocks = state.members(ast.SettingsDecl)
    for d in blocks:
        kind = d.kind.id
        if kind == "validate":
            continue
        if kind in seen:
            report_twice(state, kind, d.kind.span, seen[kind])
        else:
            seen[kind] = d.kind.span
            _check_block(state, d)
    named: dict[str, Span] = {}
    found = [check_validation(state, d, updates, named) for d in blocks if d.kind.id == "validate"]
    validations = tuple(v for v in found if v is not None)
    if validations:
        state.blocks["validate"] = validations[0].settings
    known = {v.span: v.settings for v in validations}
    for d in blocks:
        if d.kind.id != "validate":
            _check_every(state, d, state.blocks.get(d.kind.id, {}))
        elif d.kind.span in known:
            _check_every(state, d, known[d.kind.span])
    check_trackers(state)
    trains = bool(state.members(ast.UseDecl) or state.own.updates)
    if trains and "train" not in seen:
        state.bag.error(
            "missing-argument",
            f"program `{state.declaration.name.id}` does not say for how many steps to train",
            state.declaration.name.span,
            help="`train { steps = 1000, batch = 8 }`",
        )
    if "mesh" not in seen:
        state.blocks["mesh"] = setting_checks.validate("mesh", {}).values or {}
    check_mesh(state, seen)
    return validations


def _check_every(state: ProgramState, d: ast.SettingsDecl, chosen: Mapping[str, object]) -> None:
    """Warns of a block whose turn never comes in so few steps."""
    kind, steps, every = d.kind.id, state.blocks.get("train", {}).get("steps"), chosen.get("every")
    if not isinstance(steps, int) or not isinstance(every, int) or every <= steps or chosen.get("at"):
        return
    place = next((e.span for e in d.entries if e.name == "every"), d.kind.span)
    train = next(m for m in state.members(ast.SettingsDecl) if m.kind.id == "train")
    state.bag.error(
        "bad-setting",
        f"`{kind}` is due every {every} steps, and training ends after {steps}: it never comes",
        d.every.span if d.every is not None else place,
        labels=(
            Label(next((e.span for e in train.entries if e.name == "steps"), train.kind.span), "the steps"),
        ),
        help=f"`every` is at most {steps} here, or leave `{kind}` out",
        mild=True,
    )


def _check_block(state: ProgramState, d: ast.SettingsDecl) -> None:
    kind, context = d.kind.id, program_context(state)
    values = entry_values(state, d.entries, context)
    places = {e.name: e.span for e in d.entries}
    if d.every is not None:
        values["every"] = turn_value(state, d, d.every, context)
        places["every"] = d.every.span
    checked = setting_checks.validate(kind, values)
    report_problems(state, checked, places, d.kind.span, f"`{kind}`")
    if checked.values is not None:
        state.blocks[kind] = checked.values
        if kind == "checkpoint" and checked.values.get("async"):
            not_run.postpone(state, "`async`", places["async"], "leave it out: checkpoints are saved in turn")
        if kind == "checkpoint" and isinstance(checked.values["export"], str):
            _check_layout(state, checked.values["export"], places["export"])


def _check_layout(state: ProgramState, layout: str, place: Span) -> None:
    """A layout of adapters is for a role that is trained by one."""
    how = [r.get("train") for r in state.role_settings.values()]
    if (
        state.broken
        or state.unsure
        or any(isinstance(t, Mapping) and t["kind"] in settings.ADAPTERS for t in how)
    ):
        return
    state.bag.error(
        "bad-setting",
        f"`export = {layout}` says how adapters are written, and no role is trained by one",
        place,
        help="leave it out: whole networks are written in diffusers layout",
    )
