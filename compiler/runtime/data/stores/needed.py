"""Libraries that one kind of store needs, imported when a program names it."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from ...base.errors import Place, RunError


def needed(library: str, source: str, place: Place | None) -> ModuleType:
    """The library, or a RunError that says how it is installed."""
    try:
        return import_module(library)
    except ImportError as error:
        raise RunError(
            "missing-file",
            f"`{source}` is read by the library {library.partition('.')[0]}, which is not installed ({error})",
            help=f'pip install "fdc[{source}]"',
            place=place,
        ) from error
