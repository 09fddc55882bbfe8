"""`score-sign` of a network that is told a scale of guidance: it is told the one by which its target is guided."""

from __future__ import annotations

from collections.abc import Iterator

from .....stages.table import OPS
from ....base.diagnostics import Label
from ....program.ops import ROLE, STAGE
from ....program.values import Value, every_value
from ...core.session import Session
from ..comparison import Comparison
from ..wording import shown


def check(session: Session, c: Comparison) -> None:
    if c.product or c.both_live or not c.prediction.live:
        return
    guides = [v for v in every_value([c.target.value]) if OPS[v.op].rule == "guide"]
    if not guides:
        return
    used = {session.latents.numbers.of(_plain(v.args[2])) for v in guides}
    for call, told in _told(session, c):
        if session.latents.numbers.of(_plain(told)) not in used:
            session.error(
                "score-sign",
                f"the network is told the scale {_named(told)}, and its target is guided by {_named(guides[0].args[2])}",
                call.span,
                labels=(Label(guides[0].args[2].span, "by this"),),
                help="hand the same scale to both",
            )
            return


def _told(session: Session, c: Comparison) -> Iterator[tuple[Value, Value]]:
    """The calls of trained networks in a prediction, with the scale of guidance that each is told."""
    for v in every_value([c.prediction.value]):
        ref = ROLE.find(v)
        family = session.families.get(ref.name) if ref is not None and ref.name in c.trained else None
        if family is None or not OPS[v.op].runs:
            continue
        stage = family.stages.get(STAGE.find(v) or family.denoise)
        for taken, given in zip(stage.inputs if stage is not None else (), v.args):
            if taken.declared.kind == "guidance":
                yield v, given


def _named(v: Value) -> str:
    return f"`{v.name}`" if v.name else shown(v.span)


def _plain(v: Value) -> Value:
    """A number itself, not a reading of it."""
    while OPS[v.op].rule == "same" and v.args:
        v = v.args[0]
    return v
