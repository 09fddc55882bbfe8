"""A role's sampling grid: `grid(n)`, and `grid(n, from = t)`, which begins at a time."""

from __future__ import annotations

from fractions import Fraction

from .....stages import times
from ....base.diagnostics import Label
from ....base.source import Span
from ....program.grids import BadGrid
from ....program.ops import GRID, PROCESS_OF
from ....program.process import Process
from ....syntax import ast
from ....types.coefficients import Time
from ....types.dims import Dim
from ....types.types import PART, Level, ListOf, TimeType, Tuple
from ...core.context import Context
from ...core.role_binding import RoleBinding
from ...core.session import GridEnds, Session
from ...core.term import Term, unknown
from ..arguments import Arguments
from . import known_levels
from .as_time import as_time


def grid(session: Session, e: ast.Call, context: Context) -> Term:
    """With a `from`, the times are that one, and those of the grid of n steps that lie below it."""
    a = Arguments(session, e, context, ("n", "from"), 1, by_name=1)
    n, given = a.number("n"), a.terms.get("from")
    if not a.valid or n is None or (given is not None and given.unknown):
        return unknown(e.span)
    role = context.family or session.default_role
    if isinstance(n.constant, (int, Fraction)) and n.constant < 1:
        return session.error("bad-setting", "a sampling grid has at least 1 step", n.span)
    dim = n.dim
    if dim is None:
        dim = session.numbers.whole("n", Dim.of(1), Dim.of(1_000_000))
    process = role.model.process if role is not None else None
    key = f"grid:{role.model.name if role else ''}:{dim}"
    own: tuple[Fraction, ...] | None = None
    if process is not None:
        if process.grid is not None and dim.constant is not None:
            own = _own_levels(session, process, dim.constant, n, context.trace, given is None)
            if own is None:
                return unknown(e.span)
        known = tuple(map(float, own)) if own is not None else None
        session.time_lists.grids[key] = GridEnds(process.grid_top, process, known)
        if process.grid is None and not _ends_well(session, process, n, context):
            return unknown(e.span)
    time = TimeType(Time("symbol", key))
    value = session.value(
        "grid",
        (n,),
        ListOf(Tuple((time, time)), dim),
        e.span,
        context,
        PROCESS_OF(role.ref if role else None),
        *([GRID(own)] if own is not None else []),
    )
    whole = Term(value, key=key, grid_length=dim, shifted=_own_shift(role))
    return whole if given is None else _tail(session, whole, given, process, e, context)


def _tail(
    session: Session, whole: Term, given: Term, process: Process | None, e: ast.Call, context: Context
) -> Term:
    """`grid(n, from = t)`: how long it is follows from `t` where that is known, and is not known elsewhere."""
    start = as_time(session, given, "`from` of a grid", context, ("b", "t", PART))
    if start is None:
        return unknown(e.span)
    if start.axes:
        return session.error(
            "time-shape",
            f"a grid is one for all samples, and begins at one time; this is {start}",
            given.span,
            str(start),
            help="`~ ... per step` draws one for the whole step",
        )
    first, known = known_levels.of_value(session, given.value), None
    levels = known_levels.of_entries(session, whole)
    if first is not None and len(first) == 1:
        if not _is_inside(session, process, first[0], given):
            return unknown(e.span)
        known = times.tail(levels, first[0]) if levels is not None else None
    elif isinstance(given.type, Level) and not _is_inside(session, process, given.type.high, given):
        return unknown(e.span)
    if known is not None:
        length = Dim.of(len(known) - 1)
    else:
        length = session.numbers.whole("rounds", Dim.of(1), Dim.of(1_000_000))
    key = f"{whole.key}:{start.time.identity}"
    if process is not None:
        session.time_lists.grids[key] = GridEnds(process.grid_top, process, known, start.time)
    time = TimeType(Time("symbol", key))
    type_ = ListOf(Tuple((time, time)), length)
    return Term(
        session.value("tail", (whole, given), type_, e.span, context),
        key=key,
        grid_length=length,
        shifted=whole.shifted,
    )


def _is_inside(session: Session, process: Process | None, first: float, given: Term) -> bool:
    """Whether a process has a level, with data below it; reports if not."""
    top = float(process.grid_top) if process is not None else 1.0
    if 0 < first <= top + NEAR:
        return True
    where = (
        "is data, below which is nothing" if first <= 0 else f"lies above {top:.4g}, where the process ends"
    )
    session.error(
        "bad-setting",
        f"a grid begins above noise level 0, and within its process: {first:.4g} {where}",
        given.choice or given.span,
        help=f"`sigmas([{process.top_sigma:.4g}])[0]` is the top"
        if first > 0 and process is not None
        else "",
    )
    return False


NEAR = 1e-6
"""By which levels may differ and be one."""


def _ends_well(session: Session, process: Process, n: Term, context: Context) -> bool:
    """Whether a grid of so many steps can be stretched to its last level; warns of one that is there at once."""
    terminal = process.dynamic.terminal if process.dynamic is not None else 0.0
    if not terminal or n.constant not in (1, 2):
        return True
    stated = process.settings["shift"].span
    labels = (Label(stated, f"the last level before data is {terminal:g}"),)
    if n.constant == 1:
        message = f"a grid of 1 step begins at noise, and cannot end at {terminal:g} before data"
    else:
        message = f"this grid of 2 steps jumps from noise to {terminal:g} at once: its levels are 1, {terminal:g} and 0"
    session.error(
        "bad-setting",
        message,
        n.choice or (context.trace[0] if context.trace else n.span),
        labels=labels,
        help="take more steps, or list the levels of a few steps: `sigmas([1.0, 0.5])`",
        mild=n.constant == 2,
    )
    return n.constant == 2


def _own_levels(
    session: Session, process: Process, n: int, asked: Term, trace: tuple[Span, ...], whole: bool
) -> tuple[Fraction, ...] | None:
    """The levels of so many steps by the process's own rule; None if it gives none, which is reported. Of a
    `whole` one that begins late it is told that it does."""
    assert process.grid is not None
    place, rule = asked.choice or (trace[0] if trace else asked.span), Label(process.grid.span, "the rule")
    try:
        found = process.grid_levels(n)
    except BadGrid as problem:
        session.error(
            "bad-setting",
            f"`{process.name}` has no grid of {n} {'step' if n == 1 else 'steps'}: {problem}",
            place,
            labels=(rule,),
        )
        return None
    signal = process.signal_at(found[0])
    if whole and signal > FEW_STEPS_SIGNAL and process.top is not None and found[0] < process.top:
        session.bag.error(
            "late-start",
            f"a grid of {n} {'step' if n == 1 else 'steps'} begins at level {float(found[0]):.3g}, where the share "
            f"of data is {signal:.2g}: what it begins with has none",
            place,
            labels=(rule,),
            help=f"`sigmas([...])` from {process.top_sigma:.4g} on, or more steps",
        )
    return found


FEW_STEPS_SIGNAL = 0.2
"""The data's coefficient at the first level of a grid from which on noise alone is told to be another input than the network
was trained on there; 50 leading steps of latent diffusion begin at 0.076."""


def _own_shift(role: RoleBinding | None) -> Span | None:
    """Where the process states the shift that its grids have; None if they have none."""
    process = role.model.process if role is not None else None
    if process is None or process.grid is not None or (process.shift == 1 and process.dynamic is None):
        return None
    stated = process.settings.get("shift")
    return stated.span if stated is not None else None
