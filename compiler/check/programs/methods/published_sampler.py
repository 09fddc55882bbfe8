"""The sampler that a method publishes: its graph `sample`, in the place of the family's for the role that it trains."""

from __future__ import annotations

from collections.abc import Mapping

from ....base.frozen import replace
from ....modules.names.members import SAMPLER, sampled_role
from ....syntax import ast
from ...core.context import Context
from ...core.evaluate import evaluate
from ...core.lexical_scope import LexicalScope
from ...core.method_model import MethodModel
from ...core.role_binding import RoleBinding
from ...core.session import Sampler, Session


def published(
    session: Session, members: MethodModel, roles: Mapping[str, RoleBinding], context: Context
) -> Sampler | None:
    """What a method samples with; None if it leaves that to the family. It samples the first role that it names and trains.

    What a training step has of its own, its number, its states and what is computed once in it, is not there. Where the
    family lacks what it asks for (one stage that decodes), the family's own sampler stays in its place.
    """
    graph = members.graphs.get(SAMPLER)
    if graph is None:
        return None
    updated = {r.id for u in members.updates.values() for r in u.roles}
    role = roles.get(sampled_role(graph, [r.id for r in members.roles], updated))
    if role is None:  # the program names none for it, which is reported
        return None
    own = {"step", *members.states}
    names = {n: binding for n, binding in context.scope.names.items() if n not in own}
    scope = LexicalScope(names, context.scope.parent, fixed=True)
    found = Sampler(graph, replace(context, scope=scope, shared=None, home=None), role.name)
    reported, dropped = set(session.reported.keys), session.bag.dropped
    with session.bag.silence():
        check_published(session, found)
    session.reported.keys = reported
    return found if session.bag.dropped == dropped else replace(found, fits=False)


def check_published(session: Session, sampler: Sampler) -> None:
    """Checks a sampler as a call of it would."""
    name = sampler.graph.name
    call = ast.Call(name.span, name, ())
    evaluate(session, call, replace(sampler.home, implied_batch=True))
