"""What leads from one process or quantity to another: `recast`, and claims by `as`."""

from __future__ import annotations

from ...base.diagnostics import nearest, respelt
from ...base.frozen import replace
from ...program.ops import KIND, ROLE
from ...program.process import QUANTITIES
from ...program.values import RoleRef, Value
from ...syntax import ast
from ...syntax.visitor import dotted
from ...types.coefficients import KINDS, Time
from ...types.describe import type_text
from ...types.quantity import LATENTS, Quantity, noisy
from ...types.types import Latent, Level, Space, TimeType
from ..core.context import Context
from ..core.evaluate import evaluate
from ..core.family_model import FamilyModel
from ..core.matching.quantity_match import Expected, is_noisy_at, require, spaces_fit
from ..core.role_binding import RoleBinding
from ..core.session import Session, unknown_name
from ..core.term import Term, unknown
from .calls.networks.two_times import mean_of
from .calls.networks.without_latents import without_latents
from .times.as_time import as_time


def space_of(session: Session, e: ast.Expr, context: Context) -> tuple[Space, RoleRef | None] | None:
    """The space that `noise[...]`, `clean[...]` name: a role's, or one of the family's own."""
    if context.family is not None and isinstance(context.family.model, FamilyModel):
        space = context.family.model.spaces.get(dotted(e) or "")  # `wan.wan21` is one of another family
        if space is not None:
            return space, context.family.ref
    if isinstance(e, ast.Name):
        if context.family is not None and isinstance(context.family.model, FamilyModel):
            unknown_name(
                session, e.id, e.span, list(context.family.model.spaces), f"`{e.id}` is no space here"
            )
            return None
        role = context.roles.get(e.id)
        if role is not None:
            role.used = True
            return _latents_of(session, role, e)
        lost = context.scope.find(e.id)
        if lost is None or not lost.term.unknown:  # an unknown one is a role with an error of its own
            message = f"`{e.id}` is neither a role nor a space"
            unknown_name(session, e.id, e.span, list(context.roles), message)
        return None
    term = evaluate(session, e, context)
    if isinstance(term.role, RoleBinding):
        return _latents_of(session, term.role, e)
    if not term.unknown:
        session.error("type-mismatch", "a space is named by a role or by its own name", e.span)
    return None


def _latents_of(session: Session, role: RoleBinding, e: ast.Expr) -> tuple[Space, RoleRef | None] | None:
    if not role.denoises:
        without_latents(session, role, e.span)
        return None
    return role.model.space, role.ref


def role_argument(session: Session, e: ast.Call, context: Context) -> RoleBinding | None:
    to = next((a for a in e.args if a.name == "to"), None)
    if to is None:
        session.error("missing-argument", "say whose it becomes: `to = role`", e.span)
        return None
    term = evaluate(session, to.value, context)
    if isinstance(term.role, RoleBinding):
        if not term.role.denoises:
            without_latents(session, term.role, to.span)
            return None
        return term.role
    if not term.unknown:
        session.error("type-mismatch", f"`to` names a role, not {term.type}", to.span)
    return None


def recast(session: Session, e: ast.Call, context: Context) -> Term:
    """`recast(x, t, to = role)`: the same signal-to-noise ratio in another role's process."""
    role = role_argument(session, e, context)
    given = [evaluate(session, a.value, context) for a in e.args if a.name != "to"]
    if role is None or not given or any(g.unknown for g in given):
        return unknown(e.span)
    x = given[0]
    if not isinstance(x.type, Latent) or x.type.quantity is None:
        return session.error("type-mismatch", f"`recast` rescales noisy latents, not {x.type}", x.span)
    q = x.type.quantity
    in_scope = (*q.times(), *context.times.named.values())
    at = as_time(session, given[1], "`recast`", context, ("b", "t")) if len(given) > 1 else None
    if len(given) > 1 and at is None:
        return unknown(e.span)
    for time in (at.time,) if at is not None else in_scope:
        for kind in KINDS:
            if is_noisy_at(q, kind, time, session.top(kind)):
                given += [term] if at is None and (term := _time_in_reach(context, time)) is not None else []
                if len(given) < 2 and kind != role.process.kind:
                    return session.error(
                        "missing-argument",
                        "`recast` needs the time at which these latents are noisy",
                        e.span,
                        help="`recast(x, t, to = role)`",
                    )
                value = session.value(
                    "recast",
                    tuple(given),
                    Latent(x.type.space, role.process.noisy(time)),
                    e.span,
                    context,
                    ROLE(role.ref),
                    KIND(kind),
                )
                return Term(value)
    if at is None:
        return session.error(
            "quantity-mismatch", "`recast` wants latents that are noisy at a known time", x.span
        )
    meant = (k for k in KINDS if any(is_noisy_at(q, k, time, session.top(k)) for time in in_scope))
    kind = next(meant, session.process_kind(context))
    wanted = Expected(x.type.space, noisy(kind, at.time), "`recast`", at.time, given[1].span.text, kind)
    require(x, wanted, session, context)
    return unknown(e.span)


