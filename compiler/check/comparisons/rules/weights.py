"""Weights of losses: below 0, or read off a time that nothing here is asked at."""

from __future__ import annotations

from .....stages.table import TIME_PARTS
from ....base.diagnostics import Label
from ....program.values import Value, every_value
from ....types.coefficients import Coef, Time
from ....types.forms import Form
from ....types.types import Level
from ...core.session import Session
from ..comparison import Comparison
from ..wording import shown


def check_sign(session: Session, c: Comparison) -> None:
    """A weight that is known to be negative turns a loss around: it drives both sides apart."""
    if c.weight is None or c.weight_value is None or c.weight.sign != -1 or c.sign != -1:
        return
    place = c.weight_value.span
    session.error(
        "bad-setting",
        f"the weight {shown(place)} is below 0: this loss would drive its sides apart",
        place,
        "below 0",
        help="a weight is positive; to drive two values apart on purpose, subtract the loss",
    )


def check_times(session: Session, c: Comparison) -> None:
    """A weight reads the time of what it weighs."""
    if c.weight is None or c.weight_value is None:
        return
    read = {t for t in c.weight.times() if t.kind != "level"} - _as_numbers(c.weight_value)
    lie = times_of(session, c.left.form) | times_of(session, c.right.form)
    other = sorted((t for t in read if not any(related(t, u) for u in lie)), key=lambda t: t.identity)
    if not other or not lie:
        return
    place = c.weight_value.span
    session.error(
        "time-mismatch",
        f"the weight {shown(place)} reads a time that neither side of this loss has to do with",
        place,
        "of another time",
        labels=(Label(c.prediction.span, "what it weighs"),),
        help="read the time at which the network is asked",
    )


def _as_numbers(weight: Value) -> set[Time]:
    """Draws that a weight reads as numbers alone, and not by their sigma: `select(k < 0.1, 0.5, 1)`, with its own `k`."""
    numbers, times = set[Time](), set[Time]()
    for v in every_value([weight]):
        for a in v.args:
            if isinstance(a.type, Level):
                (times if v.op in TIME_PARTS else numbers).add(a.type.time)
    return numbers - times


def times_of(session: Session, form: Form) -> set[Time]:
    """At which times a latent, and all that it descends from, lies or was asked."""
    found: set[Time] = set()
    for n in form.ancestors:
        call = session.latents.sources[n].call
        if call is not None and call.time is not None:
            found.add(call.time)
    for share in form.shares.values():
        found |= read_by(share)
    return found


def read_by(c: Coef) -> set[Time]:
    return {t for t in c.times() if t.kind != "level"}


def related(a: Time, b: Time) -> bool:
    """Whether two times are one, entries of one list, or one computed of the other."""
    if a == b or (a.index is not None and b.index is not None and a.key == b.key):
        return True
    return (
        any(
            y in x.of.times() or y.identity in x.key or any(related(y, z) for z in x.of.times())
            for x, y in ((a, b), (b, a))
            if x.of is not None
        )
        or a.identity in b.key
        or b.identity in a.key
    )
