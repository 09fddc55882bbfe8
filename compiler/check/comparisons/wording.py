"""How messages speak of sides, sources and calls."""

from __future__ import annotations

from collections.abc import Iterable

from ...base.diagnostics import Label
from ...base.source import Span
from ...types.forms import Source


def shown(span: Span) -> str:
    """A piece of the program in backticks; "this" where it is long."""
    text = " ".join(span.text.split())
    return f"`{text}`" if len(text) <= 50 else "this"


def called(source: Source) -> str:
    """Noise that is drawn or stored, by its name."""
    return f"`{source.name}`"


def places(sources: Iterable[Source], text: str, but: Span) -> tuple[Label, ...]:
    """A label at each source that lies outside of `but`."""
    found = {s.place: Label(s.place, text) for s in sources}
    return tuple(label for span, label in found.items() if not but.covers(span))
