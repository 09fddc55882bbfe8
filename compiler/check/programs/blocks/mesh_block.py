"""How a program splits its work among ranks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....base.diagnostics import Label
from ....base.source import Span
from ....modules import setting_checks
from ....syntax import ast
from ...core.family_model import FamilyModel
from ...families.latent_spaces.tokens import sequence_problem
from .. import not_run
from ..program_state import ProgramState


def check_mesh(state: ProgramState, seen: Mapping[str, Span]) -> None:
    train, mesh = state.blocks.get("train"), state.blocks.get("mesh")
    if train is None or mesh is None:
        return
    blocks = {d.kind.id: d for d in state.members(ast.SettingsDecl)}
    before = len(state.bag.found)
    for problem in setting_checks.check_mesh(train, mesh):
        block = blocks.get("train")
        place = seen.get("train") or seen.get("mesh") or state.declaration.name.span
        if block is not None:
            place = next((e.span for e in block.entries if e.name == problem.entry), place)
        labels: tuple[Label, ...] = ()
        if "mesh" in blocks:
            labels = (Label(blocks["mesh"].kind.span, "the mesh"),)
        state.bag.error("mesh-mismatch", problem.message, place, labels=labels)
    if "mesh" in blocks:
        _check_splits(state, blocks["mesh"], mesh)
        entry = next((e for e in blocks["mesh"].entries if mesh.get(e.name, 1) > 1), None)
        if entry is not None and len(state.bag.found) == before:
            not_run.postpone(
                state, "a `mesh` of several ranks", entry.span, "leave `mesh` out to train on one device"
            )


def _check_splits(state: ProgramState, d: ast.SettingsDecl, mesh: Mapping[str, Any]) -> None:
    """Ranks that share a sequence split its heads and tokens, those of every role."""
    place = next((e.span for e in d.entries if e.name in ("sequence", "tensor")), d.kind.span)
    for name, role in state.roles.items():
        if not isinstance(role.model, FamilyModel):
            continue
        tokens = role.model.tokens
        problem = sequence_problem(mesh["sequence"], mesh["tensor"], tokens)
        if problem is not None:
            why, origin = problem
            labels = [Label(role.span, f"role `{name}`")]
            if origin is not None:
                labels.append(Label(origin, "its tokens follow from this"))
            state.bag.error("mesh-mismatch", f"`{name}` cannot be split: {why}", place, labels=labels)
            return
