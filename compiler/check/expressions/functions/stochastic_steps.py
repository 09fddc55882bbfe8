"""`perturb`, `sde_step`, `log_prob`: what is inexact by intent, typed as what it is meant to be.

Each is written out in FDL and typed as if its user had written that in its place, so that it runs and has its gradient
like any other expression.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import cast

from ....base.diagnostics import Label
from ....base.frozen import replace
from ....base.source import Source, Span
from ....program.ops import PROCESS_OF, SCOPE, SPACE
from ....program.process import velocity
from ....program.values import Value
from ....syntax import ast
from ....syntax.parser import parse_expression
from ....types.coefficients import read
from ....types.forms import Form
from ....types.quantity import NOISE, Quantity, noisy
from ....types.types import Distribution, Latent, Scalar, Space, Tuple
from ...core.context import Context
from ...core.evaluate import evaluate
from ...core.latents.form_rules import opaque_form
from ...core.lexical_scope import Binding, LexicalScope
from ...core.matching.quantity_match import Expected, article, require, spaces_fit
from ...core.session import Session
from ...core.term import Term, unknown
from ..arguments import Arguments
from ..attributes import process_here
from ..times import draws
from ..times.as_time import as_time
from .numbers_for import has_numbers_for

LEFT = "select(t.sigma >= 1, 1 - next.sigma, 1 - t.sigma)"
"""1 - t; at the top, where that is 0, of the level below: as the authors' code has it."""

DEVIATION = f"eta*sqrt(t.sigma/{LEFT}*(t.sigma - next.sigma))"
MEAN = f"x + (next.sigma - t.sigma)*(v + eta*eta/(2*{LEFT})*(x + (1 - t.sigma)*v))"
"""One step of Euler and Maruyama along the SDE that has a flow's marginals, with the noise eta*sqrt(t/(1 - t)): its mean
and standard deviation (Liu et al., 2025, Flow-GRPO, eq. 9)."""

LOG_PROB = "-mean(square(y - mu), per = sample)/(2*std*std) - log(std) - 0.9189385332046727"
"""The logarithm of a normal density, in the mean over the elements of a sample. The number is log(2*pi)/2."""


def perturb(session: Session, e: ast.Call, context: Context) -> Term:
    """`perturb(eps, amount)`: noise with some more on top, which counts as the noise that it is (Ning et al., 2023); with
    `per = channel` one number for each channel of each sample (offset noise, Guttenberg, 2023)."""
    a = Arguments(session, e, context, ("eps", "amount", "per"), 2)
    amount, per = a.number("amount"), a.word("per", ("channel",))
    if not a.valid or amount is None:
        return unknown(e.span)
    eps = a.terms["eps"]
    wanted = Expected(_space(eps), NOISE, "`eps` of `perturb`")
    if not require(eps, wanted, session, context):
        return unknown(e.span)
    if not has_numbers_for(session, eps, per):
        return unknown(e.span)
    assert isinstance(eps.type, Latent)
    z = _drawn(session, e, context, eps.type.space, "perturbation")
    if per is not None:
        z = Term(replace(z.value, attrs={**z.value.attrs, **dict([SCOPE(per)])}))
    sum_ = _written(session, e, context, "eps + amount*z", {"eps": eps, "amount": amount, "z": z})
    made = _stated(session, sum_.value, eps.type.space, NOISE, e, context)
    form = session.form(eps.value)
    if form is not None:
        extra = session.latents.source("declared", False, frozenset(), made)
        session.latents.put(made, form + Form({extra: session.latents.coefficient(amount.value)}))
    return Term(made)


def sde_step(session: Session, e: ast.Call, context: Context) -> Term:
    """`(y, mean, std) = sde_step(x, v, t, next, eta)`: latents at the next level, drawn around the mean of a step."""
    a = Arguments(session, e, context, ("x", "v", "t", "next", "eta"), 5)
    eta = a.number("eta")
    if not a.valid or eta is None:
        return unknown(e.span)
    x, v = a.terms["x"], a.terms["v"]
    times = [as_time(session, a.terms[n], f"`{n}` of `sde_step`", context) for n in ("t", "next")]
    process = process_here(session, context)
    if process is not None and process.kind != "flow":
        return session.error(
            "process-mismatch",
            f"`sde_step` is a step of a flow, and `{process.name}` is a {process.kind} process",
            e.span,
            help="write the step out, and state what it lands on: `... as noisy[S, next]`",
        )
    t, after = times
    if t is None or after is None:
        return unknown(e.span)
    space = _space(x)
    name = a.terms["t"].span.text
    at_t = Expected(space, noisy("flow", t.time), "`x` of `sde_step`", t.time, name)
    slope = Expected(space, velocity("flow", t.time), "`v` of `sde_step`")
    if not require(x, at_t, session, context) or not require(v, slope, session, context):
        return unknown(e.span)
    assert isinstance(x.type, Latent)
    if (read("sigma", "flow", after.time) - read("sigma", "flow", t.time)).sign == 1:
        return session.error(
            "time-mismatch",
            f"`sde_step` leads to a cleaner level, and `{a.terms['next'].span.text}` is noisier than `{name}`",
            a.terms["next"].span,
            "noisier than where it starts",
            help="`t` comes before `next`, as the two of `grid(n)`",
        )
    names = {"x": x, "v": v, "t": a.terms["t"], "next": a.terms["next"], "eta": eta}
    mean, std = (_written(session, e, context, text, names) for text in (MEAN, DEVIATION))
    z = _drawn(session, e, context, x.type.space, "step")
    sum_ = _written(session, e, context, "mean + std*z", {"mean": mean, "std": std, "z": z})
    q = noisy("flow", after.time)
    y = _stated(session, sum_.value, x.type.space, q, e, context)
    form = session.form(mean.value)
    if form is not None:  # the draw of the step itself is none that a target could be blamed for
        session.latents.put(y, opaque_form(session.latents, y, q, form.ancestors, form.roles))
    items = (Term(y), mean, std)
    type_ = Tuple(tuple(i.type for i in items))
    return Term(session.value("tuple", items, type_, e.span, context), items=items)


