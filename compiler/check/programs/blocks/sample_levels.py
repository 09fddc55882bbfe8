"""The levels that validation samples a role at, against those that its updates ask it at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .....stages.table import OPS
from ....base.diagnostics import Label
from ....base.source import Span
from ....program.ops import ROLE, STAGE
from ....program.typed_program import TypedUpdate
from ....program.values import Value, every_value
from ....syntax import ast
from ....types.types import Level, TimeType
from ...core.family_model import FamilyModel
from ...core.role_binding import RoleBinding
from ...expressions.calls.stage_calls import time_param
from ...expressions.times import known_levels
from ..program_state import ProgramState

NEAR = 2e-3
"""Levels that are nearer to each other than this are one: ticks are rounded."""
SHOWN = 6


def check_sample_levels(
    state: ProgramState, e: ast.Expr, sample: Value, updates: Iterable[TypedUpdate]
) -> None:
    """Warns where a role that is trained at a few known levels is sampled at others."""
    for role in state.roles.values():
        own = [v for u in updates if role.name in u.roles for _, v in u.losses]
        times = list(_times(role, own))
        trained = _levels(state, times)
        sampled = _levels(state, _times(role, [sample])) if trained else None
        if not trained or not sampled:
            continue
        unseen = [s for s in sampled if all(abs(s - t) > NEAR for t in trained)]
        if unseen:
            _report(state, e, role, unseen, trained, _chosen(state, times))


def _times(role: RoleBinding, roots: list[Value]) -> Iterator[Value]:
    """The times at which a role's network is asked, averages of it aside."""
    model = role.model
    if not isinstance(model, FamilyModel) or model.denoise not in model.stages:
        return
    stage = model.stages[model.denoise]
    place = next((i for i, p in enumerate(stage.params) if p.name == time_param(stage)), None)
    for v in every_value(roots):
        ref = ROLE.find(v) if v.op in OPS else None
        if ref is None or ref.name != role.name or ref.average is not None:
            continue
        if OPS[v.op].rule == "prediction":
            yield v.args[1]
        elif STAGE.find(v) == model.denoise and place is not None:
            yield v.args[place]


def _levels(state: ProgramState, times: Iterable[Value]) -> list[float]:
    """All levels that times may be, from noise to data; none where one of them is not known beforehand."""
    found: set[float] = set()
    for t in times:
        known = known_levels.of_value(state.session, t)
        if known is None:
            return []
        found.update(known)
    return sorted(found, reverse=True)


def _chosen(state: ProgramState, times: Iterable[Value]) -> Span | None:
    """Where the levels of training were chosen."""
    lists = state.session.time_lists
    keys = (t.type.time.key for t in times if isinstance(t.type, (TimeType, Level)))
    for key in keys:
        if key in lists.choices:
            return lists.choices[key]
        if key in lists.known:
            return lists.known[key].span
    return None


def _report(
    state: ProgramState,
    e: ast.Expr,
    role: RoleBinding,
    unseen: list[float],
    trained: list[float],
    chosen: Span | None,
) -> None:
    sampler = state.session.sampler
    uses = state.members(ast.UseDecl)
    method = f"`{uses[0].method.span.text}`" if uses else "this program"
    help = f"sample at {_listed(trained)}, where {method} trains it"
    if sampler is not None and sampler.role == role.name:
        help = f"`sample = {sampler.graph.name.id}` is the sampler of {method}, at {_listed(trained)}"
    state.bag.error(
        "unseen-levels",
        f"this samples `{role.name}` at {_listed(unseen)}, where {method} never trains it",
        e.span,
        labels=(Label(chosen, f"trained at {_listed(trained)}"),) if chosen is not None else (),
        help=help,
        role=role.name,
    )


def _listed(levels: list[float]) -> str:
    texts = [f"{s:.3g}" for s in levels[:SHOWN]]
    more = [f"{len(levels) - SHOWN} more"] if len(levels) > SHOWN else []
    words = [*texts, *more]
    listed = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
    return f"noise level{'s' if len(levels) > 1 else ''} {listed}"
