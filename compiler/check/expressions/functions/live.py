"""`live(x)`: gradient that flows into a target is meant."""

from __future__ import annotations

from ....base.frozen import replace
from ....syntax import ast
from ....types.types import Latent
from ...core.context import Context
from ...core.session import Session
from ...core.term import Term, unknown
from ..arguments import Arguments


def live(session: Session, e: ast.Call, context: Context) -> Term:
    a = Arguments(session, e, context, ("x",), 1)
    if not a.valid:
        return unknown(e.span)
    x = a.terms["x"]
    if x.unknown:
        return x
    if not isinstance(x.type, Latent):
        return session.error("type-mismatch", f"`live` is said of latents, not of {x.type}", e.args[0].span)
    return replace(x, value=session.value("live", (x,), x.type, e.span, context), place=None)
