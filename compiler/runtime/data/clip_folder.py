"""A folder of clips and images with their captions as a source of training data."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from torch import Tensor

from ..base.errors import Place, Report, RunError
from ..base.media import READERS, MediaError, read_pixels
from ..random.streams import Streams
from .samples import FieldValue, FileField, Sample, order
from .text_files import json_hash, read_lines, read_text, text_key


@dataclass(frozen=True)
class _Item:
    name: str
    path: Path
    texts: Mapping[str, str]


class ClipFolder:
    """A folder of clips and images, its subfolders included, with captions.

    A caption stands in `NAME.txt` beside `NAME.mp4`, or in `metadata.jsonl` in the folder itself: one JSON
    object a line with `file_name` and the caption under the field's own name, `prompt`, `caption` or `text`.
    With more than one text field each needs its own name there. Every caption is read, and missed, before the
    first step.

    RunError for a folder that is missing, empty or not described; and from `sample` once more than the share
    `failing` of the files could not be used. Those so far, with reasons, are in `failed`.
    """

    def __init__(
        self,
        root: Path,
        fields: Mapping[str, FileField],
        seed: int | None,
        place: Place | None,
        report: Report,
        failing: float = 0.05,
    ) -> None:
        texts = [name for name, field in fields.items() if field == "str"]
        pixels = {name: field[1:] for name, field in fields.items() if field != "str"}
        if len(pixels) > 1:
            raise RunError(
                "data-mismatch",
                f"a folder gives one field of pixels, and {', '.join(pixels)} are asked for",
                place=place,
            )
        self._root, self._seed, self._place, self._report = root, seed, place, report
        self._pixels, self._failing = pixels, failing
        self._items = _items(root, texts, place)
        self._lock = threading.Lock()
        self._counts: dict[int, int] = {}
        self._cuts: dict[tuple[int, int], Tensor] = {}
        self._cut_bytes = 0
        self.failed: dict[str, str] = {}
        empty = [item.name for item in self._items if not all(item.texts.values())]
        if empty:
            report(f"{len(empty)} of {len(self)} captions in {root} are empty: {_some(empty)}")

    def __len__(self) -> int:
        return len(self._items)

    def sample(self, position: int) -> Sample:
        epoch, offset = divmod(position, len(self))
        permutation = order(self._seed, epoch, len(self))
        for later in range(len(self)):
            index = int(permutation[(offset + later) % len(self)])
            item = self._items[index]
            if item.name in self.failed:
                continue
            try:
                return self._read(position, epoch, index, item)
            except MediaError as error:
                self._leave_out(item, error)
        raise self._too_many()

    def fingerprint(self) -> str:
        return json_hash([(item.name, item.path.stat().st_size, dict(item.texts)) for item in self._items])

    def _read(self, position: int, epoch: int, index: int, item: _Item) -> Sample:
        fields: dict[str, FieldValue] = dict(item.texts)
        keys = {name: text_key(text) for name, text in item.texts.items()}
        for name, (frames, height, width) in self._pixels.items():
            draw = Streams(self._seed or 0, epoch, (index,))

            def start_of(count: int, frames: int = frames, draw: Streams = draw) -> int:
                return int(draw.integer("<data start>", 0, count - frames + 1)) if count > frames else 0

            fields[name], start = self._cut(index, item, frames, height, width, start_of)
            keys[name] = f"{_PIXELS_VERSION} {_file_hash(item.path)} {start} {frames}x{height}x{width}"
        return Sample(position, index, item.name, fields, keys)

    def _cut(
        self, index: int, item: _Item, frames: int, height: int, width: int, start_of: Callable[[int], int]
    ) -> tuple[Tensor, int]:
        """A cut of a file; the latest cuts are kept in memory, as epochs of short clips come back to them."""
        count = self._counts.get(index)
        if count is not None:
            start = start_of(count)
            found = self._cuts.get((index, start))
            if found is not None:
                return found, start

        def noting(count: int) -> int:
            self._counts[index] = count
            return start_of(count)

        pixels, start = read_pixels(item.path, frames, height, width, noting)
        with self._lock:
            if (index, start) not in self._cuts:
                self._cuts[index, start] = pixels
                self._cut_bytes += pixels.nbytes
            while self._cut_bytes > _MEMORY:
                oldest = next(iter(self._cuts))
                self._cut_bytes -= self._cuts.pop(oldest).nbytes
        return pixels, start

    def _leave_out(self, item: _Item, error: MediaError) -> None:
        with self._lock:
            if item.name not in self.failed:
                self.failed[item.name] = error.reason
                self._report(f"{item.path} {error.reason}; it is left out")
            if len(self.failed) > self._failing * len(self):
                raise self._too_many() from error

    def _too_many(self) -> RunError:
        reasons = tuple(f"{name} {reason}" for name, reason in list(self.failed.items())[:_NAMED])
        return RunError(
            "data-mismatch",
            f"{len(self.failed)} of {len(self)} files in {self._root} cannot be used, "
            f"more than the {self._failing:.0%} that may be left out",
            help="repair these files or take them out of the folder",
            place=self._place,
            facts=reasons,
        )


_MEMORY = 256 << 20

# Part of every content key: counts the changes to how a file becomes pixels.
_PIXELS_VERSION = "pixels-1"


def _file_hash(path: Path) -> str:
    try:
        stat = path.stat()
        return _hash_at(path, stat.st_size, stat.st_mtime_ns)
    except OSError as error:
        raise MediaError(path, f"cannot be read ({error.strerror})") from error


@lru_cache(maxsize=1 << 16)
def _hash_at(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


_METADATA = "metadata.jsonl"
_CAPTION_NAMES = ("prompt", "caption", "text")
_NAMED = 5


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _scan(root: Path, place: Place | None) -> tuple[list[str], set[str]]:
    """Names relative to the folder: clips and images in order of code points, and every `.txt`."""

    def refuse(error: OSError) -> None:
        raise RunError("missing-file", f"{error.filename} cannot be read ({error.strerror})", place=place)

    media, texts = [], set()
    for folder, folders, files in os.walk(root, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(folder, name)
            relative = path.relative_to(root).as_posix()
            if name.startswith("."):
                continue
            if path.suffix.lower() in READERS:
                media.append(relative)
            elif path.suffix == ".txt":
                texts.add(relative)
    return sorted(media), texts


def _items(root: Path, texts: Sequence[str], place: Place | None) -> list[_Item]:
    if not root.is_dir():
        what = "is not a folder" if root.exists() else "does not exist"
        raise RunError("missing-file", f"{root} {what}", "name a folder of clips or images", place)
    media, text_files = _scan(root, place)
    if not media:
        raise RunError(
            "missing-file",
            f"{root} holds no clips or images",
            help=f"file names end in {', '.join(READERS)}",
            place=place,
        )
    entries = _metadata(root, set(media), place)
    found = {name: _texts(root, name, texts, entries.get(name, {}), text_files, place) for name in media}
    missing = [name for name in media if len(found[name]) < len(texts)]
    if missing:
        first = missing[0]
        wanted = next(text for text in texts if text not in found[first])
        beside = f"write it to {PurePosixPath(first).with_suffix('.txt').name} beside {first}, or "
        line = json.dumps({"file_name": first, wanted: "..."})
        raise RunError(
            "missing-file",
            f"{len(missing)} of {len(media)} files in {root} have no text for `{wanted}`: {_some(missing)}",
            help=f"{beside if len(texts) == 1 else ''}add {line} to {root / _METADATA}",
            place=place,
        )
    return [_Item(name, root / name, found[name]) for name in media]


def _texts(
    root: Path,
    name: str,
    texts: Sequence[str],
    entry: Mapping[str, str],
    text_files: set[str],
    place: Place | None,
) -> dict[str, str]:
    """The texts of one file by field; fields without one are left out."""
    if len(texts) != 1:
        return {text: entry[text] for text in texts if text in entry}
    for key in (texts[0], *_CAPTION_NAMES):
        if key in entry:
            return {texts[0]: entry[key]}
    beside = str(PurePosixPath(name).with_suffix(".txt"))
    return {texts[0]: read_text(root / beside, place).strip()} if beside in text_files else {}


def _metadata(root: Path, media: set[str], place: Place | None) -> dict[str, dict[str, str]]:
    """The texts of every file that `metadata.jsonl` describes, by file and key; none without that file."""
    path = root / _METADATA
    if not path.exists():
        return {}
    entries: dict[str, dict[str, str]] = {}
    for number, line in read_lines(path, place):

        def refuse(what: str, number: int = number) -> RunError:
            help = 'each line is one JSON object: {"file_name": "a.mp4", "prompt": "..."}'
            return RunError("data-mismatch", f"{path}:{number}: {what}", help, place)

        try:
            entry = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise refuse(f"not JSON ({error})") from error
        if not isinstance(entry, dict) or not isinstance(entry.get("file_name"), str):
            raise refuse("no `file_name`")
        name = PurePosixPath(entry["file_name"]).as_posix()
        if name not in media:
            raise RunError(
                "missing-file", f"{path}:{number}: {name} is not a clip or image in {root}", None, place
            )
        if name in entries:
            raise refuse(f"{name} is described twice")
        entries[name] = {key: value.strip() for key, value in entry.items() if isinstance(value, str)}
    return entries
