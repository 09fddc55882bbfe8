"""What is told of a library that one kind of store needs, and that is not installed."""

from __future__ import annotations

from ...base.errors import Place, RunError


def absent(library: str, source: str, place: Place | None, error: ImportError) -> RunError:
    """Libraries of stores are imported where a program names such a store."""
    return RunError(
        "missing-file",
        f"`{source}` is read by the library {library}, which cannot be imported ({error})",
        help=f'pip install "fdc[{source}]"',
        place=place,
    )
