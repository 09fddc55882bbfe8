"""`rescale(x, c, share)`: latents with the spread of others, and `product(video = x, audio = y)`: latents of their parts."""

from __future__ import annotations

from ....base.diagnostics import Label
from ....program.ops import NAMES as PARTS
from ....program.ops import OPTIONS
from ....syntax import ast
from ....types.describe import describe
from ....types.types import Latent, Space
from ...core.context import Context
from ...core.evaluate import evaluate
from ...core.matching import quantity_match
from ...core.session import Session
from ...core.term import Term, unknown
from ..arguments import Arguments
from .numbers_of_parts import numbers_of_parts, share_of

NAMES = ("x", "c", "share")


def rescale(session: Session, e: ast.Call, context: Context) -> Term:
    of_parts = tuple(dict.fromkeys(g.name for g in e.args if g.name is not None and g.name not in NAMES))
    a = Arguments(session, e, context, (*NAMES, *of_parts), 2)
    shares = numbers_of_parts(session, a, NAMES, of_parts, e) if of_parts else None
    whole = a.number("share")
    if not a.valid:
        return unknown(e.span)
    if shares is None and whole is None:
        return session.error(
            "missing-argument", "`rescale` needs its `share`", e.span, help="`rescale(x, c, 0.7)`"
        )
    given = shares if shares is not None else {"share": whole}
    for name, term in given.items():
        share_of(session, term, a, context, name)
    x, c = a.terms["x"], a.terms["c"]
    wrong = next((t for t in (x, c) if not isinstance(t.type, Latent)), None)
    if wrong is not None:
        return session.error("type-mismatch", f"`rescale` works on latents, not {wrong.type}", wrong.span)
    assert isinstance(x.type, Latent) and isinstance(c.type, Latent)
    if not quantity_match.spaces_fit(x.type.space, c.type.space):
        return session.error(
            "space-mismatch",
            f"`rescale` gives a latent of `{x.type.space}` the spread of one of `{c.type.space}`",
            e.span,
        )
    p, r = x.type.quantity, c.type.quantity
    if p is not None and r is not None and p != r:
        quantity_match.compare(session, "`rescale` compares the spread of", c, x, context)
        return unknown(e.span)
    if not a.valid:
        return unknown(e.span)
    numbers = [t for t in given.values() if t is not None]
    options = OPTIONS(tuple(given))
    return Term(session.value("rescale", (x, c, *numbers), x.type, e.span, context, options))


def product(session: Session, e: ast.Call, context: Context) -> Term:
    """Each argument is a part by its name; all of them are one quantity."""
    parts: dict[str, Term] = {}
    for arg in e.args:
        if arg.name is None or arg.name in parts:
            return session.error(
                "missing-argument" if arg.name is None else "duplicate-name",
                "`product` is given its parts by their names, each once",
                arg.span,
                help="`product(video = x, audio = y)`",
            )
        parts[arg.name] = evaluate(session, arg.value, context)
    if any(t.unknown for t in parts.values()):
        return unknown(e.span)
    if len(parts) < 2:
        return session.error(
            "missing-argument",
            "`product` is given two parts or more",
            e.span,
            help="`product(video = x, audio = y)`",
        )
    first, *others = parts.values()
    factors = []
    for name, term in parts.items():
        if not isinstance(term.type, Latent) or term.type.space.factors:
            return session.error(
                "type-mismatch",
                f"`{name}` of `product` is a latent of one tensor, not {term.type}",
                term.span,
            )
        factors.append((name, term.type.space))
    assert isinstance(first.type, Latent)
    for term in others:
        assert isinstance(term.type, Latent)
        p, r = first.type.quantity, term.type.quantity
        if p is not None and r is not None and p != r:
            kind = session.process_kind(context)
            one, other = (describe(q, context.times, kind) for q in (p, r))
            return session.error(
                "quantity-mismatch",
                f"`product` puts parts together that are one thing, and these are {one} and {other}",
                term.span,
                other,
                labels=(Label(first.span, one),),
            )
    written = " * ".join(str(s) for _, s in factors)
    sizes = next((s.sizes for _, s in factors if s.sizes), ())
    key = " * ".join(s.key for _, s in factors)
    space = Space(key, written, factors=tuple(factors), sizes=sizes)
    type_ = Latent(space, first.type.quantity)
    return Term(session.value("product", tuple(parts.values()), type_, e.span, context, PARTS(tuple(parts))))
