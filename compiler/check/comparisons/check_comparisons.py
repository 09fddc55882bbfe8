"""The rules about what losses compare, one a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ...base.source import Span
from ...program.values import Value, every_value
from ...syntax import ast
from ...syntax.visitor import names_read, nodes
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
    sums,
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
    check_each(session, comparisons)
    moves_away.check_update(session, [name for name, _ in losses], comparisons)
    guidance_by_hand.check_fed(session, [v for _, v in losses])
    sums.check(session, [v for _, v in losses])
    sums.check_distances(session, comparisons)
    for _, loss in losses:
        live_scalar.check_division(session, loss, comparisons)


def check_each(session: Session, comparisons: Iterable[Comparison]) -> None:
    """Checks each comparison by itself, as far as its sides are known."""
    for c in comparisons:
        if c.known and c.sign != 0:
            for rule in RULES:
                rule(session, c)


def untouched(losses: Iterable[tuple[str, Value]], errors: Sequence[Span]) -> frozenset[str]:
    """The losses of which nothing was made where one of these errors is told."""
    return frozenset(
        name
        for name, loss in losses
        if not any(v.span.covers(e) or e.covers(v.span) for v in every_value([loss]) for e in errors)
    )


def aside(update: ast.UpdateDecl, errors: Sequence[Span]) -> frozenset[str]:
    """The losses that read nothing, over any number of names, of a statement in which one of these errors is told."""
    bound = {id(s): _bound(s) for s in update.body}
    read = {id(s): names_read([s]) for s in update.body}
    wrong = {id(s) for s in update.body if any(s.span.covers(e) for e in errors)}
    found = set()
    for loss in update.body:
        if not isinstance(loss, ast.Loss):
            continue
        wanted, before = set(read[id(loss)]), -1
        while before < len(wanted):
            before = len(wanted)
            wanted |= {n for s in update.body if bound[id(s)] & wanted for n in read[id(s)]}
        touched = {id(s) for s in update.body if bound[id(s)] & wanted} | {id(loss)}
        if not touched & wrong:
            found.add(loss.name.id)
    return frozenset(found)


def _bound(s: ast.Statement) -> set[str]:
    """The names that a statement gives a meaning, in all rounds of a loop."""
    found: set[str] = set()
    for node in nodes([s]):
        match node:
            case ast.Bind(targets=targets) | ast.For(targets=targets):
                found |= {t.id for t in targets}
            case ast.Draw(target=name):
                found.add(name.id)
            case _:
                pass
    return found
