"""What a store gives: a sample's texts, numbers, encoded media and tensors, by its index."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

from ...base.media.clips_and_images import MediaError
from ..folders.file_fields import Mask, Pixels
from ..folders.listing.captions import Texts
from ..samples import FieldValue
from .store_fields import StoreField


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

    def texts(self, field: str) -> Iterator[tuple[int, Texts]]:
        """The wordings of a field with the index of each sample, those that lack them left out."""
        ...

    def contents(self) -> Iterator[str]:
        """A hash of each sample in order, of what is known of it without reading it."""
        ...


def own_media(media: Mapping[str, str], fields: Mapping[str, StoreField]) -> str | None:
    """Of the media by field, named somehow, those that the others are cut with: of the first clip, image or sound."""
    shown = {n: f for n in media if isinstance(f := fields[n], Pixels) and not isinstance(f, Mask)}
    clips = (media[n] for n, f in shown.items() if f.frames is not None)
    images = (media[n] for n in shown)
    return next(chain(clips, images, media.values()), None)


def number_of(value: object, kind: str) -> int | float | bool | None:
    """A number of this kind; None for anything else."""
    if isinstance(value, bool) or kind == "bool":
        return value if isinstance(value, bool) and kind == "bool" else None
    if isinstance(value, int):
        return float(value) if kind == "float" else value
    finite = isinstance(value, float) and kind == "float" and math.isfinite(value)
    return float(value) if finite and isinstance(value, float) else None


def texts_of(value: Any, name: str, label: str) -> Texts:
    """A text, or a list of wordings. Raises MediaError for anything else."""
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(v, str) for v in values):
        raise MediaError(Path(label), f"has no text for `{name}`")
    return tuple(v.strip() for v in values)
