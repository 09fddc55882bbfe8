"""`condition-mismatch`: a role is asked with one condition, and taught by a frozen role that is asked with another only."""

from __future__ import annotations

from collections.abc import Iterator

from ....base.diagnostics import Label
from ....types.forms import Source
from ...core.session import Session
from ..comparison import Comparison, Side


def check(session: Session, c: Comparison) -> None:
    if not c.prediction.live or (c.both_live and not c.product):
        return
    sides = (c.prediction, c.target)
    mine = [s for side in sides for s, _ in side.live if s.call is not None and s.call.role in c.trained]
    theirs = [s for side in sides[not c.product :] for s in _taught(session, side) if _is_frozen(session, s)]
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


def _taught(session: Session, side: Side) -> Iterator[Source]:
    """The calls that a side is made of; of what a loop or a claim made, those that it descends from."""
    for s in side.form.remaining:
        if s.kind in ("carried", "opaque"):
            yield from (session.latents.sources[n] for n in sorted(s.ancestors))
        else:
            yield s


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
