"""What a role offers: its family's graphs and stages, and what its process derives."""

from __future__ import annotations

from .....stages.table import ROLE_FUNCTIONS
from ....base.diagnostics import Fix, nearest
from ....program.ops import NAME, ROLE, STAGE
from ....syntax import ast
from ....types.quantity import CLEAN
from ....types.types import UNKNOWN, Latent, Type
from ...core.context import Context, family_context
from ...core.evaluate import evaluate
from ...core.family_model import PUBLISHED, FamilyModel
from ...core.matching.quantity_match import article
from ...core.role_binding import AnyFamily, RoleBinding
from ...core.session import Session, unknown_name
from ...core.term import Term, unknown
from .batch_fields import stands_for
from .graph_calls import expand
from .networks.predictions import called, derived, mixed
from .networks.without_latents import without_latents
from .stage_calls import decoded_parts, published_stage, stage_call
from .unread_arguments import all_is_read


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
    if not role.denoises and (name in ROLE_FUNCTIONS or name in PUBLISHED) and not _has_graph(role, name):
        return without_latents(session, role, func.name_span)
    op = ROLE_FUNCTIONS.get(name)
    if op is not None and op.rule == "prediction":
        return derived(session, role, name, e, context)
    if op is not None:
        return mixed(session, role, name, e, context)
    if isinstance(role.model, AnyFamily):
        return _published_by_any(session, role, name, e, func, context)
    sampler = session.sampler
    if sampler is not None and context.knows_families and sampler.is_of(role, name) and sampler.takes(e):
        session.link(func.name_span, sampler.graph.name.span)
        return expand(session, sampler.graph, e, sampler.home, context)
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
    if name == "decode" and name not in role.model.stages:
        parts = decoded_parts(session, role, e, context, f"`{called(e, role, name)}`")
        if parts is not None:
            return parts
    stage = published_stage(session, role, name, func)
    if stage is not None:
        if not stage:
            for a in e.args:
                evaluate(session, a.value, context)
            return unknown(e.span)
        session.link(func.name_span, role.model.stages[stage].declaration.name.span)
        if not all_is_read(session, role, stage, func):
            return unknown(e.span)
        return stage_call(session, role, stage, e, context, f"`{called(e, role, name)}`")
    functions = [*ROLE_FUNCTIONS, *PUBLISHED] if role.model.denoises else []
    stages = [s for s in role.model.stages if s not in functions]
    # what every role has is meant before what this family calls its stages
    meant = functions if nearest(name, functions) else [s for s in stages if s[0] == name[0]]
    return unknown_name(
        session,
        name,
        func.name_span,
        meant or functions,
        f"`{role.name}` has no `{name}`: its family `{role.model.name}` publishes {', '.join([*functions, *stages])}",
        role=role.name,
    )


def _is_slip(name: str, near: str | None) -> bool:
    """Whether a name that some family might give a stage is more likely a misspelt function of every role."""
    return near is not None and near[0] == name[0] and abs(len(near) - len(name)) <= 1 and name != f"{near}s"


def _has_graph(role: RoleBinding, name: str) -> bool:
    return isinstance(role.model, FamilyModel) and name in role.model.graphs


def _published_by_any(
    session: Session, role: RoleBinding, name: str, e: ast.Call, func: ast.Attr, context: Context
) -> Term:
    given = tuple(evaluate(session, a.value, context) for a in e.args)
    if name not in PUBLISHED:
        known = [*ROLE_FUNCTIONS, *PUBLISHED]
        if _is_slip(name, nearest(name, known)):
            return unknown_name(session, name, func.name_span, known, f"a role has no `{name}`")
        # some family's stage: whose it is, and what it takes and gives, is known where a program ties the two
        return Term(session.value("stage", given, UNKNOWN, e.span, context, ROLE(role.ref), STAGE(name)))
    if not e.args:
        fix = Fix("hand the batch over", e.span, f"{func.span.text}(batch)")
        message, help = f"`{name}` needs the batch", f"`{name}(batch)`"
        return session.error("missing-argument", message, e.span, help=help, fixes=(fix,))
    type_: Type = Latent(role.model.space, CLEAN) if name == "clean" else UNKNOWN
    return Term(session.value("published", (), type_, e.span, context, ROLE(role.ref), NAME(name)))
