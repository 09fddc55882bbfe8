"""The rules about what losses compare, one a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ..core.session import Session
from . import (
    condition_mismatch,
    guidance_by_hand,
    live_scalar,
    live_target,
    moves_away,
    target_unseen,
    weights,
)
from .comparison import Comparison

Rule = Callable[[Session, Comparison], None]
"""Reports what is wrong with a comparison."""

RULES: tuple[Rule, ...] = (
    target_unseen.check,
    guidance_by_hand.check,
    live_scalar.check,
    live_target.check,
    moves_away.check,
    condition_mismatch.check,
    weights.check_sign,
    weights.check_times,
)


def check_comparisons(session: Session, losses: Iterable[str], comparisons: Sequence[Comparison]) -> None:
    """Checks what an update compares; `losses` are the names of all its losses."""
    for c in comparisons:
        if c.known and c.sign != 0:
            for rule in RULES:
                rule(session, c)
    moves_away.check_update(session, losses, comparisons)
