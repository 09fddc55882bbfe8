"""`live-target`: gradient flows into the target of a loss as well, or a role is taught by its own answer to more noise."""

from __future__ import annotations

from .....stages.table import OPS
from ....base.diagnostics import Label
from ....program.values import Value, every_value
from ....types.coefficients import read
from ....types.forms import Call, Source
from ...core.session import Session
from ..comparison import Comparison, Side

CODE = "live-target"


def check(session: Session, c: Comparison) -> None:
    if c.product or any(_is_meant(side.value) for side in (c.left, c.right)):
        return
    if c.both_live:
        _both_live(session, c)
    elif c.prediction.live:
        _noisier(session, c)


def _is_meant(root: Value) -> bool:
    return any(OPS[v.op].rule == "live" for v in every_value([root]))


def _both_live(session: Session, c: Comparison) -> None:
    if _claimed_live(session, c):
        return
    for x in _asked(c.prediction):
        for y in _asked(c.target):
            if x is y or x.call is None or y.call is None or not x.ancestors & y.ancestors:
                continue
            if (x.call.role, x.call.time, x.call.until) == (y.call.role, y.call.time, y.call.until):
                continue
            session.error(
                CODE,
                "gradient flows into both sides of this loss, by calls of networks that differ",
                c.target.span,
                "a target that is trained to meet the prediction",
                labels=tuple(
                    Label(s.place, "asked here") for s in (x, y) if not c.target.span.covers(s.place)
                ),
                help="put `stop(...)` around the target, or ask `average(role)`; `live(x)` says that it is meant",
            )
            return


def _claimed_live(session: Session, c: Comparison) -> bool:
    """A side that a claim says what it is, and that carries gradient into the role that the other side asks."""
    for side, other in ((c.target, c.prediction), (c.prediction, c.target)):
        for s, way in side.live:
            if s.kind != "opaque" or s.call is not None:
                continue
            roles = side.form.live[s, way].roles & c.trained
            x = next(
                (x for x in _asked(other) if x.call and x.call.role in roles and x.ancestors & s.ancestors),
                None,
            )
            if x is not None:
                session.error(
                    CODE,
                    "gradient flows into both sides of this loss: into what is claimed, and into the prediction",
                    side.span,
                    "a target that is trained to meet the prediction",
                    labels=(Label(x.place, "asked here"),) if not side.span.covers(x.place) else (),
                    help="put `stop(...)` around what is claimed; `live(x)` says that it is meant",
                )
                return True
    return False


def _asked(side: Side) -> list[Source]:
    """The calls through which gradient flows on a side, each once."""
    return list(dict.fromkeys(s for s, _ in side.live if s.call is not None))


def _noisier(session: Session, c: Comparison) -> None:
    """Everything that a role (or its average) is taught by its own answers comes from more noise than the question."""
    for x in _asked(c.prediction):
        if x.call is None or x.call.until is not None:
            continue
        taught = [
            s
            for s in c.target.form.remaining
            if s.call is not None
            and s.call.role == x.call.role
            and s.call.until is None
            and s is not x
            and s.number not in x.ancestors
            and s.ancestors & x.ancestors
        ]
        if taught and all(_is_above(s.call, x.call) for s in taught if s.call is not None):
            session.error(
                CODE,
                f"`{x.call.role}` is taught by its answer to noisier latents",
                c.target.span,
                "asked at a higher level than the prediction",
                labels=(Label(x.place, "the prediction"),) if not c.target.span.covers(x.place) else (),
                help="the answer to less noise is the better one: swap the two levels; `live(x)` says that it is meant",
            )
            return


def _is_above(one: Call, other: Call) -> bool:
    if one.time is None or other.time is None:
        return False
    return (read("sigma", "flow", one.time) - read("sigma", "flow", other.time)).sign == 1
