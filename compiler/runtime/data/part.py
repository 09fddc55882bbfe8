"""What a folder, or a store, is to those that read several of them, or read each item at sizes of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from ..base.errors import RunError
from ..base.media.clips_and_images import MediaError
from .folders.extents import Extent
from .folders.file_fields import FileField
from .item_order import Turn
from .samples import Known, Sample


class Part(Protocol):
    """Items by index. Those that cannot be used are left out, with reasons, in all copies `at_sizes`."""

    @property
    def where(self) -> str:
        """Its name for people, which tells it from others."""
        ...

    @property
    def what(self) -> str:
        """What it holds, in the plural: files, rows."""
        ...

    @property
    def names(self) -> Sequence[str]:
        """Those of its items, in its own order."""
        ...

    @property
    def rate(self) -> int | None: ...
    @property
    def frame_rate(self) -> float | None: ...
    @property
    def failed(self) -> Mapping[str, str]: ...
    @property
    def upscale(self) -> float:
        """How many times its files may be enlarged."""
        ...

    def __len__(self) -> int: ...
    def name(self, index: int) -> str: ...
    def is_left_out(self, index: int) -> bool: ...
    def leave_out(self, index: int, error: MediaError) -> None: ...
    def leave_out_all(self, reasons: Mapping[int, str]) -> None: ...
    def too_many(self) -> RunError: ...
    def read(self, position: int, turn: Turn) -> Sample:
        """The item of a turn. Raises MediaError."""
        ...

    def at_sizes(self, fields: Mapping[str, FileField]) -> Part:
        """The same items, with fields of other sizes, whatever they enlarge."""
        ...

    def extents(self, kept: Path | None) -> Mapping[int, Extent]:
        """How large each item is that can be used, by its index; the others are left out."""
        ...

    def misfits(self, indices: Iterable[int]) -> dict[int, str]:
        """Those of these items whose tensors are not what is declared, with reasons, as far as is known unread."""
        ...

    def spare(self, known: Known) -> None: ...
    def texts(self, field: str) -> Iterator[tuple[str, str]]: ...
    def fingerprint(self) -> str: ...
    def contents(self) -> dict[str, str]: ...
