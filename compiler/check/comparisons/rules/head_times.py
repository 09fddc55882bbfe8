"""`time-mismatch` of a head: it is told another time than the network whose hidden tensors it judges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .....stages.table import OPS
from ....base.diagnostics import Label
from ....program.values import Value
from ....types.coefficients import Time
from ....types.types import Level, TimeType
from ...core.session import Session
from ..asked_roles import asked_in, head_means
from .weights import related


def check(session: Session, losses: Iterable[Value]) -> None:
    for call in asked_in(session, losses):
        told = _times(call.value) if head_means(session, call.value) else {}
        for feature in _features(call.value) if told else ():
            asked = _times(feature)
            if asked and not any(related(t, u) for t in told for u in asked):
                session.error(
                    "time-mismatch",
                    "this head is told another time than the network whose hidden tensors it judges",
                    call.place,
                    labels=(Label(feature.span, "asked at its own time"),)
                    if not call.place.covers(feature.span)
                    else (),
                    help="hand one time to both",
                    mild=True,
                )
                return


def _times(v: Value) -> dict[Time, Value]:
    return {a.type.time: a for a in v.args if isinstance(a.type, (Level, TimeType))}


def _features(head: Value) -> Iterator[Value]:
    """The calls of stages whose results a head is handed, picked from or not."""
    stack = list(head.args)
    while stack:
        v = stack.pop()
        if OPS[v.op].runs:
            yield v
        elif not isinstance(v.type, (Level, TimeType)):
            stack.extend(v.args)
