"""`moves-away`: a loss drives a role away from what a frozen role says of its sample, or from all that it compares with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ....base.diagnostics import Label
from ....base.source import Span
from ....types.coefficients import Coef
from ....types.forms import Form, Source, calls, total
from ...core.session import Session
from ..comparison import Comparison
from ..wording import shown

CODE = "moves-away"


def check(session: Session, c: Comparison) -> None:
    if c.sign not in (1, -1):
        return
    if c.product:
        for factor, moved in ((c.left, c.right), (c.right, c.left)):
            if moved.live and not factor.live:
                # a loss falls where the sample moves against its factor
                _report(session, c, factor.form, -total(moved.live.values()) * c.sign, c.value.span)
    elif c.prediction.live and not c.target.live:
        own = total(c.prediction.live.values()) * c.sign
        _report(session, c, c.target.form, own, c.target.span)


def _report(session: Session, c: Comparison, form: Form, towards: Coef, place: Span) -> None:
    """`towards`: its sign is that of the shares by which a source of the form draws the sample to itself."""
    frozen = _frozen(session, form)
    if frozen and (total(form.shares[s] for s in frozen) * towards).sign == -1:
        names = sorted({f"`{s.call.role}`" for s in frozen if s.call is not None})
        session.error(
            CODE,
            f"this loss moves what is trained away from what {' and '.join(names)} "
            f"{'says' if len(names) == 1 else 'say'} of it",
            place,
            labels=tuple(Label(s.place, "away from this") for s in frozen if not place.covers(s.place))[:2],
            help="a sign is turned around: the sample is to go from what a trained role says of it towards what a frozen one "
            "says, as in `x - (fake - real)`; `allow(moves-away)` says that it is meant",
        )


def _frozen(session: Session, form: Form) -> list[Source]:
    """The estimates of roles that nothing trains, but for those that others of the form were fed."""
    found = [s for s, _ in calls(form)]
    fed = frozenset[int]().union(*(s.ancestors - {s.number} for s in found))
    return [
        s
        for s in found
        if s.call is not None
        and s.call.role not in session.update.updated
        and not s.call.average
        and s.number not in fed
    ]


def check_update(session: Session, losses: Iterable[str], compared: Sequence[Comparison]) -> None:
    """A loss may drive a prediction away from another target beside one that draws it near; alone it has no end."""
    if any(c.weight is not None and c.weight.sign == -1 for c in compared):  # which is told as such
        return
    whole = {c.loss for c in compared} == set(losses) and all(c.known and not c.product for c in compared)
    if whole and compared and all(c.sign == -1 and c.prediction.live for c in compared):
        _away(
            session,
            compared[0],
            "this update drives its prediction away from the target, and nothing draws it near",
        )
        return
    for name in losses:
        own = [c for c in compared if c.loss == name]
        live = [c for c in own if c.prediction.live]
        if live and all(c.sign == -1 and not c.product and _is_its_answer(c) for c in live):
            # one clip may be unlearned, by how much more than a reference does, or beside others that are learned
            lone = len(live) == 1 and len(own) > 1
            drawn = frozenset[int]().union(*(_data(c) for c in compared if c.sign == 1 and c.prediction.live))
            if not lone and drawn <= frozenset[int]().union(*(_data(c) for c in live)):
                _away(session, live[0], f"`{name}` drives its prediction away from what it is asked for")
                return


def _away(session: Session, c: Comparison, message: str) -> None:
    session.error(
        CODE,
        message,
        c.value.span,
        "the loss falls as this grows",
        labels=(Label(c.target.span, f"away from {shown(c.target.span)}"),)
        if c.target.span != c.value.span
        else (),
        help="take the sign away; `allow(moves-away)` says that it is meant",
    )


def _is_its_answer(c: Comparison) -> bool:
    """Whether a target is the data and noise that the prediction was fed, or what its own role says of them."""
    own = {s.call.role for s, _ in c.prediction.live if s.call is not None}
    return bool(own) and all(
        s.ancestors & c.fed if s.call is None else s.call.role in own for s in c.target.form.remaining
    )


def _data(c: Comparison) -> frozenset[int]:
    """The clips that a target is made of."""
    return frozenset(s.number for s in c.target.form.remaining if s.kind == "datum")
