"""Calls by what is called: a graph, a stage, a built-in function, or what a role offers."""

from __future__ import annotations

from collections.abc import Mapping

from .....stages.table import ELSEWHERE, FUNCTIONS
from ....base.source import Span
from ....syntax import ast
from ....types.types import Scalar
from ...core.context import Context
from ...core.evaluate import evaluate
from ...core.family_model import FamilyModel, StageModel
from ...core.session import Session, unknown_name
from ...core.term import Term, rename
from ..functions.builtins import BUILT_IN
from . import role_calls
from .graph_calls import expand
from .stage_calls import stage_call

LIBRARIES = frozenset({"torch", "F", "np", "numpy", "jnp", "math", "nn"})
"""Names under which other languages keep their functions."""


def call(session: Session, e: ast.Call, context: Context) -> Term:
    if isinstance(e.func, ast.Attr) and _of_a_library(e.func, context):
        return _familiar(session, e.func.name, e.func.span, context)
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
    sampler = session.sampler
    if sampler is not None and family is None and context.knows_families and name == sampler.graph.name.id:
        session.link(e.func.span, sampler.graph.name.span)
        return expand(session, sampler.graph, e, sampler.home, context)
    if family is not None and name in stages:
        return stage_call(session, family, name, e, context)
    if name in BUILT_IN:
        return BUILT_IN[name](session, e, context)
    if context.scope.find(name) is not None or name in context.roles:
        return session.error("type-mismatch", f"`{name}` is not a function", e.func.span)
    if name in ELSEWHERE:
        return _familiar(session, name, e.func.span, context)
    return unknown_name(session, name, e.func.span, [*context.graphs, *stages, *BUILT_IN])


def _of_a_library(func: ast.Attr, context: Context) -> bool:
    """Whether a function is read from `torch` or its like, of which FDL has none."""
    base = func.base
    while isinstance(base, ast.Attr):
        base = base.base
    if not isinstance(base, ast.Name) or base.id not in LIBRARIES or base.id in context.roles:
        return False
    bound = context.scope.find(base.id)  # `F` may well be a size
    return bound is None or (isinstance(bound.term.type, Scalar) and func.name in ELSEWHERE)


def _familiar(session: Session, name: str, span: Span, context: Context) -> Term:
    """Reports a function under the name that another library has for it, or of another library."""
    op = ELSEWHERE.get(name) or FUNCTIONS.get(name)
    if op is None:
        return session.error(
            "unknown-name",
            f"there is no `{span.text}` here",
            span,
            help="functions are the language's own, and a family's Python is called by its stages",
        )
    return session.error(
        "unknown-name",
        f"nothing here is called `{span.text}`",
        span,
        help=f"write `{op.form}`: {op.meaning[:1].lower()}{op.meaning[1:].partition('.')[0]}",
        fixes=(rename(span, op.name),),
    )
