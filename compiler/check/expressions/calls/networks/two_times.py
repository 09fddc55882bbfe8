"""Networks that predict from one time to another: what they say is the mean velocity on the way."""

from __future__ import annotations

from collections.abc import Mapping

from .....base.diagnostics import Label
from .....base.frozen import struct
from .....program.process import QUANTITIES, Process, velocity
from .....types.coefficients import Time
from .....types.quantity import CLEAN, Quantity
from .....types.types import TimeType
from ....core.context import Context
from ....core.family_model import StageModel
from ....core.role_binding import RoleBinding
from ....core.session import Session
from ....core.term import Term
from ...times.as_time import as_time


@struct
class Way:
    """What a call says. `end` names the parameter that is the time it goes to, "" where it stays at one time."""

    quantity: Quantity
    end: str = ""


def mean_of(process: Process, q: Quantity, start: Time, end: Time) -> Quantity | None:
    """The mean from one time to another of what is a velocity, or the negative of one, at `start`; None of all else."""
    if process.way_sign is None:
        return None
    slope, mean = velocity(process.kind, start), process.on_the_way(start, end)
    return mean if q == slope else mean.negated() if q == slope.negated() else None


def said(
    session: Session,
    role: RoleBinding,
    stage: StageModel | None,
    name: str,
    start: Time,
    bound: Mapping[str, Term],
    subject: str,
    context: Context,
) -> Way | None:
    """What `name` of a role is in a call of its denoise stage; None after an error."""
    at_one = Way(QUANTITIES[name](role.process, start))
    if stage is None or not any(stage.result.way):
        return at_one
    first, last = stage.result.way
    declared = next(p.declared.type for p in stage.params if p.name == last)
    assert isinstance(declared, TimeType)
    end = as_time(session, bound[last], subject, context, declared.axes, each=True)
    if end is None:
        return None
    if end.time == start:
        return at_one
    if role.process.way_sign is None:
        return None  # reported where the family is declared
    mean = mean_of(role.process, at_one.quantity, start, end.time)
    if mean is not None:
        return Way(mean, last)
    if at_one.quantity == CLEAN and end.time.value == 0:
        return Way(CLEAN, last)
    t, r = bound[first].span.text, bound[last].span.text
    session.error(
        "time-mismatch",
        f"{subject} is of one time, and this prediction goes from `{t}` to `{r}`",
        bound[last].span,
        labels=(Label(bound[first].span, "from here"),)
        if bound[first].span.line == bound[last].span.line
        else (),
        help=f"`x + ({r}.sigma - {t}.sigma)*{role.name}.velocity(x, {t}, {r}, ...)` is noisy at `{r}`; "
        f"`{name}` of the same call with `{t}` twice is the guess at `{t}`",
        role=role.name,
    )
    return None
