"""Which file is another field of an item: as the field states, beside the item by its name, or in the field's own folder."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from ....base.media.clips_and_images import READERS
from ....base.media.waves import SOUNDS
from ..file_fields import FileField, Mask, Pixels, Values, Wave

ARRAYS = (".npy", ".safetensors")
ENDINGS: Mapping[type, Sequence[str]] = {
    Pixels: tuple(READERS),
    Mask: tuple(READERS),
    Wave: SOUNDS,
    Values: ARRAYS,
}
"""Of the files that a kind of field is read from; where two have one name, the first of these is taken."""

NAME = "{name}"


class Pairs:
    """The files that are other fields of the items in a folder.

    `stated` are paths by field, from the folder on, in which `{name}` is an item's name without its ending; without it the
    path is a folder of files of the items' names. Any ending of the field's kind does where none is stated. Of the other
    fields, that of `a.mp4` is `a.FIELD.EXT` or `FIELD/a.EXT`. Where every field has a folder, the files of the first declared
    are the items.
    """

    def __init__(
        self, root: Path, names: Sequence[str], fields: Mapping[str, FileField], stated: Mapping[str, str]
    ) -> None:
        self._root, self._fields, self._stated = root, fields, stated
        self._kinds = {n: ENDINGS[type(f)] for n, f in fields.items() if type(f) in ENDINGS}
        self._order = {n: i for i, n in enumerate(self._kinds)}
        self._by_stem: dict[str, list[str]] = {}
        for name in names:
            stem = str(PurePosixPath(name).with_suffix("")) if PurePosixPath(name).suffix else name
            self._by_stem.setdefault(stem, []).append(name)
        media = [n for n, f in fields.items() if isinstance(f, Pixels | Wave)]
        self.others = {
            found
            for name in names
            for field in media
            if self._comes_first(name, field) and (found := self.file(name, field)) not in (None, name)
        }
        """Files that are no items, as they are fields of others."""

    def file(self, item: str, field: str) -> str | None:
        """The file of an item's field, from the folder on; None where there is none."""
        if field in self._stated:
            return self._first(self._pattern(item, field), field)
        stem, (_, key) = str(PurePosixPath(item).with_suffix("")), self._folder_and_key(item)
        return self._first(f"{stem}.{field}", field) or self._first(f"{field}/{key}", field)

    def expected(self, item: str, field: str) -> str:
        """Where a file that is missing would be, in words."""
        if field in self._stated:
            return f"it is {self._pattern(item, field)}, as the field states"
        path, (_, key) = PurePosixPath(item), self._folder_and_key(item)
        kind = self._fields[field]
        clip = isinstance(kind, Pixels) and kind.frames is not None
        ending = (
            path.suffix if clip else {Pixels: ".png", Mask: ".png", Wave: ".wav", Values: ".npy"}[type(kind)]
        )
        return f"it is {path.stem}.{field}{ending} beside {path.name}, or {field}/{key}{ending}"

    def _pattern(self, item: str, field: str) -> str:
        stated = self._stated[field]
        pattern = stated if NAME in stated else f"{stated}/{NAME}"
        return posixpath.normpath(pattern.replace(NAME, str(PurePosixPath(item).with_suffix(""))))

    def _folder_and_key(self, item: str) -> tuple[int, str]:
        """The place of the field in whose folder an item lies, -1 for none; and its name in the others."""
        first, _, rest = str(PurePosixPath(item).with_suffix("")).partition("/")
        return (
            (self._order[first], rest)
            if rest and first in self._order
            else (-1, f"{first}/{rest}".rstrip("/"))
        )

    def _comes_first(self, item: str, field: str) -> bool:
        return self._folder_and_key(item)[0] < self._order[field]

    def _first(self, path: str, field: str) -> str | None:
        """The file of this path, or of this path with one of the field's endings."""
        endings = self._kinds[field]
        if PurePosixPath(path).suffix.lower() in endings and self._there(path):
            return path
        if path.startswith(("../", "/")):
            return next((f"{path}{e}" for e in endings if self._there(f"{path}{e}")), None)
        found = {PurePosixPath(n).suffix.lower(): n for n in self._by_stem.get(path, ())}
        return next((found[e] for e in endings if e in found), None)

    def _there(self, path: str) -> bool:
        if path.startswith(("../", "/")):
            return os.path.isfile(self._root / path)
        return path in self._by_stem.get(str(PurePosixPath(path).with_suffix("")), ())
