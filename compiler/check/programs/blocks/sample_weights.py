"""The weights that a program's validation samples with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....base.diagnostics import Label, nearest
from ....program.averaging import averaging
from ....program.ops import ROLE
from ....program.values import Value, every_value
from ....syntax import ast
from ..program_state import ProgramState


def check_sample_weights(
    state: ProgramState, d: ast.SettingsDecl, chosen: Mapping[str, Any], sample: Value | None
) -> None:
    """`weights = average(role)`: of a role that is trained, and that the sample is made by."""
    weights = chosen.get("weights")
    if isinstance(weights, Mapping):
        _check_average(state, d, weights)
    role = weights.get("role") if isinstance(weights, Mapping) else None
    entry = next((e for e in d.entries if e.name == "weights"), None)
    if role is None or entry is None or state.broken:
        return
    known = {r.name.id for r in state.members(ast.RoleDecl)}
    if role not in known:
        near = nearest(role, known)
        state.bag.error(
            "unknown-name",
            f"`average` names a role, and none is called `{role}`",
            entry.span,
            help=f"did you mean `{near}`?" if near else "",
        )
    elif role in state.roles and not state.roles[role].trainable:
        state.bag.error(
            "not-trainable",
            f"`{role}` is frozen, so that its average is what it always was",
            entry.span,
            labels=(Label(state.roles[role].span, "frozen: it says no `train`"),),
            help="average a role that is trained, or leave `weights` out",
        )
    elif sample is not None:
        made_by = {r.name for v in every_value([sample]) if (r := ROLE.find(v)) is not None}
        if role not in made_by:
            state.bag.error(
                "dead-setting",
                f"the sample is not made by `{role}`, so that nothing reads its average",
                entry.span,
                labels=(Label(sample.span, f"made by {' and '.join(f'`{m}`' for m in sorted(made_by))}"),),
                help="average the role that makes the sample",
            )


def _check_average(state: ProgramState, d: ast.SettingsDecl, weights: Mapping[str, Any]) -> None:
    """An average follows by one rule."""
    try:
        averaging(weights["decay"], weights["half_life"], weights["power"], weights["start"])
    except ValueError as problem:
        place = next(e.span for e in d.entries if e.name == "weights")
        state.bag.error("bad-setting", str(problem), place, help="keep one of them")
