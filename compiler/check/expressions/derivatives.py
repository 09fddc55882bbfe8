"""`jvp(f(x, t), x = dx, t = dt)`: the derivative of a call along the tangents of its arguments."""

from __future__ import annotations

from ...base.diagnostics import Label, nearest, respelt
from ...base.frozen import replace
from ...program.ops import PROCESS_OF, ROLE, TANGENTS
from ...program.process import Process
from ...program.values import RoleRef, Value
from ...syntax import ast
from ...types.describe import noun
from ...types.types import Latent, Level, Scalar, Tensor, TimeType, Type
from ..core.context import Context
from ..core.evaluate import evaluate
from ..core.matching.quantity_match import spaces_fit
from ..core.session import Differentiated, Session
from ..core.term import Term, unknown
from . import paths
from .operators import as_number
from .times.as_time import as_time


def jvp(session: Session, e: ast.Call, context: Context) -> Term:
    """It has no quantity of its own. A time's tangent is a change of its noise level, of a trigonometric process's angle."""
    call = e.args[0].value if e.args and e.args[0].name is None else None
    if not isinstance(call, ast.Call):
        return session.error(
            "type-mismatch", "`jvp` differentiates a call: `jvp(f(x, t), x = dx, t = dt)`", e.span
        )
    given = e.args[1:]
    names = tuple(a.name or "" for a in given)
    if "along" in names:
        return _along(session, e, call, context)
    watched = session.differentiated[call.span] = Differentiated(frozenset(names))
    inner = evaluate(session, call, context)
    del session.differentiated[call.span]
    tangents = [as_number(evaluate(session, a.value, context)) for a in given]
    if not given or "" in names:
        place = next((a.span for a in given if a.name is None), e.span)
        return session.error("missing-argument", "a tangent names what it moves: `x = dx`", place)
    if inner.unknown or any(t.unknown for t in tangents):
        return unknown(e.span)
    if not _is_call(session, watched, call):
        return unknown(e.span)
    fits = all(
        _fits(session, watched, a, t, call, names.index(a.name or "") == k)
        for k, (a, t) in enumerate(zip(given, tangents))
    )
    if not fits:
        return unknown(e.span)
    return _derived(session, e, inner, watched, names, tangents, context)


def _is_call(session: Session, watched: Differentiated, call: ast.Call) -> bool:
    """Whether what is differentiated is a call with parameters to move; reports if not."""
    if watched.parameters is not None:
        return True
    session.error(
        "type-mismatch",
        "`jvp` differentiates a call of a graph, a stage or a role's prediction",
        call.span,
        help="put what is to be differentiated into a graph: `graph f(x, t) { return ... }`",
    )
    return False


def _along(session: Session, e: ast.Call, call: ast.Call, context: Context) -> Term:
    """`jvp(f(x, t), along = t)`: what was made noisy at `t` moves with it."""
    extra = next((a for a in e.args[1:] if a.name != "along"), None)
    if extra is not None:
        message = "`along` fills in all tangents: nothing stands beside it"
        return session.error(
            "unknown-parameter", message, extra.span, help="`x = dx, t = dt` writes them out"
        )
    term = evaluate(session, e.args[1].value, context)
    time = as_time(session, term, "`along`", context, ("b", "t"))
    if time is None:
        return unknown(e.span)
    watched = session.differentiated[call.span] = Differentiated(frozenset(), time.time)
    inner = evaluate(session, call, context)
    del session.differentiated[call.span]
    if inner.unknown:
        return unknown(e.span)
    if not _is_call(session, watched, call):
        return unknown(e.span)
    tangents = paths.filled_in(session, watched, e.args[1].span, context)
    if tangents is None:
        return unknown(e.span)
    return _derived(session, e, inner, watched, tuple(tangents), list(tangents.values()), context)


def _derived(
    session: Session,
    e: ast.Call,
    inner: Term,
    watched: Differentiated,
    names: tuple[str, ...],
    tangents: list[Term],
    context: Context,
) -> Term:
    """The derivative, of a call of a network along its path."""
    type_ = _result(inner.type)
    if type_ is None:
        return session.error(
            "type-mismatch",
            f"`jvp` gives the derivative of latents, tensors and numbers, and this call gives {noun(inner.type)}",
            inner.span,
        )
    along = paths.moved_in(inner.value, watched.bound, names, tangents)
    process = _process_of(session, inner.value)
    if along is not None and process is not None:
        if not paths.follows(session, along, process, context, e.span):
            return unknown(e.span)
        if isinstance(type_, Latent):
            type_ = Latent(type_.space, paths.derivative(along, process))
    moved = tuple(watched.bound[n] for n in names if n in watched.bound)
    ref = ROLE.find(inner.value) or (session.default_role.ref if session.default_role is not None else None)
    attributes = TANGENTS(names), PROCESS_OF(ref if isinstance(ref, RoleRef) else None)
    return Term(session.value("jvp", (inner, *moved, *tangents), type_, e.span, context, *attributes))


def _process_of(session: Session, call: Value) -> Process | None:
    ref = ROLE.find(call)
    family = session.families.get(ref.name) if ref is not None else None
    role = session.default_role
    return family.process if family is not None else role.model.process if role is not None else None


def _fits(
    session: Session, watched: Differentiated, a: ast.Arg, tangent: Term, call: ast.Call, first: bool
) -> bool:
    """Whether a tangent is one of a parameter that the call has, and of its argument's kind."""
    name, known = a.name or "", watched.parameters or ()
    if not first:
        session.error("duplicate-name", f"`{name}` has two tangents", a.span, help="keep one of the two")
        return False
    if name not in watched.bound:
        if watched.open:
            return True
        near = nearest(name, known)
        session.error(
            "unknown-parameter",
            f"`{call.func.span.text}` has no parameter `{name}`",
            a.span,
            help=f"did you mean `{near}`?" if near else f"it has {', '.join(known)}",
            fixes=respelt(name, near, a.span),
        )
        return False
    argument = watched.bound[name]
    if not argument.unknown and not _moves(argument.type, tangent.type):
        session.error(
            "type-mismatch",
            f"this is to move `{name}`, which is {noun(argument.type)}, and it is {noun(tangent.type)}",
            tangent.span,
            str(tangent.type),
            labels=(Label(argument.span, str(argument.type)),),
            help="a time moves by a number, a latent by a latent of its space"
            if isinstance(argument.type, (Latent, TimeType, Level))
            else "",
        )
        return False
    return True


def _moves(argument: Type, tangent: Type) -> bool:
    match argument, tangent:
        case Latent(space=space), Latent(space=other):
            return spaces_fit(other, space)
        case Tensor(dims=dims, kind=kind), Tensor(dims=others, kind=kind_):
            return dims == others and kind == kind_ and kind not in ("i64", "mask")
        case TimeType() | Level() | Scalar(kind="float"), Scalar(kind="int" | "float"):
            return True
        case _:
            return False


def _result(type: Type) -> Type | None:
    match type:
        case Latent(space=space):
            return Latent(space, None)
        case Tensor(kind=kind) if kind not in ("i64", "mask"):
            return replace(type, kind="f32")
        case Scalar(kind="float"):
            return type
        case _:
            return None
