"""Times where one is wanted: a number is refused, and so are other axes than the place takes."""

from __future__ import annotations

from ....base.diagnostics import Fix, Label
from ....program.values import Value
from ....types.types import PART, Distribution, Level, Scalar, TimeType
from ...core.context import Context
from ...core.session import Session
from ...core.term import Term
from . import levels
from .ranges import Ranges


def as_time(
    session: Session,
    term: Term,
    subject: str,
    context: Context,
    axes: tuple[str, ...] = ("b",),
    *,
    each: bool = False,
) -> TimeType | None:
    """The time that a term is, over some of `axes`; None after an error. `subject` begins the message.

    With `each`, a time for each sample is none for each of its frames, where the place takes those.
    """
    if term.unknown:
        return None
    if isinstance(term.type, Level):
        found = TimeType(term.type.time, term.type.axes)
    elif isinstance(term.type, TimeType):
        found = term.type
    else:
        not_a_time(session, term, f"{subject} wants a time", context)
        return None
    # where each frame may have a time, so may each part of a product
    extra = [a for a in found.axes if a not in axes and (a != PART or "t" not in axes)]
    apart = each and found.axes and found.axes != axes and set(axes) - set(found.axes) != {PART}
    if extra or apart:
        help = "draw it without `per frame`, or use a family whose network takes a time per frame"
        if not extra:
            help = "draw one for each frame: `~ ... per frame`, or `per chunk(n)` for n frames of one level"
        if extra == [PART]:
            help = "draw it without `per part`, or use a family whose network takes `time[b, part]`"
        session.error(
            "time-shape",
            f"{subject} wants {TimeType(found.time, axes)}, and this is {found}",
            term.span,
            str(found),
            help=help,
        )
        return None
    return found


def not_a_time(session: Session, term: Term, wanted: str, context: Context) -> None:
    """Reports a value that is no time, once, with what would make one of it. `wanted` begins the message."""
    v = term.value
    if not session.reported.first("not-a-time", v.span.source.path, str(v.span.start)):
        return
    is_number = isinstance(term.type, Scalar) and term.type.kind in ("int", "float")
    if v.op == "draw" and is_number:
        _report_draw(session, term, wanted, v.args[0])
        return
    help = ""
    fixes: tuple[Fix, ...] = ()
    shown = term.span.text
    if is_number and v.op == "const" and len(shown) < 20:
        help = f"ticks and noise levels are said to be so: `ticks([{shown}])[0]` or `sigmas([{shown}])[0]`"
    elif is_number:
        inside = levels.is_unit(Ranges(session, session.process_kind(context)).of(v))
        plain = shown.isprintable() and len(shown) < 60
        made = (
            f"level({shown if plain else 'x'})"
            if inside
            else f"level(clamp({shown if plain else 'x'}, 0, 1))"
        )
        help = f"`{made}` makes a time of a number" + ("" if inside else " that may leave [0, 1]")
        fixes = (Fix(f"write `{made}`", term.span, made),) if plain and term.choice is None else ()
    session.error(
        "not-a-time",
        f"{wanted}, and this is {'a number' if is_number else term.type}",
        term.choice or term.span,
        "a number" if is_number else str(term.type),
        labels=(Label(term.span, "used as a time here"),) if term.choice else (),
        help=help,
        fixes=fixes,
    )


def _report_draw(session: Session, term: Term, wanted: str, source: Value) -> None:
    """A draw from a distribution that reaches beyond the noise levels: the place is where that was chosen."""
    distribution = source.type
    assert isinstance(distribution, Distribution)
    place = term.choice or source.span
    session.error(
        "not-a-time",
        f"{wanted}, and this is {_drawn(distribution)}",
        place,
        labels=(Label(term.span, "used as a time here"),) if term.span.line != place.line else (),
        help=f"levels run from 0 to 1: {levels.meant(distribution)}",
    )


def _drawn(d: Distribution) -> str:
    if d.of == "int":
        return "a whole number that is drawn"
    bounded = abs(d.low) + abs(d.high) < float("inf")
    return f"drawn from {d.low:g} to {d.high:g}" if bounded else "drawn from all numbers"