def log_prob(session: Session, e: ast.Call, context: Context) -> Term:
    """`log_prob(y, mean, std)` of latents that were drawn around a mean: one number for each sample."""
    a = Arguments(session, e, context, ("y", "mean", "std"), 3)
    std = a.number("std")
    if not a.valid or std is None:
        return unknown(e.span)
    y, mu = a.terms["y"], a.terms["mean"]
    for name, term in (("y", y), ("mean", mu)):
        if not isinstance(term.type, Latent) or term.type.quantity is None:
            mixed = isinstance(term.type, Latent)
            what = "a non-linear function of latents" if mixed else article(str(term.type))
            return session.error(
                "type-mismatch",
                f"`{name}` of `log_prob` is a mix of data and noise, and this is {what}",
                term.span,
            )
    if not spaces_fit(_space(mu), _space(y)):
        return session.error(
            "space-mismatch",
            f"`log_prob` compares a latent of `{_space(y)}` with one of `{_space(mu)}`",
            mu.span,
        )
    _holds_as_much(session, y, mu)
    return _written(session, e, context, LOG_PROB, {"y": y, "mu": mu, "std": std})


def _holds_as_much(session: Session, y: Term, mu: Term) -> None:
    """What is drawn around a mean holds as much data as the mean does; the noise that is drawn holds none."""
    drawn, mean = (t.type.quantity for t in (y, mu) if isinstance(t.type, Latent))
    if drawn is not None and mean is not None and drawn.a != mean.a:
        session.error(
            "quantity-mismatch",
            "`mean` of `log_prob` holds another share of data than `y`, which is drawn around it",
            mu.span,
            labels=(Label(y.span, "drawn around another mean"),),
            help="the mean of a step is the step without the noise that it adds",
            mild=True,
        )


def _space(term: Term) -> Space:
    return term.type.space if isinstance(term.type, Latent) else Space("", "latents")


def _drawn(session: Session, e: ast.Call, context: Context, space: Space, name: str) -> Term:
    """Noise of a stream of its own."""
    role = session.default_role
    made = session.value(
        "noise",
        (),
        Distribution("noise", space=space),
        e.span,
        context,
        SPACE(space),
        PROCESS_OF(role.ref if role is not None else None),
    )
    scope = LexicalScope({"normal": Binding(Term(made), None, used=True)}, context.scope)
    statement = ast.Draw(e.span, ast.Name(e.span, name), ast.Name(e.span, "normal"), None, None)
    return draws.draw(session, statement, replace(context, scope=scope))


def _stated(session: Session, v: Value, space: Space, q: Quantity, e: ast.Call, context: Context) -> Value:
    return Value("claim", (v,), Latent(space, q), e.span, {}, context.trace)


def _written(session: Session, e: ast.Call, context: Context, text: str, names: Mapping[str, Term]) -> Term:
    """An expression over these names, as if it stood in the place of the call."""
    scope = LexicalScope({n: Binding(t, None, used=True) for n, t in names.items()})
    notes, session.notes = session.notes, None
    term = evaluate(
        session,
        _placed(_parsed(text), e.span),
        replace(context, scope=scope, graphs={}, roles={}, shared=None),
    )
    session.notes = notes
    assert term.unknown or isinstance(term.type, (Latent, Scalar))
    return term


@lru_cache(16)
def _parsed(text: str) -> ast.Expr:
    return cast(ast.Expr, parse_expression(Source("", text)))


def _placed(node: ast.Expr, span: Span) -> ast.Expr:
    """The same expression, all of it at one place."""
    return cast(ast.Expr, _moved(node, span))


def _moved(x: object, span: Span) -> object:
    match x:
        case ast.Syntax():
            given = {n: _moved(getattr(x, n), span) for n in x.__match_args__}
            return replace(x, **given)
        case tuple():
            return tuple(_moved(i, span) for i in x)
        case Span():
            return span
        case _:
            return x
