"""`unfitted-role`: a role that is trained is asked about another's samples, and its own update shows it none.

The other way round, `unused-role`: a role that is trained on another's samples is asked by no other update.
"""

from __future__ import annotations

from collections.abc import Sequence

from ....base.diagnostics import Label
from ....base.frozen import struct
from ....base.source import Span
from ....types.types import Latent
from ...core.session import Session
from ..asked_roles import Asked, head_means


@struct
class UpdateCalls:
    """What an update asks: `trained` are its roles, `place` where it stands."""

    trained: frozenset[str]
    asked: tuple[Asked, ...]
    place: Span
    roles: frozenset[str] = frozenset()
    """All roles that it asks, averages among them, for what it logs and carries on as well."""


def check(session: Session, updates: Sequence[UpdateCalls]) -> None:
    _unasked(session, updates)
    for update in updates:
        told = set[str]()
        for call in update.asked:
            samples = call.samples_of & update.trained
            if not samples or call.role in update.trained or call.role not in session.update.updated:
                continue
            own = [u for u in updates if call.role in u.trained]
            fitted = [a for u in own for a in u.asked if a.role == call.role and a.samples_of & samples]
            if fitted and _conditions_differ(session, call, fitted):
                return
            if not fitted and call.role not in told:
                told.add(call.role)
                whose = " and ".join(f"`{s}`" for s in sorted(samples))
                session.error(
                    "unfitted-role",
                    f"`{call.role}` is asked about samples of {whose}, and its own update never shows it any",
                    call.place,
                    labels=tuple(Label(u.place, f"trains `{call.role}`") for u in own[:1]),
                    help=f"fit `{call.role}` to samples of {whose}: noise a stopped sample, and ask it what it is made of",
                )


def _unasked(session: Session, updates: Sequence[UpdateCalls]) -> None:
    """Reports a role that learns what another's samples are like, and that nobody asks."""
    for update in updates:
        others = [u for u in updates if u is not update]
        for role in sorted(update.trained):
            asked = [a for a in update.asked if a.role == role and _is_question(session, a)]
            samples = [a.samples_of & session.update.updated - update.trained for a in asked]
            if any(role in u.roles or role in u.trained for u in others) or not any(samples):
                continue
            if all(samples) or any(head_means(session, a.value) for a in asked):
                whose = " and ".join(f"`{s}`" for s in sorted(frozenset[str]().union(*samples)))
                session.error(
                    "unused-role",
                    f"`{role}` is trained on samples of {whose}, and no other update asks it",
                    update.place,
                    "what it learns reaches nobody",
                    labels=tuple(
                        Label(u.place, f"does not ask `{role}`")
                        for u in others
                        if u.trained & frozenset[str]().union(*samples)
                    )[:1],
                    help=f"ask `{role}` there, or leave this update out",
                    mild=True,
                )


def _is_question(session: Session, a: Asked) -> bool:
    """Whether it is asked about latents, or judges what is made of them; an encoder is handed what it encodes."""
    return bool(head_means(session, a.value)) or any(isinstance(x.type, Latent) for x in a.value.args)


def _conditions_differ(session: Session, call: Asked, fitted: list[Asked]) -> bool:
    """Reports a role that is asked with a condition with which its own update never asks it."""
    learned = frozenset[str]().union(*(a.graphs for a in fitted))
    if len(call.graphs) != 1 or not learned or any(not a.graphs for a in fitted) or call.graphs & learned:
        return False
    (asked,), other = call.graphs, min(learned)
    session.error(
        "condition-mismatch",
        f"`{call.role}` is asked with `{asked}(batch)`, and its own update asks it with `{other}(batch)` alone",
        call.place,
        f"with `{asked}(batch)`",
        labels=(Label(fitted[0].place, f"with `{other}(batch)`"),),
        help="ask it with the same condition in both updates",
    )
    return True
