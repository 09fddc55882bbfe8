"""Literals, names, and the names of a method that are computed on first use."""

from __future__ import annotations

from ...base import limits
from ...base.frozen import replace
from ...program.ops import VALUE
from ...program.values import Value
from ...syntax import ast
from ...types.coefficients import const
from ...types.dims import Dim
from ...types.types import RoleType, Scalar
from ..core.context import Context, Shared
from ..core.evaluate import check_statement
from ..core.lexical_scope import LexicalScope
from ..core.session import Session, unknown_name
from ..core.term import Term, seen_at, unknown
from .functions.builtins import BUILT_IN
from .size_numbers import size_of


def number(session: Session, e: ast.Number, context: Context) -> Term:
    kind = "float" if e.is_float else "int"
    value = session.value("const", (), Scalar(kind), e.span, context, VALUE(e.value))
    dim = Dim.of(e.value) if isinstance(e.value, int) else None
    return Term(value, coef=const(e.value), dim=dim, constant=e.value)


def string(session: Session, e: ast.String, context: Context) -> Term:
    value = session.value("const", (), Scalar("str"), e.span, context, VALUE(e.value))
    return Term(value, constant=e.value)


def boolean(session: Session, e: ast.Bool, context: Context) -> Term:
    value = session.value("const", (), Scalar("bool"), e.span, context, VALUE(e.value))
    return Term(value, constant=e.value)


def name(session: Session, e: ast.Name, context: Context) -> Term:
    found = context.scope.find(e.id)
    if found is not None:
        found.used = True
        session.link(e.span, found.span)
        return seen_at(found.term, e.span)
    shared = context.shared
    if shared is not None and e.id in shared.statements:
        return seen_at(_shared(session, e, shared, context), e.span)
    if e.id in context.roles:
        role = context.roles[e.id]
        role.used = True
        session.link(e.span, role.span)
        return Term(Value("role", (), RoleType(e.id), e.span), role=role)
    size = size_of(e.id, e.span, context)
    if size is not None:
        return size
    if e.id in context.graphs or e.id in BUILT_IN:
        return session.error(
            "type-mismatch",
            f"`{e.id}` is a function: it is used by calling it",
            e.span,
            help=f"`{e.id}(...)`",
        )
    if e.id in session.update.shared:
        message = f"`{e.id}` is computed once in each training step, and there is none here"
        return session.error("unknown-name", message, e.span, help="make it inside the graph")
    in_scope = [n for n, _ in context.scope.bindings()]
    return unknown_name(
        session, e.id, e.span, [*in_scope, *context.roles, *(shared.statements if shared else ())]
    )


def _shared(session: Session, e: ast.Name, shared: Shared, context: Context) -> Term:
    """A name of the method; its statement is checked where the name is read first."""
    term = shared.terms.get(e.id)
    if term is None:
        if e.id in shared.busy:
            return session.error("unknown-name", f"`{e.id}` is defined by itself", e.span)
        if len(shared.busy) >= limits.GRAPH_CALLS:
            message = f"names of the method read each other more than {limits.GRAPH_CALLS} deep here"
            return session.error("syntax", message, e.span)
        shared.busy.add(e.id)
        home = replace(context.base, scope=LexicalScope({}, context.base.scope), site=("shared",))
        # it is checked once, perhaps while a loop that reads it is on trial
        muted, session.bag.muted = session.bag.muted, 0
        check_statement(session, shared.statements[e.id], home)
        session.bag.muted = muted
        binding = home.scope.names.get(e.id)
        term = binding.term if binding else unknown(e.span)
        shared.terms[e.id] = term
        shared.order.append((e.id, term.value))
    return term
