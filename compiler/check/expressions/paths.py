"""The path that noisy latents go along with their time: the tangents of a `jvp` along it, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ....stages.table import OPS
from ...base.diagnostics import Label
from ...base.frozen import struct
from ...base.source import Span
from ...program.ops import ROLE, TO, VALUE
from ...program.process import QUANTITIES, Process, path
from ...program.values import Value
from ...types.coefficients import ONE, Coef, Time, read
from ...types.describe import describe, mix
from ...types.quantity import Quantity
from ...types.types import Latent, Level, Scalar, TimeType
from ..core.context import Context
from ..core.session import Differentiated, Session
from ..core.term import Term


def moves_along(v: Value, time: Time) -> bool:
    """Whether a value is this time, or latents that were made noisy at it."""
    if isinstance(v.type, (TimeType, Level)):
        return v.type.time == time
    made = _mixed_from(v)
    return made is not None and moves_along(made.args[2], time)


def _mixed_from(v: Value) -> Value | None:
    """The `noisy(x0, eps, t)` that latents are, whatever stops their gradient; None of others."""
    while v.op == "varied" or OPS[v.op].rule == "stop":
        (v,) = v.args
    return v if v.op == "noisy" else None


def filled_in(
    session: Session, watched: Differentiated, span: Span, context: Context
) -> dict[str, Term] | None:
    """The tangents along the path, by the names of what moves: 1 of the time, and what its mix moves by of each latent. None
    where no latent is known to move with the time, which is reported."""
    found: dict[str, Term] = {}
    for name, argument in watched.bound.items():
        made = _mixed_from(argument.value)
        if made is None:
            one = session.value("const", (), Scalar("int"), span, context, VALUE(1))
            found[name] = Term(one, coef=ONE, constant=1)
            continue
        ref = ROLE.of(made)
        process, t = (
            session.families[ref.name].process if ref.name in session.families else None,
            made.args[2],
        )
        process = process or (session.default_role.process if session.default_role is not None else None)
        assert process is not None and isinstance(made.type, Latent) and isinstance(t.type, (TimeType, Level))
        type_ = Latent(made.type.space, QUANTITIES["path"](process, t.type.time))
        args = tuple(Term(a) for a in made.args)
        found[name] = Term(session.value("path", args, type_, span, context, ROLE(ref)))
    if all(isinstance(t.type, Scalar) for t in found.values()):
        session.error(
            "missing-argument",
            "`along` fills in how `noisy(x0, eps, t)` moves with its time, and nothing here was made so",
            span,
            help="write the tangents of other latents out: `x = dx, t = 1`",
        )
        return None
    return found


@struct
class Moved:
    """What a `jvp` moves in a call of a role's network: its latents `x` at the time `t`, with their tangents, each None where
    it stands still, and whether anything else moves."""

    call: Value
    x: Term
    dx: Term | None
    t: Term
    dt: Term | None
    others: bool

    @property
    def time(self) -> Time:
        assert isinstance(self.t.type, (TimeType, Level))
        return self.t.type.time

    @property
    def rate(self) -> Coef | None:
        """By how much the time moves."""
        return self.dt.coef if self.dt is not None else None


def moved_in(
    call: Value, bound: Mapping[str, Term], names: Sequence[str], tangents: Sequence[Term]
) -> Moved | None:
    """None for what is no call of a role's network."""
    if OPS[call.op].rule != "prediction":
        return None
    x, t = call.args[:2]
    by_value = {id(bound[n].value): (bound[n], d) for n, d in zip(names, tangents) if n in bound}
    dx, dt = by_value.get(id(x)), by_value.get(id(t))
    return Moved(
        call,
        dx[0] if dx is not None else Term(x),
        dx[1] if dx is not None else None,
        dt[0] if dt is not None else Term(t),
        dt[1] if dt is not None else None,
        len(by_value) > (dx is not None) + (dt is not None),
    )


