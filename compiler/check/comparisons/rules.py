"""The rules about what losses compare, one a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..core.session import Session
from . import guidance_by_hand, live_scalar, target_unseen, weights
from .comparison import Comparison

Rule = Callable[[Session, Comparison], None]
"""Reports what is wrong with a comparison."""

RULES: tuple[Rule, ...] = (
    target_unseen.check,
    guidance_by_hand.check,
    live_scalar.check,
    weights.check_sign,
    weights.check_times,
)


def check_comparisons(session: Session, comparisons: Iterable[Comparison]) -> None:
    for c in comparisons:
        if c.known:
            for rule in RULES:
                rule(session, c)
