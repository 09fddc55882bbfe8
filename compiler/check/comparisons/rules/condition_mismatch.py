"""`condition-mismatch`: a role is asked with one condition, and taught by a frozen role that is asked with another only."""

from __future__ import annotations

from ....base.diagnostics import Label
from ....types.forms import Source
from ...core.session import Session
from ..comparison import Comparison


def check(session: Session, c: Comparison) -> None:
    if c.product or c.both_live or not c.prediction.live:
        return
    mine = [s for s, _ in c.prediction.live if s.call is not None and s.call.role in c.trained]
    theirs = [s for s in c.target.form.remaining if _is_frozen(session, s)]
    asked, taught = _graphs(mine), _graphs(theirs)
    if len(asked) != 1 or not taught or taught & asked:
        return
    (one,), (other, *_) = asked, sorted(taught)
    place = theirs[0].place
    session.error(
        "condition-mismatch",
        f"the prediction is asked with `{one}(batch)`, and what it is taught with `{other}(batch)` alone",
        place,
        f"with `{other}(batch)`",
        labels=(Label(mine[0].place, f"the prediction, with `{one}(batch)`"),),
        help="ask both with the same condition",
    )


def _is_frozen(session: Session, s: Source) -> bool:
    return s.call is not None and not s.call.average and s.call.role not in session.update.updated


def _graphs(sources: list[Source]) -> set[str]:
    """The graphs of families that made the conditions of these calls; nothing where one has several, or unknown ones."""
    found = set[str]()
    for s in sources:
        if s.call is None or len(s.call.graphs) != 1:
            return set()
        found |= s.call.graphs
    return found