def follows(session: Session, moved: Moved, process: Process, context: Context, span: Span) -> bool:
    """Whether what is moved goes along its path, or moves in latents alone along none; reports if not."""
    if isinstance(moved.x.type, Latent) and moved.x.type.quantity is None:
        return True
    slope = path(process.kind, moved.time)
    if moved.dx is None:
        if moved.dt is None or moved.dt.constant == 0:
            return True
        session.error(
            "time-mismatch",
            f"the time moves here and `{moved.x.span.text}` stands still, so that it is no longer noisy at its time",
            moved.dt.span,
            help="move both: `along = t`, or the tangent of the latents beside that of the time",
        )
        return False
    if not isinstance(moved.dx.type, Latent) or moved.dx.type.quantity is None:
        return _stray(session, moved, slope, context) if moved.dt is not None else True
    q = moved.dx.type.quantity
    if moved.dt is None:
        if q not in (slope, slope.negated()):
            return True
        session.error(
            "time-mismatch",
            "the latents move along their path here and their time stands still",
            moved.dx.span,
            help="move both: add `t = 1`, or write `along = t` alone",
        )
        return False
    if moved.rate is None:
        return True
    wanted = slope.scale(moved.rate)
    if q == wanted and _same_sources(session, moved, wanted):
        return True
    return _stray(session, moved, wanted, context)


def _same_sources(session: Session, moved: Moved, wanted: Quantity) -> bool:
    """Whether a tangent is made of the data and noise of the latents that it moves; what a network says of it is its word."""
    assert moved.dx is not None
    x, dx = session.form(moved.x.value), session.form(moved.dx.value)
    if x is None or dx is None or not all(s.raw for s in (*x.shares, *dx.remaining)):
        return True
    return all(s in x.shares for s in dx.remaining) and dx.clean == wanted.a


def _stray(session: Session, moved: Moved, wanted: Quantity, context: Context) -> bool:
    """Reports a tangent that leads off the path."""
    assert moved.dx is not None
    kind = session.process_kind(context)
    found = moved.dx.type.quantity if isinstance(moved.dx.type, Latent) else None
    is_negative = found is not None and found == wanted.negated()
    have = describe(found, context.times, kind) if found is not None else "a non-linear function of latents"
    if found == wanted:
        have = "made of other data or noise"
    labels = (Label(moved.dt.span, "the time moves by this"),) if moved.dt is not None else ()
    if labels and labels[0].span.line != moved.dx.span.line:
        labels = ()
    session.error(
        "sign-mismatch" if is_negative else "quantity-mismatch",
        f"`{moved.x.span.text}` moves with its time by {mix(wanted, context.times)}, and this is {have}",
        moved.dx.span,
        have,
        labels=labels,
        help="`along = t` fills in both tangents; `dx as velocity[S, t]` claims a tangent that is computed otherwise",
    )
    return False


def derivative(moved: Moved, process: Process) -> Quantity | None:
    """What the derivative along the path is, of a call that goes from one time to another: from (t - r)*u(t, r) = x(t) - x(r)
    follows u + (t - r)*du = dx (Geng et al., "Mean flows for one-step generative modeling", 2025). None of others."""
    to, said = TO.find(moved.call), moved.call.type
    if to is None or moved.others or moved.dx is None or moved.rate is None or not isinstance(said, Latent):
        return None
    end = moved.call.args[to].type
    dx = moved.dx.type.quantity if isinstance(moved.dx.type, Latent) else None
    if dx is None or said.quantity is None or not isinstance(end, (TimeType, Level)):
        return None
    mean = process.on_the_way(moved.time, end.time)
    if said.quantity not in (mean, mean.negated()):
        return None
    slope = dx if said.quantity == mean else dx.negated()
    span = read("sigma", process.kind, moved.time) - read("sigma", process.kind, end.time)
    return (slope - said.quantity.scale(moved.rate)).divide(span)
