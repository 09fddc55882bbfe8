"""Whether the files of one item have one shape: cropped alike, they show the same part of a scene only then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path

from ....base.media.clips_and_images import MediaError, shown_size
from ..file_fields import Mask, Pixels
from ..listing.folder_items import Item

_APART = 0.01
"""How far the aspects of two files may lie apart, relative: sizes are rounded to what codecs take."""

Size = Callable[[Path], tuple[int, int]]
"""The width and height of a file's frames, as its header has them."""


def unlike(item: Item, pixels: Mapping[str, Pixels], size: Size) -> tuple[Path, str] | None:
    """The first file that is of another shape than one with which it is cut alike, and what is wrong with it.

    Clips and masks are cut alike where their fields have one aspect. A picture beside a clip may show anything.
    """
    first: dict[Fraction, tuple[str, Path]] = {}
    for name, field in pixels.items():
        if field.frames is None and name in item.beside and not isinstance(field, Mask):
            continue
        path = item.beside.get(name, item.path)
        other, before = first.setdefault(Fraction(field.width, field.height), (name, path))
        if path == before:
            continue
        (w, h), (v, u) = size(path), size(before)
        if not _close(w * u, v * h):  # as headers have them, which may be turned
            try:
                (h, w), (u, v) = shown_size(path, field.most), shown_size(before, field.most)
            except MediaError as error:
                return error.path, error.reason
        if not _close(w * u, v * h):
            return (
                path,
                f"is {w} × {h} as `{name}`, and `{other}` is {v} × {u}: cropped alike they would not show the same",
            )
    return None


def _close(a: int, b: int) -> bool:
    return abs(a - b) <= _APART * max(a, b)
