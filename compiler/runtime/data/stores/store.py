"""What a store gives: a sample's texts, numbers, encoded media and tensors, by its index."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Protocol

from ..folders.captions import Texts
from ..samples import FieldValue


@dataclass(frozen=True)
class Blob:
    """A file's bytes; `ending` tells its kind, `.mp4`."""

    ending: str
    content: bytes


@dataclass(frozen=True)
class Row:
    """One sample, not decoded. `own` is the clip, image or sound that fields without bytes of their own in `beside` come
    from; `tensors` are whole fields, with the keys of their content."""

    texts: Mapping[str, Texts]
    numbers: Mapping[str, int | float | bool]
    own: Blob | None = None
    beside: Mapping[str, Blob] = field(default_factory=dict)
    tensors: Mapping[str, FieldValue] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)


class Store(Protocol):
    """Samples by index, in the store's own order. May be read from several threads."""

    where: str
    """The store, for people."""
    what: str
    """What it holds, in the plural: samples, rows."""

    def __len__(self) -> int: ...

    def label(self, index: int) -> str:
        """Where a sample lies, for people: `a.tar:walk/0001`."""
        ...

    def row(self, index: int, read: Set[str] | None) -> Row:
        """A sample with these of its fields of pixels, sound and tensors, or all of them. Raises MediaError for one that
        cannot be used."""
        ...

    def fingerprint(self) -> str:
        """A hash of which samples there are, as far as it is known without reading them."""
        ...
