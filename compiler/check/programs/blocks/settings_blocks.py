"""A program's settings blocks: train, validate, checkpoint, mesh."""

from __future__ import annotations

from collections.abc import Mapping

from ....base.diagnostics import Label
from ....base.frozen import replace
from ....base.source import Span
from ....modules import settings
from ....program.typed_program import TypedUpdate
from ....program.values import Value
from ....syntax import ast
from ....types.describe import type_text
from ....types.dims import Dim
from ....types.types import Tensor, Tuple
from ...core.context import Context
from ...core.evaluate import evaluate
from ...core.lexical_scope import LexicalScope
from ...core.term import Term
from .. import not_run
from ..program_state import ProgramState, program_context, report_twice
from .mesh_block import check_mesh
from .sample_levels import check_sample_levels
from .setting_values import entry_values, plain_value, report_problems
from .track_blocks import check_trackers
from .validate_block import check_sample_weights


def check_settings(state: ProgramState, updates: tuple[TypedUpdate, ...]) -> Value | None:
    """Checks every block; gives the sample that validation makes."""
    sample: Value | None = None
    seen: dict[str, Span] = {}
    for d in state.members(ast.SettingsDecl):
        kind = d.kind.id
        if kind in seen:
            report_twice(state, kind, d.kind.span, seen[kind])
        else:
            seen[kind] = d.kind.span
            sample = _check_block(state, d, updates) or sample
    for kind, place in seen.items():
        _check_every(state, kind, place)
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
        state.blocks["mesh"] = settings.validate("mesh", {}).values or {}
    check_mesh(state, seen)
    return sample


def _check_every(state: ProgramState, kind: str, place: Span) -> None:
    """Warns of a block whose turn never comes in so few steps."""
    steps = state.blocks.get("train", {}).get("steps")
    every = state.blocks.get(kind, {}).get("every")
    if not isinstance(steps, int) or not isinstance(every, int) or every <= steps:
        return
    d = next(m for m in state.members(ast.SettingsDecl) if m.kind.id == kind)
    stated = next((e.span for e in d.entries if e.name == "every"), place)
    train = next(m for m in state.members(ast.SettingsDecl) if m.kind.id == "train")
    state.bag.error(
        "bad-setting",
        f"`{kind}` is due every {every} steps, and training ends after {steps}: it never comes",
        d.every.span if d.every is not None else stated,
        labels=(
            Label(next((e.span for e in train.entries if e.name == "steps"), train.kind.span), "the steps"),
        ),
        help=f"`every` is at most {steps} here, or leave `{kind}` out",
        mild=True,
    )


def _check_block(state: ProgramState, d: ast.SettingsDecl, updates: tuple[TypedUpdate, ...]) -> Value | None:
    """One block; the sample that it makes, which `validate` alone has."""
    kind, context = d.kind.id, program_context(state)
    asked = next((e for e in d.entries if e.name == "sample"), None) if kind == "validate" else None
    entries = tuple(e for e in d.entries if kind != "validate" or e.name != "sample")
    values = entry_values(state, entries, context)
    places = {e.name: e.span for e in d.entries}
    if d.every is not None:
        values["every"] = plain_value(state, d.every, context)
        places["every"] = d.every.span
    sample: Value | None = None
    if asked is not None and asked.value is not None:
        sample = _sample(state, asked.value, context)
        if sample is not None:
            check_sample_levels(state, asked.value, sample, updates)
        values["sample"] = settings.Opaque(sample)
    checked = settings.validate(kind, values)
    report_problems(state, checked, places, d.kind.span, f"`{kind}`")
    if checked.values is not None:
        state.blocks[kind] = checked.values
        if kind == "validate":
            check_sample_weights(state, d, checked.values, sample)
        if kind == "checkpoint" and checked.values.get("async"):
            not_run.postpone(state, "`async`", places["async"], "leave it out: checkpoints are saved in turn")
        if kind == "checkpoint" and isinstance(checked.values["export"], str):
            _check_layout(state, checked.values["export"], places["export"])
    return sample


def _check_layout(state: ProgramState, layout: str, place: Span) -> None:
    """A layout of adapters is for a role that is trained by one."""
    how = [r.get("train") for r in state.role_settings.values()]
    if state.broken or state.unsure or any(isinstance(train, Mapping) for train in how):
        return
    state.bag.error(
        "bad-setting",
        f"`export = {layout}` says how adapters are written, and no role is trained by one",
        place,
        help="leave it out: whole networks are written in diffusers layout",
    )


def _sample(state: ProgramState, e: ast.Expr, context: Context) -> Value | None:
    """`sample = student.sample(...)`: its batch is that of the validation. Pixels, or pixels and sound."""
    inner = replace(context, scope=LexicalScope({}, context.scope), site=("validate",), implied_batch=True)
    if isinstance(e, ast.Name) and _is_graph(state, e.id, context):
        e = ast.Call(e.span, e, ())
    term = evaluate(state.session, e, inner)
    if term.unknown:
        return None
    first, *rest = term.items if isinstance(term.type, Tuple) and term.items else (term,)
    if _is_medium(first, "pixels") and all(_is_medium(t, "wave") for t in rest):
        return term.value
    if any(t.unknown for t in (first, *rest)):
        return None
    state.bag.error(
        "type-mismatch",
        f"a sample is shown as pixels, and this is {type_text(term.type, context.times, state.session.default_kind)}",
        e.span,
        help="`role.sample(...)` makes pixels, and so does a decode stage",
    )
    return None


def _is_medium(t: Term, kind: str) -> bool:
    return isinstance(t.type, Tensor) and t.type.kind == kind and t.type.dims[:1] == (Dim.of("b"),)


def _is_graph(state: ProgramState, name: str, context: Context) -> bool:
    """Whether `sample = NAME` names a graph of the program, or the sampler of its method."""
    sampler = state.session.sampler
    published = sampler is not None and sampler.graph.name.id == name
    return (name in context.graphs or published) and context.scope.find(name) is None
