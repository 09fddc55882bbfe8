"""Draws that `clamp` heaps on its ends."""

from __future__ import annotations

from fractions import Fraction

from ....base.diagnostics import Label
from ....program.quantiles import quantiles, share_below
from ....program.values import Value
from ....syntax import ast
from ...core.session import Session
from ...core.term import Term

SHARE = 0.25
"""Of the draws, that may come to lie on one end without a word."""


def check(session: Session, x: Value, e: ast.Call, low: Term, high: Term) -> None:
    """Warns where more than a quarter of a distribution, or of what is drawn from it, comes to lie on an end."""
    source = _distribution(x)
    quantile = quantiles(source) if source is not None else None
    if source is None or quantile is None:
        return
    for end, below in ((low, True), (high, False)):
        if not isinstance(end.constant, (int, Fraction)):
            continue
        share = share_below(quantile, float(end.constant))
        share = share if below else 1 - share
        if share > SHARE and session.reported.first(
            "heaped", str(e.span.start), e.span.source.path, str(below)
        ):
            _report(session, source, e, end, share)


def _distribution(x: Value) -> Value | None:
    """The distribution that a value is, or is drawn from; what is computed from a draw is not followed."""
    return x.args[0] if x.op == "draw" else x


def _report(session: Session, source: Value, e: ast.Call, end: Term, share: float) -> None:
    assert isinstance(end.constant, (int, Fraction))
    low, high = e.args[1].value.span.text, e.args[2].value.span.text
    drawn = source.span.text
    cut = (
        f"`truncated({drawn}, {low}, {high})`"
        if drawn.isprintable() and len(drawn) < 60
        else "`truncated(d, low, high)`"
    )
    session.bag.error(
        "heaped-draws",
        f"`clamp` puts {100 * share:.0f} % of these draws on {float(end.constant):g}",
        e.span,
        labels=(Label(source.span, "drawn from here"),) if source.span.line != e.span.line else (),
        help=f"{cut} draws between the ends alone",
    )
