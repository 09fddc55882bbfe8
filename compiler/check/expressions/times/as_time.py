"""Times where one is wanted: a number is refused, and so are more axes than the place takes."""

from __future__ import annotations

from ....base.diagnostics import Label
from ....types.types import Level, Scalar, TimeType
from ...core.session import Session
from ...core.term import Term


def as_time(session: Session, term: Term, subject: str, axes: tuple[str, ...] = ("b",)) -> TimeType | None:
    """The time that a term is, over some of `axes`; None after an error. `subject` begins the message."""
    if term.unknown:
        return None
    if isinstance(term.type, Level):
        found = TimeType(term.type.time, term.type.axes)
    elif isinstance(term.type, TimeType):
        found = term.type
    else:
        _not_a_time(session, term, subject)
        return None
    extra = [a for a in found.axes if a not in axes]
    if extra:
        session.error(
            "time-shape",
            f"{subject} wants {TimeType(found.time, axes)}, and this is {found}",
            term.span,
            str(found),
            help="draw it without `per frame`, or use a family whose network takes a time per frame",
        )
        return None
    return found


def _not_a_time(session: Session, term: Term, subject: str) -> None:
    is_number = isinstance(term.type, Scalar) and term.type.kind in ("int", "float")
    if not session.reported.first("not-a-time", term.value.span.source.path, str(term.value.span.start)):
        return
    shown = term.span.text
    session.error(
        "not-a-time",
        f"{subject} wants a time, and this is {'a number' if is_number else term.type}",
        term.choice or term.span,
        "a number" if is_number else str(term.type),
        labels=(Label(term.span, "used as a time here"),) if term.choice else (),
        help=f"ticks and noise levels are said to be so: `ticks([{shown}])[0]` or `sigmas([{shown}])[0]`"
        if is_number and len(shown) < 20
        else "",
    )
