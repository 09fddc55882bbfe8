"""`stop(x)`: the value without its gradient."""

from __future__ import annotations

from ....base.diagnostics import Fix
from ....base.frozen import replace
from ....base.source import Source, Span
from ....syntax import ast
from ....syntax.parser import parse_expression
from ...core.context import Context
from ...core.gradient_flow import may_carry_gradient
from ...core.session import Session
from ...core.term import Term, unknown
from ..arguments import Arguments
from ..operators import as_number


def stop(session: Session, e: ast.Call, context: Context) -> Term:
    a = Arguments(session, e, context, ("x",), 1)
    if not a.valid:
        return unknown(e.span)
    x = as_number(a.terms["x"])
    if not session.bag.muted:
        # a graph may be expanded many times: a stop is redundant if it cuts nothing in any of them
        session.usage.stops[e.span] = session.usage.stops.get(e.span, True) and not may_carry_gradient(
            x.value, session.families
        )
    return replace(x, value=session.value("stop", (x,), x.type, e.span, context), place=None)


def without_stop(span: Span) -> tuple[Fix, ...]:
    """`stop(x)` as `x`, where it stands on one line."""
    inner = span.text.removeprefix("stop(").removesuffix(")").strip()
    if len(inner) == len(span.text) or "\n" in inner:
        return ()
    alone = isinstance(parse_expression(Source("", inner)), (ast.Name, ast.Attr, ast.Call, ast.Index))
    return (Fix("leave the `stop(...)` out", span, inner if alone else f"({inner})", safe=True),)
