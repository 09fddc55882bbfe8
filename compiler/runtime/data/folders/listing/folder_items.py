"""The items of a folder: its clips, images and sounds, each with what stands beside it, found before anything is decoded."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from ....base.errors import Place, Report, RunError
from ....base.media.clips_and_images import READERS, is_clip
from ....base.media.waves import SOUNDS
from ..cuts.array_files import holds
from ..file_fields import FileField, Mask, Number, Pixels, Values, Wave
from .captions import AS_WRITTEN, Texts, Wording, read_captions
from .metadata_files import LINES, Entry, metadata_name, read_metadata
from .pairs import ARRAYS, Pairs
from .passed_over import posters, some, tell_passed_over


@dataclass(frozen=True)
class Item:
    """`beside` are the files of the fields that do not come from the item's own file."""

    name: str
    path: Path
    texts: Mapping[str, Texts]
    numbers: Mapping[str, int | float | bool]
    beside: Mapping[str, Path]


def list_items(
    root: Path,
    fields: Mapping[str, FileField],
    place: Place | None,
    report: Report,
    wording: Wording = AS_WRITTEN,
    stated: Mapping[str, str] = MappingProxyType({}),
) -> list[Item]:
    """The items in order of their names; what is passed over goes to `report`. RunError where the folder is missing or
    empty, or a field lacks its file, its text or its number. `stated` are the paths that fields state, for `Pairs`."""
    if not root.is_dir():
        what = "is not a folder" if root.exists() else "does not exist"
        raise RunError("missing-file", f"{root} {what}", "name a folder of clips or images", place)
    names = _scan(root, place, report)
    heard, files = _is_sound_alone(fields), set(names)
    pairs = Pairs(root, names, fields, stated)
    media = [name for name in names if name not in pairs.others and _is_item(name, files, heard)]
    entries = read_metadata(root, set(media), fields, place, report) if media else {}
    named = _named(entries, fields)
    media = [name for name in media if name not in named]
    pictures = [] if heard else posters(media, entries.keys())
    if pictures:
        report(
            f"{len(pictures)} of {len(media)} files in {root} are the pictures of clips of the same names, and no samples: "
            f"{some(pictures)}"
        )
        media = [name for name in media if name not in set(pictures)]
    if not media:
        tell_passed_over(root, names, frozenset(), fields, report)
        kinds, endings = ("sounds", SOUNDS) if heard else ("clips or images", tuple(READERS))
        raise RunError(
            "missing-file",
            f"{root} holds no {kinds}",
            help=f"file names end in {', '.join(endings)}",
            place=place,
        )
    found = _Found(root, files, entries, pairs, place)
    texts = [name for name, field in fields.items() if field == "str"]
    written = read_captions(root, files, entries, texts, media, place, report)
    if len(texts) == 1:
        written = wording.completed(root, written, texts[0], report)
    for text in texts:
        found.require_text(text, [n for n in media if text not in written[n]], len(media), len(texts) == 1)
    numbers = {n: found.numbers(n, f, media) for n, f in fields.items() if isinstance(f, Number)}
    beside = {n: found.files(n, f, media) for n, f in fields.items() if f != "str"}
    _require_files_apart(root, fields, beside, media, pairs, place, report)
    used = {*media, *pictures, *(file for of_item in beside.values() for file in of_item.values())}
    tell_passed_over(root, names, used, fields, report)
    return [
        Item(
            name,
            root / name,
            written[name],
            {field: values[name] for field, values in numbers.items()},
            {field: root / names[name] for field, names in beside.items() if name in names},
        )
        for name in media
    ]


def _named(entries: Mapping[str, Entry], fields: Mapping[str, FileField]) -> set[str]:
    """The files that metadata names as fields of others, and describes not themselves."""
    media = [n for n, f in fields.items() if isinstance(f, Pixels | Wave)]
    found = (entry.get(field) for entry in entries.values() for field in media)
    return {PurePosixPath(name).as_posix() for name in found if isinstance(name, str)} - entries.keys()


def _require_files_apart(
    root: Path,
    fields: Mapping[str, FileField],
    beside: Mapping[str, Mapping[str, str]],
    media: Sequence[str],
    pairs: Pairs,
    place: Place | None,
    report: Report,
) -> None:
    """Two fields of one size are not read from one file; clips of two sizes may be, which is told."""
    own = {n: f for n, f in fields.items() if isinstance(f, Pixels) and not beside[n]}
    for later, size in own.items():
        first = next(n for n, f in own.items() if f == size)
        if first != later:
            raise RunError(
                "missing-file",
                f"{root} has no files for `{later}`, and from the items' own it would be what `{first}` is",
                help=f"of {media[0]} {pairs.expected(media[0], later)}, or "
                f'`{later}: pixels[...] {{ file = "{later}/{{name}}" }}`, or a column `{later}` of the metadata',
                place=place,
            )
    clips = [n for n, f in own.items() if f.frames is not None]
    if len(clips) > 1:
        report(f"{' and '.join(clips)} are all read from the items' own files in {root}, each in its size")


