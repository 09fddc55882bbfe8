"""What a role offers: its family's graphs and stages, and what its process derives."""

from __future__ import annotations

from .....stages.table import ROLE_FUNCTIONS
from ....base.diagnostics import Fix
from ....program.ops import NAME, ROLE
from ....syntax import ast
from ....types.quantity import CLEAN
from ....types.types import UNKNOWN, Latent, Type
from ...core.context import Context, family_context
from ...core.evaluate import evaluate
from ...core.family_model import PUBLISHED
from ...core.matching.quantity_match import article
from ...core.role_binding import AnyFamily, RoleBinding
from ...core.session import Session, unknown_name
from ...core.term import Term, unknown
from .batch_fields import stands_for
from .graph_calls import expand
from .predictions import derived, mixed
from .stage_calls import stage_call


def call(session: Session, base: Term, e: ast.Call, func: ast.Attr, context: Context) -> Term:
    if base.unknown:
        for a in e.args:
            evaluate(session, a.value, context)
        return unknown(e.span)
    role = base.role
    if not isinstance(role, RoleBinding):
        return session.error(
            "type-mismatch", f"{article(str(base.type))} has no function `{func.name}`", func.name_span
        )
    (role.root or role).used = True
    name = func.name
    op = ROLE_FUNCTIONS.get(name)
    if op is not None and op.rule == "prediction":
        return derived(session, role, name, e, context)
    if op is not None:
        return mixed(session, role, name, e, context)
    if isinstance(role.model, AnyFamily):
        return _published_by_any(session, role, name, e, func, context)
    if name in PUBLISHED or (context.knows_families and name in role.model.graphs):
        stored = stands_for(session, role, name, e, context)
        if stored is not None:
            session.link(func.name_span, stored.choice)
            return stored
        graph = role.model.graphs.get(name)
        if graph is None:
            return unknown(e.span)
        session.link(func.name_span, graph.name.span)
        return expand(session, graph, e, family_context(role, context), context)
    if context.knows_families and name in role.model.stages:
        session.link(func.name_span, role.model.stages[name].declaration.name.span)
        return stage_call(session, role, name, e, context)
    known = [*ROLE_FUNCTIONS, *PUBLISHED]
    return unknown_name(
        session,
        name,
        func.name_span,
        known,
        f"a role has no `{name}`; a method may rely on {', '.join(known)}",
    )


def _published_by_any(
    session: Session, role: RoleBinding, name: str, e: ast.Call, func: ast.Attr, context: Context
) -> Term:
    if name not in PUBLISHED:
        known = [*ROLE_FUNCTIONS, *PUBLISHED]
        return unknown_name(session, name, func.name_span, known, f"a role has no `{name}`")
    for a in e.args:
        evaluate(session, a.value, context)
    if not e.args:
        fix = Fix("hand the batch over", e.span, f"{func.span.text}(batch)")
        message, help = f"`{name}` needs the batch", f"`{name}(batch)`"
        return session.error("missing-argument", message, e.span, help=help, fixes=(fix,))
    type_: Type = Latent(role.model.space, CLEAN) if name == "clean" else UNKNOWN
    return Term(session.value("published", (), type_, e.span, context, ROLE(role.ref), NAME(name)))
