"""Places of a program as comments and reports write them."""

from __future__ import annotations

from collections.abc import Iterable

from ..base.source import Span


def base_name(span: Span | None) -> str:
    return span.source.path.replace("\\", "/").rsplit("/", 1)[-1] if span is not None else ""


def places(spans: Iterable[Span]) -> str:
    """`dmd2.fdl:15-17, wan.fdl:63`."""
    lines: dict[str, list[int]] = {}
    for span in spans:
        lines.setdefault(base_name(span), []).append(span.line)
    ends = {file: (min(found), max(found)) for file, found in lines.items()}
    return ", ".join(f"{file}:{a}" if a == b else f"{file}:{a}-{b}" for file, (a, b) in ends.items())
