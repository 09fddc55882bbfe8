"""What leads from one space, process or quantity to another: `recast`, `bridge`, `jvp`, and claims by `as`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...base.diagnostics import nearest, respelt
from ...base.frozen import replace
from ...program.process import DERIVED
from ...program.values import RoleRef, Value
from ...syntax import ast
from ...types.describe import told
from ...types.quantity import CLEAN, KINDS, NOISE, Time, noisy
from ...types.types import Latent, Space
from ..core.context import Frame
from ..core.family_model import FamilyModel
from ..core.quantity_match import Expected, is_noisy_at, require, spaces_fit
from ..core.role_binding import RoleBinding
from ..core.term import Term, unknown

if TYPE_CHECKING:
    from ..elaborator import Elaborator


def space_of(el: Elaborator, e: ast.Expr, frame: Frame) -> tuple[Space, RoleRef | None] | None:
    """The space that `noise[...]`, `clean[...]` name: a role's, or one of the family's own."""
    if isinstance(e, ast.Name):
        if frame.family is not None and isinstance(frame.family.model, FamilyModel):
            space = frame.family.model.spaces.get(e.id)
            if space is not None:
                return space, frame.family.ref
            el.unknown_name(e.id, e.span, list(frame.family.model.spaces), f"`{e.id}` is no space here")
            return None
        role = frame.roles.get(e.id)
        if role is not None:
            role.used = True
            return role.model.space, role.ref
        el.unknown_name(e.id, e.span, list(frame.roles), f"`{e.id}` is neither a role nor a space")
        return None
    term = el.expression(e, frame)
    if isinstance(term.role, RoleBinding):
        return term.role.model.space, term.role.ref
    if not term.unknown:
        el.error("type-mismatch", "a space is named by a role or by its own name", e.span)
    return None


def _role_argument(el: Elaborator, e: ast.Call, frame: Frame) -> RoleBinding | None:
    to = next((a for a in e.args if a.name == "to"), None)
    if to is None:
        el.error("missing-argument", "say whose it becomes: `to = role`", e.span)
        return None
    term = el.expression(to.value, frame)
    if isinstance(term.role, RoleBinding):
        return term.role
    if not term.unknown:
        el.error("type-mismatch", f"`to` names a role, not {term.type}", to.span)
    return None


def recast(el: Elaborator, e: ast.Call, frame: Frame) -> Term:
    """`recast(x, t, to = role)`: the same signal-to-noise ratio in another role's process."""
    role = _role_argument(el, e, frame)
    given = [el.expression(a.value, frame) for a in e.args if a.name != "to"]
    if role is None or not given or any(g.unknown for g in given):
        return unknown(e.span)
    x = given[0]
    if not isinstance(x.type, Latent) or x.type.quantity is None:
        return el.error("type-mismatch", f"`recast` rescales noisy latents, not {x.type}", x.span)
    q = x.type.quantity
    in_scope = (*q.times(), *el.times(frame).named.values())
    at = el.as_time(given[1], "`recast`", frame, ("b", "t")) if len(given) > 1 else None
    if len(given) > 1 and at is None:
        return unknown(e.span)
    for time in (at.time,) if at is not None else in_scope:
        for kind in KINDS:
            if is_noisy_at(q, kind, time):
                value = el.value(
                    "recast",
                    tuple(given),
                    Latent(x.type.space, role.process.noisy(time)),
                    e.span,
                    frame,
                    role=role.ref,
                    kind=kind,
                )
                return Term(value)
    if at is None:
        return el.error("quantity-mismatch", "`recast` wants latents that are noisy at a known time", x.span)
    meant = (k for k in KINDS if any(is_noisy_at(q, k, time) for time in in_scope))
    kind = next(meant, el.kind_in(frame))
    wanted = Expected(x.type.space, noisy(kind, at.time), "`recast`", at.time, given[1].span.text, kind)
    require(x, wanted, el.bag, el.times(frame))
    return unknown(e.span)


