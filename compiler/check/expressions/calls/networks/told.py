"""`x0_of(p, x, t)`: the clean data that a prediction of noisy latents tells, guided or mixed as it may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .....base.frozen import replace
from .....base.source import Span
from .....program.process import NOW, Process
from .....syntax import ast
from .....types.coefficients import ONE, ZERO, Coef, read
from .....types.quantity import CLEAN
from ....core.context import Context
from ....core.evaluate import evaluate
from ....core.lexical_scope import Binding, LexicalScope
from ....core.matching.quantity_match import Expected, require
from ....core.role_binding import RoleBinding
from ....core.session import Session
from ....core.term import Term, seen_at, unknown
from ...arguments import Arguments
from ...times.as_time import as_time
from ..stage_calls import fits_noisy

X, P, T = "noisy latents", "prediction", "time"
"""Names that no program can give."""


def x0_of(session: Session, e: ast.Call, context: Context) -> Term:
    """Written out as the arithmetic of the process that reads times here, so that all that holds of that holds of it."""
    a = Arguments(session, e, context, ("p", "x", "t"), 3)
    role = context.family or session.default_role
    if not a.valid or not isinstance(role, RoleBinding) or role.model.process is None:
        return unknown(e.span)
    p, x, t = (a.terms[n] for n in ("p", "x", "t"))
    time = as_time(session, t, "`x0_of`", context, ("b", "t"))
    if time is None or p.unknown or x.unknown:
        return unknown(e.span)
    process, space = role.process, role.model.space
    wanted = Expected(
        space,
        process.predicted(time.time),
        "`p` of `x0_of`",
        time.time,
        t.span.text,
        process.kind,
        role=role.name,
    )
    if not fits_noisy(session, role, x, time, t, "`x0_of`", context, space):
        return unknown(e.span)
    if not require(p, wanted, session, context):
        return unknown(e.span)
    names = {n: Binding(term, None, used=True) for n, term in ((X, x), (P, p), (T, t))}
    inside = replace(context, scope=LexicalScope(names, context.scope))
    return seen_at(evaluate(session, _written(process, e.span), inside), e.span)


def _written(process: Process, span: Span) -> ast.Expr:
    """`from_x*x + from_p*p`, over one divisor where both have it."""
    from_x, from_p = process.telling(CLEAN)
    parts = {name: read(name, process.kind, NOW) for name in ("alpha", "sigma")}
    x, p = ast.Name(span, X), ast.Name(span, P)
    for name, divisor in (("", ONE), *parts.items()):
        terms = [_simple(c * divisor, n, parts, span) for c, n in ((from_x, x), (from_p, p))]
        known = [t for t in terms if t is not None]
        if len(known) == len(terms):
            total = _sum(known, span)
            return ast.Binary(span, "/", total, _part(name, span)) if name else total
    raise AssertionError(f"no plain formula for the clean data of `{process.name}`")


def _simple(
    c: Coef, n: ast.Name, parts: Mapping[str, Coef], span: Span
) -> tuple[int, ast.Expr | None] | None:
    """The sign of a term and the term, None of it where it is 0; None for what is no coefficient of the mix."""
    if c == ZERO:
        return 0, None
    for sign in (1, -1):
        if c * sign == ONE:
            return sign, n
        for name, part in parts.items():
            if c * sign == part:
                return sign, ast.Binary(span, "*", _part(name, span), n)
    return None


def _part(name: str, span: Span) -> ast.Expr:
    return ast.Attr(span, ast.Name(span, T), name, span)


def _sum(terms: Sequence[tuple[int, ast.Expr | None]], span: Span) -> ast.Expr:
    """Those of a positive sign first."""
    total: ast.Expr | None = None
    for sign, term in sorted(terms, key=lambda t: -t[0]):
        if term is None:
            continue
        if total is None:
            total = term if sign > 0 else ast.Unary(span, "-", term)
        else:
            total = ast.Binary(span, "+" if sign > 0 else "-", total, term)
    assert total is not None
    return total
