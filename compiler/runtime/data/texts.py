"""Sources whose texts are at hand before anything is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable


@runtime_checkable
class Written(Protocol):
    def texts(self, field: str) -> Iterator[tuple[str, str]]:
        """Each text of a field, wordings included, with the name of the item that it is of."""
        ...