def _scan(root: Path, place: Place | None, report: Report) -> list[str]:
    """Every file's name relative to the folder, in order of code points; hidden ones are passed over, and links to folders
    are told."""

    def refuse(error: OSError) -> None:
        raise RunError("missing-file", f"{error.filename} cannot be read ({error.strerror})", place=place)

    found = []
    for folder, folders, files in os.walk(root, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in folders:
            if Path(folder, name).is_symlink():
                report(f"{Path(folder, name)} is a link to a folder, and what lies in it is not read")
        found += [Path(folder, name).relative_to(root).as_posix() for name in files if name[:1] != "."]
    return sorted(found)


def _is_sound_alone(fields: Mapping[str, FileField]) -> bool:
    """Whether the items are sounds: there are fields of sound, and none of pixels."""
    kinds = {type(f) for f in fields.values()}
    return Wave in kinds and Pixels not in kinds


def _is_item(name: str, files: Set[str], heard: bool) -> bool:
    path = PurePosixPath(name)
    if heard:
        alone = is_clip(path) and not _beside(path.with_suffix(""), SOUNDS, files)
        return path.suffix.lower() in SOUNDS or alone
    return path.suffix.lower() in READERS


def _beside(stem: PurePosixPath, endings: Sequence[str], files: Set[str]) -> list[str]:
    """The files of this name with one of these endings."""
    tried = (f"{stem}{e}" for ending in endings for e in (ending, ending.upper()))
    return [name for name in tried if name in files]


class _Found:
    """What stands beside the items of a folder."""

    def __init__(
        self, root: Path, files: set[str], entries: Mapping[str, Entry], pairs: Pairs, place: Place | None
    ) -> None:
        self.root, self.all, self.entries, self.pairs, self.place = root, files, entries, pairs, place

    def require_text(self, field: str, missing: Sequence[str], count: int, alone: bool) -> None:
        if not missing:
            return
        first = missing[0]
        beside = f"write it to {PurePosixPath(first).with_suffix('.txt').name} beside {first}, or "
        raise RunError(
            "missing-file",
            f"{len(missing)} of {count} files in {self.root} have no text for `{field}`: {some(missing)}",
            help=f"{beside if alone else ''}add {self._line(first, field, '...')}",
            place=self.place,
        )

    def numbers(self, field: str, wanted: Number, media: Sequence[str]) -> dict[str, int | float | bool]:
        """The numbers of a field by item, from its metadata."""
        found = {n: _number(self.entries.get(n, {}).get(field), wanted.kind) for n in media}
        missing = [n for n, value in found.items() if value is None]
        if missing:
            example = {"int": 3, "float": 0.5, "bool": True}[wanted.kind]
            raise RunError(
                "missing-file",
                f"{len(missing)} of {len(media)} files in {self.root} have no {wanted.kind} for `{field}`: {some(missing)}",
                help=f"add {self._line(missing[0], field, example)}",
                place=self.place,
            )
        return {n: value for n, value in found.items() if value is not None}

    def files(self, field: str, wanted: FileField, media: Sequence[str]) -> dict[str, str]:
        """The file of a field by item, where it is another than the item's own; of all items, or of none."""
        found = {n: f for n in media if (f := self._file(n, field, wanted)) is not None}
        own = [n for n in media if n not in found and not _holds(n, wanted)]
        missing = [n for n in media if n not in found] if found else own
        if missing:
            raise RunError(
                "missing-file",
                f"{len(missing)} of {len(media)} files in {self.root} have no `{field}`: {some(missing)}",
                help=f"{self.pairs.expected(missing[0], field)}, or named in {self.root / metadata_name(self.root)}",
                place=self.place,
            )
        return found

    def _file(self, name: str, field: str, wanted: FileField) -> str | None:
        path = PurePosixPath(name)
        named = self.entries.get(name, {}).get(field)
        if isinstance(wanted, Number):
            return None
        if isinstance(named, str):
            if PurePosixPath(named).as_posix() not in self.all:
                raise RunError(
                    "missing-file",
                    f"{self.root / metadata_name(self.root)} names {named} as `{field}` of {name}, "
                    f"and there is no such file in {self.root}",
                    place=self.place,
                )
            return PurePosixPath(named).as_posix()
        found = self.pairs.file(name, field)
        if found is None and isinstance(wanted, Wave) and path.suffix.lower() not in SOUNDS:
            found = next(iter(_beside(path.with_suffix(""), SOUNDS, self.all)), None)
        if found is None and isinstance(wanted, Values):
            shared = _beside(path.with_suffix(""), ARRAYS[1:], self.all)
            found = next((f for f in shared if holds(self.root / f, field)), None)
        return found

    def _line(self, name: str, field: str, value: object) -> str:
        if (file := metadata_name(self.root)) != LINES:
            return f"a column `{field}` to {self.root / file}, with a value for {name}"
        return f"{json.dumps({'file_name': name, field: value})} to {self.root / file}"


def _holds(name: str, wanted: FileField) -> bool:
    """Whether an item's own file may hold a field."""
    path = PurePosixPath(name)
    if isinstance(wanted, Wave):
        return is_clip(path) or path.suffix.lower() in SOUNDS
    return not isinstance(wanted, Values | Mask)


def _number(value: object, kind: str) -> int | float | bool | None:
    """A number of this kind; None for anything else."""
    if isinstance(value, bool) or kind == "bool":
        return value if isinstance(value, bool) and kind == "bool" else None
    if isinstance(value, int):
        return float(value) if kind == "float" else value
    return value if isinstance(value, float) and kind == "float" and math.isfinite(value) else None
