"""A diagnostic as data. Rendering lives in `report.py`, the pages of `fdc explain` in `grammar/codes.py`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from .source import Span

Severity = Literal["error", "warning", "info"]

LINTS = frozenset({"redundant-stop", "unused-binding", "constant-loss", "asserted-quantity"})
"""Codes that are warnings: the program is accepted."""


@dataclass(frozen=True)
class Label:
    """A further place, with what to see there."""

    span: Span
    text: str


@dataclass(frozen=True)
class Fix:
    """An exact edit: replace `span` by `text`. `safe` ones keep the program's meaning as the author stated it."""

    title: str
    span: Span
    text: str
    safe: bool = False


@dataclass(frozen=True)
class Diagnostic:
    """One message.

    `span` is where the user made the choice, `note` what is to be seen there; `facts` are what was known at that
    place, each with its origin already in words (`F = 81 from wan_dmd2.fdl:5`).
    """

    code: str
    message: str
    span: Span
    note: str = ""
    labels: tuple[Label, ...] = ()
    facts: tuple[str, ...] = ()
    help: str = ""
    fixes: tuple[Fix, ...] = ()

    @property
    def severity(self) -> Severity:
        return "warning" if self.code in LINTS else "error"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, if one is near enough to be meant."""
    found = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def in_order(found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Sorted by file and place; the same code at the same place only once."""
    seen: set[tuple[str, str, int]] = set()
    kept = []
    for d in sorted(found, key=lambda d: (d.span.source.path, d.span.start, d.code)):
        key = (d.code, d.span.source.path, d.span.start)
        if key not in seen:
            seen.add(key)
            kept.append(d)
    return tuple(kept)
