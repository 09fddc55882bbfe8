"""Diagnostics as lines that editors and `grep` understand: `path:line:column: severity[code]: message`."""

from __future__ import annotations

from collections.abc import Sequence

from ..base.diagnostics import Diagnostic
from .text import one_line, place


def lines(diagnostics: Sequence[Diagnostic]) -> str:
    """A line for each diagnostic."""
    return "\n".join(f"{place(d.span)}: {d.severity}[{d.code}]: {one_line(d.message)}" for d in diagnostics)
