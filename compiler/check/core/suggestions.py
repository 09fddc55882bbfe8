"""The help for names that nothing has."""

from __future__ import annotations

from collections.abc import Iterable

from ...base.diagnostics import nearest


def did_you_mean(name: str, known: Iterable[str], else_: str = "") -> str:
    """The help for an unknown name."""
    near = nearest(name, known)
    return f"did you mean `{near}`?" if near else else_