def _time_in_reach(context: Context, time: Time) -> Term | None:
    """A value that is bound to this time."""
    terms = (b.term for _, b in context.scope.bindings())
    return next((t for t in terms if isinstance(t.type, (TimeType, Level)) and t.type.time == time), None)


def _on_the_way(
    session: Session, kind: str, role: RoleBinding | None, time: Time, to: ast.Expr, context: Context
) -> Quantity | None:
    """What `predict[S, t to r]` claims; None after an error."""
    end = as_time(session, evaluate(session, to, context), "`as`", context, ("b", "t"))
    if end is None:
        return None
    mean = (
        mean_of(role.process, QUANTITIES[kind](role.process, time), time, end.time)
        if role is not None
        else None
    )
    if mean is None:
        session.error(
            "type-mismatch",
            f"`{kind}[S, t to r]` is nothing: a prediction of velocities goes from one time to another",
            to.span,
            help="`predict[S, t to r]` or `velocity[S, t to r]` of a flow",
        )
    return mean


def _is_against(session: Session, term: Term, known: Quantity | None, q: Quantity) -> bool:
    """Whether a claim is against what the algebra knows. How much noise is left of noises that depend on each other it does
    not know."""
    if known is None or known == q:
        return False
    form = session.form(term.value)
    return known.a != q.a or form is None or form.dependent is None


def claim(session: Session, e: ast.As, context: Context) -> Term:
    """`expr as clean[S]`: the author's word for what the algebra cannot follow."""
    term = evaluate(session, e.value, context)
    if term.unknown:
        return term
    stated = e.type
    kind = stated.name if isinstance(stated, ast.TypeExpr) else ""
    if not isinstance(stated, ast.TypeExpr) or kind not in LATENTS or len(stated.dims) not in (1, 2):
        near = nearest(kind, LATENTS) if kind not in LATENTS else None
        return session.error(
            "type-mismatch",
            "`as` states a quantity: clean[S], noise[S], noisy[S, t], predict[S, t], velocity[S, t]",
            e.type.span,
            help=f"did you mean `{near}`?" if near else "",
            fixes=respelt(kind, near, e.type.span, closed=True),
        )
    found = space_of(session, stated.dims[0].value, context)
    if found is None:
        return unknown(e.span)
    if not isinstance(term.type, Latent):
        return session.error(
            "type-mismatch", f"`as` states what a latent is, and this is {term.type}", e.span
        )
    space, _ = found
    named = stated.dims[0].value
    role = context.roles.get(named.id) if isinstance(named, ast.Name) else None
    role = role or context.family or session.default_role
    time, quantity = Time("symbol", "claim"), QUANTITIES[kind]
    q: Quantity | None = None
    if len(stated.dims) == 2:
        at = as_time(session, evaluate(session, stated.dims[1].value, context), "`as`", context, ("b", "t"))
        if at is None:
            return unknown(e.span)
        time = at.time
        if stated.dims[1].to is not None:
            q = _on_the_way(session, kind, role, time, stated.dims[1].to, context)
            if q is None:
                return unknown(e.span)
    elif role is None or quantity(role.process, time) != quantity(role.process, Time("symbol", "another")):
        return session.error("missing-argument", f"say at which time: `{kind}[S, t]`", e.type.span)
    assert role is not None
    q = q if q is not None else quantity(role.process, time)
    if not spaces_fit(term.type.space, space) or _is_against(session, term, term.type.quantity, q):
        session.error(
            "asserted-quantity",
            f"this is claimed to be {type_text(Latent(space, q), context.times, session.process_kind(context))}, "
            f"and the algebra says {type_text(term.type, context.times, session.process_kind(context))}",
            e.span,
            "claimed against the algebra",
            help="a claim is for what the algebra cannot follow, a jvp or a learned map: leave it out here",
        )
    session.claims.append(e.span)
    return replace(
        term, value=Value("claim", (term.value,), Latent(space, q), e.span, {}, context.trace), place=None
    )
