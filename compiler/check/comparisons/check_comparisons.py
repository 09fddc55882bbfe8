"""The rules about what losses compare, one a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...program.values import Value
from ..core.session import Session
from .comparison import Comparison
from .rules import (
    condition_mismatch,
    factors,
    guidance_by_hand,
    guidance_scale,
    live_scalar,
    live_target,
    moves_away,
    target_unseen,
    weights,
)

Rule = Callable[[Session, Comparison], None]
"""Reports what is wrong with a comparison."""

RULES: tuple[Rule, ...] = (
    target_unseen.check,
    factors.check,
    guidance_by_hand.check,
    live_scalar.check,
    live_target.check,
    moves_away.check,
    condition_mismatch.check,
    guidance_scale.check,
    weights.check_sign,
    weights.check_times,
)


def check_comparisons(
    session: Session, losses: Sequence[tuple[str, Value]], comparisons: Sequence[Comparison]
) -> None:
    """Checks what an update compares, in all its losses."""
    for c in comparisons:
        if c.known and c.sign != 0:
            for rule in RULES:
                rule(session, c)
    moves_away.check_update(session, [name for name, _ in losses], comparisons)
    guidance_by_hand.check_fed(session, [v for _, v in losses])
    for _, loss in losses:
        live_scalar.check_division(session, loss, comparisons)
