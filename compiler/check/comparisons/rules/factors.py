"""A loss given by its gradient, `mean(stop(g)*x)`: its factor `g` is a difference of what networks say of the sample."""

from __future__ import annotations

from ....base.diagnostics import Label
from ...core.session import Session
from ..comparison import Comparison, Side
from ..wording import called
from .weights import read_by, related, times_of


def check(session: Session, c: Comparison) -> None:
    if c.product and c.both_live:
        _apart(session, c)
    for factor, moved in ((c.left, c.right), (c.right, c.left)):
        if c.product and moved.live and not factor.live and any(s.call for s in factor.form.remaining):
            for rule in (_noise, _no_direction, _unseen, _redrawn, _times):
                if rule(session, factor, moved):
                    return


def _noise(session: Session, factor: Side, moved: Side) -> bool:
    """Noise that was drawn stands in a factor by what a network says of it, and cancels."""
    left = [s for s in factor.form.remaining if s.raw and not s.clean]
    if left:
        session.error(
            "target-unseen",
            f"the noise {called(left[0])} does not cancel in the factor of this product: no network here was fed it so",
            factor.span,
            f"holds {called(left[0])}",
            labels=(Label(left[0].place, f"{called(left[0])} is drawn here"),),
            help="take off the noise that the network was fed",
        )
    return bool(left)


def _no_direction(session: Session, factor: Side, moved: Side) -> bool:
    """What two roles say is subtracted, and what is left is no difference of like quantities."""
    roles = {s.call.role for s in factor.form.remaining if s.call is not None}
    if len(roles) < 2 or (factor.form.clean.is_zero and factor.form.noise_size.is_zero):
        return False
    session.error(
        "quantity-mismatch",
        "the factor of this product is no difference of two like quantities",
        factor.span,
        "data or noise is left in it",
        labels=tuple(
            Label(s.place, "one of them")
            for s in factor.form.remaining
            if s.call is not None and not factor.span.covers(s.place)
        )[:2],
        help="subtract what two networks say of one thing: both `x0`, or both `eps`",
    )
    return True


def _unseen(session: Session, factor: Side, moved: Side) -> bool:
    """What a network says of something else moves the sample."""
    own = moved.form.ancestors
    for s in factor.form.remaining:
        if s.call is not None and not s.ancestors & own:
            session.error(
                "target-unseen",
                "a factor of this product shares no data and no noise with the sample that it moves",
                factor.span,
                labels=(Label(s.place, "asked about something else"),),
                help="ask about the sample: noise it, stopped, and hand it to both networks",
            )
            return True
    return False


def _redrawn(session: Session, factor: Side, moved: Side) -> bool:
    """Of what several roles say one was asked about a draw that neither the sample nor the others were made with."""
    asked = [s for s in factor.form.remaining if s.call is not None]
    if len({s.call.role for s in asked if s.call is not None}) < 2:
        return False
    for s in asked:
        known = moved.form.ancestors.union(*(o.ancestors for o in asked if o is not s))
        draws = [d for n in sorted(s.ancestors - known) if (d := session.latents.sources[n]).kind == "draw"]
        if draws:
            session.error(
                "target-unseen",
                "the networks of this factor were asked about different draws: their difference is that of two inputs",
                factor.span,
                labels=(
                    Label(s.place, f"asked about {called(draws[0])}"),
                    Label(draws[0].place, "drawn here"),
                ),
                help="hand one input to both networks",
                mild=True,
            )
            return True
    return False


def _apart(session: Session, c: Comparison) -> None:
    """Both factors carry gradient: what networks say of something else than the sample of a trained role is in one."""
    for side in (c.left, c.right):
        if _is_mixed(side):
            session.error(
                "quantity-mismatch",
                "a factor of this product is neither a difference of like quantities nor one of them",
                side.span,
                labels=tuple(
                    Label(s.place, "one of them")
                    for s in side.form.remaining
                    if s.call is not None and not side.span.covers(s.place)
                )[:2],
                help="subtract what two networks say of one thing: both `x0`, or both `eps`",
                mild=True,
            )
            return
    asked = {s: s.call for side in (c.left, c.right) for s in side.form.remaining if s.call is not None}
    sample = frozenset[int]().union(*(s.ancestors for s, call in asked.items() if call.role in c.trained))
    shared = {n for n in sample if session.latents.sources[n].kind != "condition"}
    for s in asked:
        if shared and not s.ancestors & shared:
            session.error(
                "target-unseen",
                "a factor of this product shares no data and no noise with the sample that it moves",
                c.value.span,
                labels=(Label(s.place, "asked about something else"),),
                help="ask about the sample: noise it, and hand it to all networks",
            )
            return


def _is_mixed(side: Side) -> bool:
    """Whether what several roles say is put together to no quantity that there is: neither nothing, nor data, nor noise, nor
    a velocity."""
    roles = {s.call.role for s in side.form.remaining if s.call is not None}
    a, b = side.form.clean, side.form.noise_size
    whole = any(a == k for k in (-1, 0, 1)) and any(b == k for k in (-1, 0, 1))
    return len(roles) > 1 and not whole


def _times(session: Session, factor: Side, moved: Side) -> bool:
    """A factor is weighted by the time at which its networks are asked."""
    asked = {
        call.time
        for n in factor.form.ancestors
        if (call := session.latents.sources[n].call) is not None and call.time is not None
    }
    lie = asked | times_of(session, moved.form)
    read = {t for share in factor.form.remaining.values() for t in read_by(share)}
    if not asked or all(any(related(t, u) for u in lie) for t in read):
        return False
    session.error(
        "time-mismatch",
        "the factor of this product reads a time at which nothing here was asked",
        factor.span,
        "weighted by another time",
        help="read the time at which the networks are asked",
    )
    return True
