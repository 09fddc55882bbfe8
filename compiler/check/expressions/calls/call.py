"""Calls by what is called: a graph, a stage, a built-in function, or what a role offers."""

from __future__ import annotations

from collections.abc import Mapping

from ....syntax import ast
from ...core.context import Context
from ...core.evaluate import evaluate
from ...core.family_model import FamilyModel, StageModel
from ...core.session import Session, unknown_name
from ...core.term import Term
from ..functions.builtins import BUILT_IN
from . import role_calls
from .graph_calls import expand
from .stage_calls import stage_call


def call(session: Session, e: ast.Call, context: Context) -> Term:
    if isinstance(e.func, ast.Attr):
        base = evaluate(session, e.func.base, context)
        return role_calls.call(session, base, e, e.func, context)
    if not isinstance(e.func, ast.Name):
        return session.error("type-mismatch", "this is not a function", e.func.span)
    name, family = e.func.id, context.family
    stages: Mapping[str, StageModel] = {}
    if family is not None and isinstance(family.model, FamilyModel):
        stages = family.model.stages
    if name in context.graphs:
        session.link(e.func.span, context.graphs[name].name.span)
        return expand(session, context.graphs[name], e, context.base, context)
    if family is not None and name in stages:
        return stage_call(session, family, name, e, context)
    if name in BUILT_IN:
        return BUILT_IN[name](session, e, context)
    if context.scope.find(name) is not None or name in context.roles:
        return session.error("type-mismatch", f"`{name}` is not a function", e.func.span)
    return unknown_name(session, name, e.func.span, [*context.graphs, *stages, *BUILT_IN])
