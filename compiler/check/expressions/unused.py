"""Warnings about what was checked: names that nothing reads, stops that cut off nothing."""

from __future__ import annotations

from ...base.diagnostics import Fix
from ..core.session import Session
from .functions.stops import without_stop


def lint(session: Session) -> None:
    for span, redundant in session.usage.stops.items():
        if redundant:
            session.error(
                "redundant-stop",
                "no gradient would flow here, whatever is trained",
                span,
                "cuts nothing",
                help="leave the `stop(...)` out",
                fixes=without_stop(span),
            )
    for span, (name, used) in session.usage.names.items():
        if not used and not name.startswith("_"):
            session.error(
                "unused-binding",
                f"nothing reads `{name}`",
                span,
                help="remove it, or begin its name with `_`",
                fixes=(Fix(f"call it `_{name}`", span, f"_{name}", safe=True),),
            )