def bridge(el: Elaborator, e: ast.Call, frame: Frame) -> Term:
    """`bridge(x0, to = role)`: decode, resize if asked, encode."""
    role = _role_argument(el, e, frame)
    given = [el.expression(a.value, frame) for a in e.args if a.name != "to"]
    if role is None or not given or given[0].unknown:
        return unknown(e.span)
    x = given[0]
    if not isinstance(x.type, Latent) or x.type.quantity != CLEAN:
        return el.error("quantity-mismatch", "`bridge` carries clean latents from space to space", x.span)
    return Term(el.value("bridge", (x,), Latent(role.model.space, CLEAN), e.span, frame, role=role.ref))


def jvp(el: Elaborator, e: ast.Call, frame: Frame) -> Term:
    """`jvp(f(x, t), x = dx, t = dt)`: the derivative of a call along tangents. It has no quantity of its own."""
    if not e.args or not isinstance(e.args[0].value, ast.Call):
        return el.error(
            "type-mismatch", "`jvp` differentiates a call: `jvp(f(x, t), x = dx, t = dt)`", e.span
        )
    inner = el.expression(e.args[0].value, frame)
    tangents = [el.expression(a.value, frame) for a in e.args[1:]]
    if not tangents:
        return el.error("missing-argument", "`jvp` needs a tangent: `x = dx`", e.span)
    if inner.unknown:
        return unknown(e.span)
    type_ = Latent(inner.type.space, None) if isinstance(inner.type, Latent) else inner.type
    names = tuple(a.name for a in e.args[1:])
    return Term(el.value("jvp", (inner, *tangents), type_, e.span, frame, tangents=names))


QUANTITIES = ("clean", "noise", "noisy", "predict", "eps", "velocity", "score")


def claim(el: Elaborator, e: ast.As, term: Term, frame: Frame) -> Term:
    """`expr as clean[S]`: the author's word for what the algebra cannot follow."""
    if term.unknown:
        return term
    stated = e.type
    kind = stated.name if isinstance(stated, ast.TypeExpr) else ""
    if not isinstance(stated, ast.TypeExpr) or kind not in QUANTITIES or len(stated.dims) not in (1, 2):
        near = nearest(kind, QUANTITIES) if kind not in QUANTITIES else None
        return el.error(
            "type-mismatch",
            "`as` states a quantity: clean[S], noise[S], noisy[S, t], predict[S, t], velocity[S, t]",
            e.type.span,
            help=f"did you mean `{near}`?" if near else "",
            fixes=respelt(kind, near, e.type.span, closed=True),
        )
    found = space_of(el, stated.dims[0].value, frame)
    if found is None:
        return unknown(e.span)
    if not isinstance(term.type, Latent):
        return el.error("type-mismatch", f"`as` states what a latent is, and this is {term.type}", e.span)
    space, _ = found
    named = stated.dims[0].value
    role = frame.roles.get(named.id) if isinstance(named, ast.Name) else None
    role = role or frame.family or el.default_role
    time = Time("symbol", "claim")
    if len(stated.dims) == 2:
        at = el.as_time(el.expression(stated.dims[1].value, frame), "`as`", frame, ("b", "t"))
        if at is None:
            return unknown(e.span)
        time = at.time
    elif kind not in ("clean", "noise", "eps") and not (
        kind in ("velocity", "predict") and role is not None and role.process.kind == "flow"
    ):
        return el.error("missing-argument", f"say at which time: `{kind}[S, t]`", e.type.span)
    assert role is not None
    plain = {"clean": CLEAN, "noise": NOISE}.get(kind)
    if plain is not None:
        q = plain
    elif kind == "noisy":
        q = role.process.noisy(time)
    else:
        q = DERIVED[kind](role.process, time)
    known = term.type.quantity
    if known is not None and (known != q or not spaces_fit(term.type.space, space)):
        el.error(
            "asserted-quantity",
            f"this is claimed to be {told(Latent(space, q), el.times(frame), el.kind_in(frame))}, "
            f"and the algebra says {told(term.type, el.times(frame), el.kind_in(frame))}",
            e.span,
            "claimed against the algebra",
            help="a claim is for what the algebra cannot follow, a jvp or a learned map: leave it out here",
        )
    el.claims.append(e.span)
    return replace(
        term, value=Value("claim", (term.value,), Latent(space, q), e.span, {}, frame.trace), place=None
    )
