"""A part of a batch, `x[samples = 0 .. 4]`: which samples a loss is of."""

from __future__ import annotations

from ...base.diagnostics import respelt
from ...base.frozen import replace
from ...syntax import ast
from ..core.context import Context
from ..core.evaluate import evaluate
from ..core.session import Session
from ..core.term import Term

SIDES = ("a", "b")
Part = tuple[int, int]
"""From which sample of a step's batch on, and up to which, that one left out."""


def alone(session: Session, e: ast.SamplesOf, context: Context) -> Term:
    """Anywhere but as a side of a loss."""
    evaluate(session, e.base, context)
    return session.error(
        "type-mismatch",
        "a part of a batch stands in a loss, as both of its sides: every other value is of all samples",
        e.span,
        help="`mse(x[samples = 0 .. 4], y[samples = 0 .. 4])` is a loss of the first four samples",
    )


def without_parts(session: Session, e: ast.Call, context: Context) -> tuple[ast.Call, Part | None, bool]:
    """A loss's call with whole sides, the part of the batch that both were of, and whether all of that is right."""
    sides = [a for i, a in enumerate(e.args) if (a.name or (SIDES[i] if i < 2 else "")) in SIDES]
    parts = [a.value for a in sides if isinstance(a.value, ast.SamplesOf)]
    if not parts:
        return e, None, True
    whole = {id(a): replace(a, value=a.value.base) for a in sides if isinstance(a.value, ast.SamplesOf)}
    call = replace(e, args=tuple(whole.get(id(a), a) for a in e.args))
    first, *others = parts
    found = _part(session, first, context)
    alike = [o for o in others if o.word.id == first.word.id and _text(o) == _text(first)]
    again = [found if o in alike else _part(session, o, context) for o in others]
    if found is None or None in again:
        return call, None, False
    if len(parts) < len(sides) or any(o != found for o in again):
        session.error(
            "type-mismatch",
            "the two sides of a loss are of the same samples",
            next((a.value.span for a in sides if a.value is not first), e.span),
            help=f"write `[{_text(first)}]` behind both",
        )
        return call, None, False
    return call, found, True


def _text(e: ast.SamplesOf) -> str:
    return f"samples = {e.which.span.text}"


def _part(session: Session, e: ast.SamplesOf, context: Context) -> Part | None:
    if e.word.id != "samples":
        session.error(
            "unknown-parameter",
            f"`samples = 0 .. 4` tells a part of a batch, and there is no `{e.word.id}`",
            e.word.span,
            fixes=respelt(e.word.id, "samples", e.word.span, closed=True),
        )
        return None
    if not isinstance(e.which, ast.Range):
        session.error("type-mismatch", "which samples is a range, `0 .. 4` for the first four", e.which.span)
        return None
    low, high = (_number(session, end, context) for end in (e.which.low, e.which.high))
    if low is None or high is None:
        return None
    if not 0 <= low < high:
        session.error(
            "bad-setting",
            "a part of a batch has a sample, and the first one is 0",
            e.which.span,
            f"from sample {low} to before {high}",
        )
        return None
    return low, high


def _number(session: Session, e: ast.Expr, context: Context) -> int | None:
    end = evaluate(session, e, context)
    if end.unknown:
        return None
    number = end.dim.constant if end.dim is not None else None
    if number is None:
        session.error(
            "type-mismatch",
            "which samples a loss is of is known beforehand: a whole number, or a parameter",
            e.span,
            str(end.type),
        )
    return number
