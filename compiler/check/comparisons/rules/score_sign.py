"""`score-sign`: a loss that moves the wrong way with what a judge or a reward says.

A value of a head is moved up at each point. On data, a judge's own loss falls with it, on samples of a trained role it rises;
another role's loss on its own samples falls with it. What cannot be told (least squares) is not told.
"""

from __future__ import annotations

from collections.abc import Iterable

from ....base.diagnostics import Label
from ....program.values import Value
from ....types.points import ANY
from ...core.session import Session
from ..asked_roles import Asked, asked_in, head_means
from ..dependence import dependence

GOOD = {"real": 1, "good": 1, "fake": -1}
"""By what a high value means: whether it speaks for a sample or against it."""


def check(session: Session, losses: Iterable[tuple[str, Value]], trained: frozenset[str]) -> None:
    for name, loss in losses:
        for call in asked_in(session, [loss]):
            means = head_means(session, call.value)
            wanted = _wanted(session, call, means, trained)
            if wanted and dependence(session, loss, call.value, ANY) == -wanted:
                _report(session, name, loss, call, means, trained)


def _wanted(session: Session, call: Asked, means: str, trained: frozenset[str]) -> int:
    """How the loss ought to move with a value: -1 where it should fall, 0 where nothing is known."""
    speaks = GOOD.get(means, 0)
    if call.role not in trained:
        return -speaks if call.samples_of & trained else 0
    if means == "good":  # what a reward learns from is not known
        return 0
    if call.samples_of & session.update.updated:
        return speaks
    return 0 if call.samples_of else -speaks


def _report(
    session: Session, loss: str, value: Value, call: Asked, means: str, trained: frozenset[str]
) -> None:
    samples = "its samples" if call.samples_of else "data"
    if call.role in trained:
        rather = "fake" if call.samples_of else "real"
        message = (
            f"`{loss}` teaches `{call.role}` to take {samples} for {'real' if rather == 'fake' else 'fake'}"
        )
        help = f"a high value means {means}: of {'samples' if call.samples_of else 'data'} it should "
        help += "fall" if (means == "real") == bool(call.samples_of) else "rise"
    else:
        whose = " and ".join(f"`{r}`" for r in sorted(call.samples_of & trained))
        message = f"`{loss}` trains {whose} for samples that `{call.role}` finds less {'good' if means == 'good' else 'real'}"
        help = f"a high value means {means}: the loss should {'fall' if means != 'fake' else 'rise'} where it rises"
    session.error(
        "score-sign",
        message,
        value.span,
        labels=(Label(call.place, "what it says"),) if not value.span.covers(call.place) else (),
        help=f"{help}; turn the sign around",
    )
