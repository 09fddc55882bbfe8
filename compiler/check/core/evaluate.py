"""The walk over expressions and statements: each is typed by the rule that the session has for its class."""

from __future__ import annotations

from ...syntax import ast
from ...types.coefficients import TooComplex
from ...types.dims import TooLarge
from ...types.types import Latent
from .context import Context
from .session import Session
from .term import Term


def evaluate(session: Session, e: ast.Expr, context: Context) -> Term:
    """An expression's term; unknown after an error, which is reported. Raises `TooLong`."""
    place = context.trace[0] if context.trace else e.span
    meter = session.bag.meter
    meter.spend(place)
    try:
        rule = session.rules.expressions.get(type(e))
        if rule is None:
            return session.error("type-mismatch", "this cannot stand here", e.span)
        term = rule(session, e, context)
    except TooComplex:
        return session.error("quantity-mismatch", "this expression is too large to be followed", e.span)
    except TooLarge as x:
        return session.error("dim-mismatch", f"this size is too large: {x}", e.span)
    if isinstance(t := term.type, Latent) and t.quantity is not None:
        meter.spend(place, t.quantity.size // 4)  # whatever is done with it walks its coefficients
    session.note(e.span, term, context)
    return term


def check_statement(session: Session, s: ast.Statement, context: Context) -> None:
    session.rules.statements[type(s)](session, s, context)


def check_body(session: Session, statements: tuple[ast.Statement, ...], context: Context) -> Term | None:
    """Checks statements in order; gives the term of `return`, if there is one."""
    result: Term | None = None
    for s in statements:
        if isinstance(s, ast.Return):
            result = evaluate(session, s.value, context)
        else:
            check_statement(session, s, context)
    return result
