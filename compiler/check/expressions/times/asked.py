"""At which levels a network may be asked: where what it says tells what is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ....base.diagnostics import Label
from ....program.process import QUANTITIES, Process
from ....types.coefficients import Time, level
from ....types.types import Level
from ...core.role_binding import RoleBinding
from ...core.session import Session
from ...core.term import Term


def is_told(session: Session, role: RoleBinding, name: str, time: Time, t: Term, subject: str) -> bool:
    """Reports a call at a level where the network's prediction does not determine clean data, or what `name` gives of it."""
    process = role.process
    if process.top is None:
        return True
    for at in _levels(session, time, process):
        asked = level(at)
        wanted = [QUANTITIES[n](process, asked) for n in ("clean", name) if n in QUANTITIES]
        if all(process.tells(q, asked) for q in wanted):
            continue
        _report(session, role, at, t, subject)
        return False
    return True


def is_within(session: Session, role: RoleBinding, t: Term, subject: str) -> bool:
    """Reports a drawn time beyond the last entry of the role's schedule: the network would be fed the last all the same."""
    process, drawn, table = role.process, t.type, role.process.table
    end = table.levels[-1] if table is not None else 1.0
    if table is None or not isinstance(drawn, Level) or drawn.high <= end + NEAR:
        return True
    place = t.choice or t.span
    if not session.reported.first("beyond-top", str(place.start), place.source.path):
        return False
    labels = [Label(t.span, "asked here")] if t.span.line != place.line else []
    session.error(
        "top-level",
        f"{subject} is asked at noise levels up to {drawn.high:g}, and process `{process.name}` ends at {end:.4g}",
        place,
        labels=(*labels, Label(process.settings["schedule"].span, f"the last level is {end:.4g}")),
        help=f"draw its entries: `ticks(pick(0 .. {table.count}))`",
        role=role.name,
    )
    return False


NEAR = 1e-6


def _levels(session: Session, time: Time, process: Process) -> Iterator[Fraction]:
    """The known levels that a time may be: of the entries that its index may reach."""
    if time.value is not None:
        yield time.value
    listed = session.time_lists.known.get(time.key)
    if listed is None or time.index is None:
        return
    low, high = session.numbers.smallest(time.index), session.numbers.largest(time.index)
    if listed.grid_length is not None:
        grid = session.time_lists.grids.get(time.key)
        if low == 0 and (grid is None or grid.start is None):
            yield grid.top if grid is not None else Fraction(1)
        elif low == 0 and grid is not None and grid.start is not None and grid.start.value is not None:
            yield grid.start.value
        return
    for i, at in enumerate(listed.levels or ()):
        reached = (low is None or low <= i) and (high is None or i <= high)
        if at is not None and reached and time.index.variables:
            yield at


def _report(session: Session, role: RoleBinding, at: Fraction, t: Term, subject: str) -> None:
    process = role.process
    place, cause = t.choice or t.span, t.choice or process.place
    if not session.reported.first("top-level", str(cause.start), cause.source.path, str(at)):
        return
    stated = process.settings.get("predict")
    labels = [Label(t.span, "asked here")] if t.span.line != place.line else []
    if stated is not None:
        labels.append(Label(stated.span, "what the network says"))
    says = "nothing but noise is left of its input" if at == 1 else "nothing but data is left in its input"
    session.error(
        "top-level",
        f"{subject} is asked at noise level {float(at):.4g}, where {says}, and what it says tells no more",
        place,
        labels=tuple(labels),
        help=f"state where process `{process.name}` ends: `range = [0, 0.9977]`, and begin there"
        if at == 1
        else "ask it above level 0",
        role=role.name,
    )
