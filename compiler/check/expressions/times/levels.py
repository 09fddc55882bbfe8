"""Times that are computed: `level(x)`, and `min`, `max`, `clamp` and `select` of times.

A time that is drawn in [0, 1] is a number, too, and so is what these make of such times alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from .....stages.numbers.intervals import Interval
from .....stages.table import OPS, TIME_PARTS
from ....base.diagnostics import Fix
from ....base.frozen import struct
from ....base.source import Span
from ....syntax import ast
from ....types.coefficients import Coef, computed, function, read
from ....types.types import Distribution, Level, Scalar, TimeType
from ...core.context import Context
from ...core.session import Session
from ...core.term import Term, unknown
from ..arguments import Arguments, fresh_number
from .ranges import TOLERANCE, Ranges


@struct
class Reading:
    """A time, or a number that stands for one, as the number that its noise level is."""

    term: Term
    level: Coef
    interval: Interval
    axes: tuple[str, ...]
    scope: str
    sort: str  # "time", "draw" or "number"


def reading(session: Session, term: Term, context: Context) -> Reading | None:
    """None for what is neither a time nor a number."""
    interval = Ranges(session, session.process_kind(context)).of(term.value)
    match term.type:
        case TimeType(time=time, axes=axes):
            scope = "sample" if axes else "step"
            return Reading(term, read("sigma", "flow", time), interval, axes, scope, "time")
        case Level(time=time, axes=axes, scope=scope):
            return Reading(term, read("sigma", "flow", time), interval, axes, scope, "draw")
        case Scalar(kind="int" | "float", axes=axes, scope=scope):
            coef = term.coef if term.coef is not None else fresh_number(session, term.span)
            return Reading(term, coef, interval, axes, scope, "number")
        case _:
            return None


def is_unit(interval: Interval) -> bool:
    """Whether it lies in [0, 1]."""
    return interval[0] >= -TOLERANCE and interval[1] <= 1 + TOLERANCE


def level(session: Session, e: ast.Call, context: Context) -> Term:
    """`level(x)`: the time of a number in [0, 1], which is the noise level of a flow process."""
    a = Arguments(session, e, context, ("x",), 1)
    if not a.valid:
        return unknown(e.span)
    found = reading(session, a.terms["x"], context)
    if found is not None and not _reads_a_level(session, found, "level", context):
        return unknown(e.span)
    if found is None:
        x = a.terms["x"]
        return session.error("type-mismatch", f"`level` makes a time of a number, not of {x.type}", x.span)
    if not is_unit(found.interval):
        return session.error(
            "not-a-time",
            f"`level` makes a time of a number in [0, 1], and this {reach(found.interval)}",
            found.term.span,
            help=f"`clamp` keeps it inside: {kept_inside(found.term.span)}",
            fixes=_clamped(found.term.span),
        )
    time = TimeType(computed(found.level), found.axes)
    return Term(
        session.value("level", (found.term,), time, e.span, context),
        choice=found.term.choice,
        shifted=found.term.shifted,
    )


def extreme(session: Session, name: str, a: Term, b: Term, e: ast.Call, context: Context) -> Term | None:
    """`min` or `max` of times, or of a time and a level; None where it is one of numbers."""
    sides = [reading(session, x, context) for x in (a, b)]
    if not _are_times(sides):
        return None
    known = [s for s in sides if s is not None]
    for side, other in ((known[0], known[1]), (known[1], known[0])):
        if other.sort == "time" and not _stands_for_a_level(session, side, name, context):
            return unknown(e.span)
    if not all(is_unit(s.interval) for s in known):
        return None
    decided = _decided(name, *known)
    coef = decided.level if decided is not None else function(name, *(s.level for s in known))
    return _made(session, name, known, e, context, coef)


def _decided(name: str, a: Reading, b: Reading) -> Reading | None:
    """Which of two is the smaller or the larger, where their intervals tell."""
    pick = OPS[name].python
    assert pick is not None
    for less, more in ((a, b), (b, a)):
        if less.interval[1] <= more.interval[0]:
            return (less, more)[pick(0, 1)]
    return None


def clamped(session: Session, x: Term, low: Term, high: Term, e: ast.Call, context: Context) -> Term | None:
    """A time kept between two others, or between two levels; None where it is one of numbers."""
    parts = [reading(session, t, context) for t in (x, low, high)]
    if parts[0] is None or parts[0].sort == "number" or None in parts:
        return None
    known = [p for p in parts if p is not None]
    for end in known[1:]:
        asked = known[0].sort == "time" or end.term.value.op in TIME_PARTS
        if asked and not _stands_for_a_level(session, end, "clamp", context):
            return unknown(e.span)
    if not all(is_unit(p.interval) for p in known):
        return None
    inside = known[1].interval[1] <= known[0].interval[0] and known[0].interval[1] <= known[2].interval[0]
    coef = known[0].level if inside else function("clamp", *(p.level for p in known))
    return _made(session, "clamp", known, e, context, coef)


def selected(
    session: Session, condition: Term, x: Term, y: Term, e: ast.Call, context: Context
) -> Term | None:
    """One of two times by a condition; None where they are none."""
    sides = [reading(session, t, context) for t in (x, y)]
    known = [s for s in sides if s is not None and s.sort != "number"]
    if len(known) < 2:
        return None
    assert isinstance(condition.type, Scalar)
    chosen = Reading(condition, known[0].level, (0.0, 1.0), condition.type.axes, condition.type.scope, "draw")
    switch = condition.coef or session.latents.switch(condition.value)
    coef = function("select", switch, *(s.level for s in known))
    return _made(session, "select", [chosen, *known], e, context, coef)


def _made(
    session: Session, op: str, parts: Sequence[Reading], e: ast.Call, context: Context, coef: Coef
) -> Term:
    interval = OPS[op].interval(*(p.interval for p in parts))
    low, high = max(0.0, interval[0]), min(1.0, interval[1])
    axes = max((p.axes for p in parts), key=len)
    time, first = computed(coef), parts[0] if op != "select" else parts[1]
    if any(p.sort == "time" for p in parts):
        type_: TimeType | Level = TimeType(time, axes)
    else:
        scope = "sample" if any(p.scope == "sample" for p in parts) else "step"
        type_ = Level(time, axes, scope, low, high)
    terms = tuple(p.term for p in parts)
    return Term(
        session.value(op, terms, type_, e.span, context),
        choice=first.term.choice,
        shifted=next((t.shifted for t in terms if t.shifted is not None), None),
    )


def _are_times(sides: Sequence[Reading | None]) -> bool:
    return None not in sides and any(s is not None and s.sort != "number" for s in sides)


def _reads_a_level(session: Session, x: Reading, where: str, context: Context) -> bool:
    """Refuses `t.sigma` and `t.alpha` of a process where they are no noise levels: `t` itself says what is meant."""
    kind, v = session.process_kind(context), x.term.value
    if v.op not in TIME_PARTS or (v.op == "sigma" and kind == "flow") or (v.op == "alpha" and kind == "flow"):
        return True
    of = x.term.span.text.rpartition(".")[0]
    session.error(
        "not-a-time",
        f"`{where}` takes noise levels, and `{v.op}` of this process is none",
        x.term.span,
        help=f"the time itself stands for its level: `{of}`"
        if of
        else "the time itself stands for its level",
    )
    return False


def _stands_for_a_level(session: Session, x: Reading, where: str, context: Context) -> bool:
    """Whether a number may stand beside a time: it lies in [0, 1]."""
    if x.sort != "number":
        return True
    if not _reads_a_level(session, x, where, context):
        return False
    if is_unit(x.interval):
        return True
    session.error(
        "not-a-time",
        f"`{where}` of a time takes noise levels, which lie in [0, 1], and this {reach(x.interval)}",
        x.term.choice or x.term.span,
        help="a level is written as `0.5`, ticks as `ticks(500)`",
    )
    return False


def reach(interval: Interval) -> str:
    """An interval as a clause."""
    low, high = interval
    infinite = [abs(end) == float("inf") for end in interval]
    if all(infinite):
        return "may be any number"
    if any(infinite):
        return f"may be {low:g} or more" if infinite[1] else f"may be {high:g} or less"
    return f"reaches from {low:.4g} to {high:.4g}" if low != high else f"is {low:.4g}"


def kept_inside(span: Span) -> str:
    text = span.text
    return f"`clamp({text}, 0, 1)`" if text.isprintable() and len(text) < 60 else "`clamp(x, 0, 1)`"


def _clamped(span: Span) -> tuple[Fix, ...]:
    return (Fix("keep it in [0, 1]", span, f"clamp({span.text}, 0, 1)"),)


def meant(d: Distribution) -> str:
    """What was meant by draws of ticks, or of any number."""
    if d.of == "number" and 0 <= d.low < d.high <= 1000 and d.high > 1:
        return f"`uniform({d.low / 1000:g}, {d.high / 1000:g})`"
    bounded = d.of == "int" or abs(d.low) + abs(d.high) < float("inf")
    return "`uniform(0, 1)`" if bounded else "`uniform(0, 1)`, or `logit_normal(0, 1)`"
