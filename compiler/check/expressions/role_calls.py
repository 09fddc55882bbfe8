"""What a role offers: its family's graphs and stages, and what its process derives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...base.diagnostics import Fix
from ...program.process import DERIVED
from ...syntax import ast
from ...types.quantity import CLEAN
from ...types.types import UNKNOWN, Latent, Type
from ..core.context import Frame, family_frame
from ..core.family_model import PUBLISHED
from ..core.quantity_match import article
from ..core.role_binding import AnyFamily, RoleBinding
from ..core.term import Term, unknown
from .batch_fields import stands_for
from .graph_calls import expand
from .predictions import MIXES, derived, mixed
from .stage_calls import stage_call

if TYPE_CHECKING:
    from ..elaborator import Elaborator


def call(el: Elaborator, base: Term, e: ast.Call, func: ast.Attr, frame: Frame) -> Term:
    if base.unknown:
        for a in e.args:
            el.expression(a.value, frame)
        return unknown(e.span)
    role = base.role
    if not isinstance(role, RoleBinding):
        return el.error(
            "type-mismatch", f"{article(str(base.type))} has no function `{func.name}`", func.name_span
        )
    (role.root or role).used = True
    name = func.name
    if name in DERIVED:
        return derived(el, role, name, e, frame)
    if name in MIXES:
        return mixed(el, role, name, e, frame)
    if isinstance(role.model, AnyFamily):
        return _published_by_any(el, role, name, e, func, frame)
    if name in PUBLISHED or (frame.knows_families and name in role.model.graphs):
        stored = stands_for(el, role, name, e, frame)
        if stored is not None:
            el.leads(func.name_span, stored.choice)
            return stored
        graph = role.model.graphs.get(name)
        if graph is None:
            return unknown(e.span)
        el.leads(func.name_span, graph.name.span)
        return expand(el, graph, e, family_frame(role, frame), frame)
    if frame.knows_families and name in role.model.stages:
        el.leads(func.name_span, role.model.stages[name].declaration.name.span)
        return stage_call(el, role, name, e, frame)
    known = [*DERIVED, *MIXES, *PUBLISHED]
    return el.unknown_name(
        name, func.name_span, known, f"a role has no `{name}`; a method may rely on {', '.join(known)}"
    )


def _published_by_any(
    el: Elaborator, role: RoleBinding, name: str, e: ast.Call, func: ast.Attr, frame: Frame
) -> Term:
    if name not in PUBLISHED:
        known = [*DERIVED, *MIXES, *PUBLISHED]
        return el.unknown_name(name, func.name_span, known, f"a role has no `{name}`")
    for a in e.args:
        el.expression(a.value, frame)
    if not e.args:
        fix = Fix("hand the batch over", e.span, f"{func.span.text}(batch)")
        message, help = f"`{name}` needs the batch", f"`{name}(batch)`"
        return el.error("missing-argument", message, e.span, help=help, fixes=(fix,))
    type_: Type = Latent(role.model.space, CLEAN) if name == "clean" else UNKNOWN
    return Term(el.value("published", (), type_, e.span, frame, role=role.ref, name=name))
