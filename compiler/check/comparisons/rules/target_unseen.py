"""`target-unseen`: a target made of data or noise that the network which is compared with it was never asked about."""

from __future__ import annotations

from ....base.diagnostics import Label
from ....types.forms import Source
from ....types.types import Latent
from ...core.session import Session
from ..comparison import Comparison, Side
from ..wording import called, places, shown

CODE = "target-unseen"


def check(session: Session, c: Comparison) -> None:
    if c.product or not c.predicting or (c.sign != 1 and (c.prediction.live or c.target.live)):
        return
    if c.alone and not _is_difference(c.prediction):
        return  # a size, which has no target
    for source in sorted(c.difference.remaining, key=lambda s: (s.number in c.fed, s.number)):
        if source not in c.predicting and source.counts and _report(session, c, source):
            return  # what else remains follows from the same slip


def _is_difference(side: Side) -> bool:
    """Whether a side is a difference of two like quantities."""
    type_ = side.value.type
    return isinstance(type_, Latent) and type_.quantity is not None and type_.quantity.is_direction


def _report(session: Session, c: Comparison, source: Source) -> bool:
    if source.raw and not source.clean:
        if any(s.kind == "opaque" and source.number in s.ancestors for s in c.difference.remaining):
            return False  # how much of it a step holds that is not followed cannot be told
        _other_noise(session, c, source)
        return True
    shared = source.ancestors & c.fed
    if not source.raw:  # two questions under one condition are not one question
        shared = frozenset(n for n in shared if session.latents.sources[n].kind != "condition")
    related = bool(shared)
    if source.raw:
        if related or all(s.kind == "opaque" for s in c.predicting):
            return False  # through a step that is not followed, data may serve as a reference
        _other_data(session, c, source)
        return True
    own = {s.number for s in c.predicting}
    if source.ancestors & own and source.number not in c.fed:
        return False  # the prediction's own, a step later
    if not related:
        _other_estimate(session, c, source)
        return True
    unfed = [session.latents.sources[n] for n in sorted(source.ancestors - c.fed)]
    draws = [s for s in unfed if s.kind == "draw"]
    data = [s for s in unfed if s.kind == "datum" and not s.ancestors & c.fed]
    if draws or data:
        _redrawn(session, c, source, draws or data)
    return bool(draws or data)


def _holder(c: Comparison, source: Source) -> Side:
    """The side whose part of a source has not cancelled."""
    return c.prediction if source not in c.target.form.shares else c.target


def _fed_draws(session: Session, c: Comparison) -> list[Source]:
    return [s for n in sorted(c.fed) if (s := session.latents.sources[n]).kind == "draw"]


def _other_noise(session: Session, c: Comparison, source: Source) -> None:
    side, draws = _holder(c, source), _fed_draws(session, c)
    seen = source.number in c.fed
    labels = [Label(source.place, f"{called(source)} is drawn here")]
    if not seen:
        labels += places(draws[:2], "the noise that the network was fed", source.place)
    name = draws[0].name if len(draws) == 1 and not seen and draws[0].name != source.name else ""
    session.error(
        CODE,
        f"the noise {called(source)} does not cancel here: the network was fed it in another share, or with the other sign"
        if seen
        else f"the noise {called(source)} of this target is none that the network was fed",
        side.span,
        f"holds {called(source)}",
        labels=labels,
        help=f"take the noise that the input was made with: `{name}`"
        if name
        else "one noise makes the input and the target: draw it once, and hand it to both",
    )


def _other_data(session: Session, c: Comparison, source: Source) -> None:
    side = _holder(c, source)
    session.error(
        CODE,
        "this loss compares with data that the network was never asked about",
        side.span,
        "holds data that is not in the network's input",
        labels=places((source,), "the data", side.span)
        + places(sorted(c.predicting, key=lambda s: s.number)[:1], "the network's call", side.span),
        help="make the input of the same data: `noisy(x0, eps, t)` of a role adds noise to it; a sample is compared "
        "with what another role says of it, not with data",
    )


def _other_estimate(session: Session, c: Comparison, source: Source) -> None:
    side = _holder(c, source)
    session.error(
        CODE,
        f"{shown(side.span)} shares no data and no noise with what the network that is trained was fed",
        side.span,
        "made of another draw or of other data",
        labels=places((source,), "asked about something else here", side.span)
        + places(sorted(c.predicting, key=lambda s: s.number)[:1], "the network's call", side.span),
        help="both sides are asked about one thing: the same data, noised by the same draw",
    )


def _redrawn(session: Session, c: Comparison, source: Source, unfed: list[Source]) -> None:
    side = _holder(c, source)
    what, made = ("a draw", "drawn here") if unfed[0].kind == "draw" else ("data", "the data")
    session.error(
        CODE,
        f"{shown(side.span)} depends on {what} that the network which is trained was not fed",
        side.span,
        f"differs with {what} that the prediction cannot see",
        labels=places(unfed[:2], made, side.span),
        help="make both inputs of one draw and of the same data; where the target is meant to vary, "
        "`allow(target-unseen)` says so",
        mild=True,
    )
