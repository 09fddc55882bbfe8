"""What a role's process derives from its denoise stage: `predict`, `x0`, `eps`, `velocity`, `score`, `noisy`, `target`."""

from __future__ import annotations

from .....base.diagnostics import Label
from .....program.ops import ROLE, TO
from .....program.process import QUANTITIES
from .....syntax import ast
from .....types.coefficients import Time
from .....types.quantity import CLEAN, NOISE
from .....types.types import ANY_SPACE, PART, Latent, Level, TimeType
from ....core.context import Context, family_context
from ....core.family_model import StageModel, StageParam
from ....core.matching.quantity_match import Expected, require
from ....core.role_binding import AnyFamily, RoleBinding
from ....core.session import Session
from ....core.term import Term, unknown
from ...times.as_time import as_time
from ...times.asked import is_told, is_within
from ..graph_calls import arguments
from ..stage_calls import fits_noisy, fits_parameter, time_param
from .laid_noise import drawn_parameters
from .two_times import said


def derived(session: Session, role: RoleBinding, name: str, e: ast.Call, context: Context) -> Term:
    """`predict`, `x0`, `eps`, `velocity`, `score` of (x, t, c...)"""
    subject = f"`{called(e, role, name)}`"
    stage: StageModel | None = None
    if isinstance(role.model, AnyFamily):
        bound = _plain_arguments(session, e, _names_of_any(e), subject, context)
        params: tuple[StageParam, ...] = ()
        if (watched := session.differentiated.get(e.span)) is not None:
            watched.open = True
        time_name, first = "t", "x"
    else:
        stage = role.model.stages.get(role.model.denoise)
        if stage is None or role.model.process is None:
            return unknown(e.span)
        params = stage.params
        bound = arguments(
            session,
            stage.declaration.params,
            e,
            context,
            subject,
            family_context(role, context),
            stage.declaration.name.span,
            drawn_parameters(session, role, stage, e.span, context),
        )
        first, time_name = params[0].name, time_param(stage)
    if bound is None:
        return unknown(e.span)
    wanted_axes = next(
        (
            p.declared.type.axes
            for p in params
            if p.name == time_name and isinstance(p.declared.type, TimeType)
        ),
        ("b",) if params else ("b", "t"),  # a family that is not known may take one time a frame
    )
    time = as_time(session, bound[time_name], subject, context, wanted_axes, each=bool(params))
    if time is None:
        return unknown(e.span)
    space = role.model.space
    fits = fits_noisy(session, role, bound[first], time, bound[time_name], subject, context, space)
    for p in params[1:]:
        if p.name != time_name:
            fits = fits_parameter(session, role, p, bound[p.name], subject, context) and fits
    t = bound[time_name]
    if (
        not fits
        or not _served(session, role, t, subject)
        or not is_within(session, role, t, subject)
        or not is_told(session, role, name, time.time, t, subject)
    ):
        return unknown(e.span)
    way = said(session, role, stage, name, time.time, bound, subject, context)
    if way is None:
        return unknown(e.span)
    rest = (n for n in ([p.name for p in params] or bound) if n not in (first, time_name))
    names = (first, time_name, *rest)
    args = tuple(bound[n] for n in names)
    to = TO(names.index(way.end) if way.end else None)
    return Term(session.value(name, args, Latent(space, way.quantity), e.span, context, ROLE(role.ref), to))


def _served(session: Session, role: RoleBinding, t: Term, subject: str) -> bool:
    """Whether an update trains its role at noise levels that the role's trainable experts serve, and at no others."""
    served = role.served
    if served is None or role.name not in session.update.trained or role.average is not None:
        return True
    match t.type:
        case Level(low=low, high=high):
            pass
        case TimeType(time=Time(kind="level", value=value)) if value is not None:
            low = high = float(value)
        case _:
            return True
    if float(served[0]) <= low and high <= float(served[1]):
        return True
    reach = f"{low:g} to {high:g}" if low != high else f"{low:g}"
    session.bag.error(
        "time-mismatch",
        f"{subject} is trained at noise levels {reach}, "
        f"and what it trains serves {float(served[0]):g} to {float(served[1]):g}",
        t.choice or t.span,
        f"noise levels {reach}",
        labels=(Label(t.span, "used here"),) if t.choice is not None else (),
        help=f"draw them inside: `truncated(times, {float(served[0]):g}, {float(served[1]):g})`",
        role=role.name,
    )
    return False


def called(e: ast.Call, role: RoleBinding, name: str) -> str:
    """`student.x0` as it is written, where that is a plain name."""
    text = e.func.span.text
    return text if text.replace(".", "").isidentifier() else f"{role.name}.{name}"


def mixed(session: Session, role: RoleBinding, name: str, e: ast.Call, context: Context) -> Term:
    """`noisy(x0, eps, t)` and `target(x0, eps, t)`"""
    subject = f"`{called(e, role, name)}`"
    bound = _plain_arguments(session, e, ("x0", "eps", "t"), subject, context)
    if bound is None or role.model.process is None:
        return unknown(e.span)
    time = as_time(session, bound["t"], subject, context, ("b", "t"))
    if time is None and not bound["t"].unknown:
        return unknown(e.span)  # arguments in another order are one mistake
    space = role.model.space
    if time is not None and PART in time.axes and not space.factors and space.key != ANY_SPACE:
        session.error(
            "time-shape",
            f"{subject} wants one time for latents of `{space}`, and this is one for each part of others",
            bound["t"].span,
            str(time),
            help="draw another one for it, without `per part`",
        )
        return unknown(e.span)
    fits = True
    for arg, q in (("x0", CLEAN), ("eps", NOISE)):
        wanted = Expected(space, q, f"`{arg}` of {subject}", kind=role.process.kind, role=role.name)
        fits = fits and require(bound[arg], wanted, session, context)
    if time is None or not fits:
        return unknown(e.span)
    q = QUANTITIES[name](role.process, time.time)
    args = (bound["x0"], bound["eps"], bound["t"])
    return Term(session.value(name, args, Latent(space, q), e.span, context, ROLE(role.ref)))


def _names_of_any(e: ast.Call) -> tuple[str, ...]:
    """The parameters of some family's network: x, t and a record, and as many more as the call gives."""
    positional = sum(a.name is None for a in e.args)
    further = [f"further {i}" for i in range(positional - 3)]
    return ("x", "t", *further, "c", *(a.name for a in e.args if a.name not in (None, "x", "t", "c")))


def _plain_arguments(
    session: Session, e: ast.Call, names: tuple[str, ...], subject: str, context: Context
) -> dict[str, Term] | None:
    params = tuple(ast.Param(e.span, ast.Name(e.span, n), None, None) for n in names)
    return arguments(session, params, e, context, subject, context, None)
