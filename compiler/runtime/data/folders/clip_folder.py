"""A folder of clips, images and sounds, with what stands beside them, as a source of training data."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

from ...base.errors import Place, Report, RunError
from ...base.media import MediaError, count_frames, frame_times, is_clip, read_pixels
from ...base.waves import count_samples, read_wave, wave_rate
from ...random.streams import Streams
from ..samples import FieldValue, Sample, order
from ..text_files import json_hash, text_key
from .array_files import read_values
from .captions import Texts
from .cut_memory import CutMemory
from .file_fields import FileField, Number, Pixels, Values, Wave
from .folder_items import Item, list_items
from .frame_picks import Pace
from .frame_rates import common_rate, tell_rates
from .passed_over import NAMED, some
from .probes import probe_files

CONSECUTIVE = Pace()

_PIXELS_VERSION = "pixels-1"
_WAVE_VERSION = "wave-1"
"""Parts of content keys: they count the changes to how a file becomes pixels or sound."""

_NUMBERS = {"int": torch.int64, "float": torch.float32, "bool": torch.bool}


@dataclass(frozen=True)
class Probing:
    """What is needed to look into files ahead: the folder that keeps what was found, and the program's sizes by name, for
    messages."""

    kept: Path | None
    sizes: Mapping[str, int]


class ClipFolder:
    """A folder of clips, images and sounds, its subfolders included. An item is a clip or an image; of a folder of
    which only sound is asked for, a sound, or a clip with a track of sound.

    Captions are found by `captions`; of several wordings of one a sample has one, drawn for each epoch. Numbers stand in
    metadata, under the field's own name. Other fields come from `NAME.FIELD.ext` beside the item or from the file that its
    metadata names, sound from `NAME.wav` too, tensors from `NAME.safetensors` too; else pixels and sound come from the
    item's own file. All of that is found, and missed, before the first step.

    The clip and the sound of one item are cut at one time. Sound is read at `rate`, or else at the rate of the
    folder's first file, which all others must then have. Frames are taken at the `pace`; `frame_rate` is how many a second
    they then have, None where that is not known or not one.

    Samples lack the fields of pixels, sound and tensors that are not among those `read`; which items there are does not
    depend on it. With `probes`, the headers of all files of pixels are read ahead, and those that cannot be used are left
    out at once.

    RunError for a folder that is missing, empty or not described; and, then or from `sample`, once more than the share
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
        rate: int | None = None,
        probes: Probing | None = None,
        pace: Pace = CONSECUTIVE,
        read: Set[str] | None = None,
    ) -> None:
        self._root, self._seed, self._place, self._report = root, seed, place, report
        self._failing, self._pace = failing, pace
        self.frame_rate = pace.fps / pace.stride if pace.fps is not None else None
        decoded = {n: f for n, f in fields.items() if read is None or n in read}
        self._pixels = {n: f for n, f in decoded.items() if isinstance(f, Pixels)}
        self._waves = {n: f for n, f in decoded.items() if isinstance(f, Wave)}
        self._values = {n: f for n, f in decoded.items() if isinstance(f, Values)}
        self._kinds = {n: _NUMBERS[f.kind] for n, f in fields.items() if isinstance(f, Number)}
        self._items = list_items(root, fields, place, report)
        self._asked_rate = rate
        self.rate = rate or self._first_rate() if self._waves else None
        self._lock = threading.Lock()
        self._samples: dict[Path, int] = {}
        self._times: dict[Path, tuple[list[float], float]] = {}
        self._cuts = CutMemory()
        self.failed: dict[str, str] = {}
        empty = [item.name for item in self._items if not all(map(all, item.texts.values()))]
        if empty:
            report(f"{len(empty)} of {len(self)} captions in {root} are empty: {some(empty)}")
        self._longest = max((f.frames or 1 for f in self._pixels.values()), default=1)
        self._fits_all = ""
        if probes is not None and self._pixels:
            self._look_ahead(probes)

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
        found = [
            (
                item.name,
                item.path.stat().st_size,
                {n: texts[0] if len(texts) == 1 else texts for n, texts in item.texts.items()},
            )
            for item in self._items
        ]
        further = [
            (dict(item.numbers), {n: (p.name, p.stat().st_size) for n, p in item.beside.items()})
            for item in self._items
        ]
        read: list[object] = [self.rate, further] if any(n or b for n, b in further) or self._waves else []
        read += [self._pace.text] if self._pace.text else []
        return json_hash([found, *read] if read else found)

    # what headers tell before anything is decoded

    def _look_ahead(self, probing: Probing) -> None:
        """Leaves out the items whose files' headers say that they cannot be used, and tells of rates that differ."""
        paths = {path: None for item in self._items for path, _ in self._asked(item)}
        found = probe_files(list(paths), probing.kept)
        short = {}
        for item in self._items:
            for path, frames in self._asked(item):
                one = found[path]
                if one.problem:
                    self.failed[item.name] = one.problem
                elif (most := self._pace.most(one)) is not None and most < frames:
                    short[item.name] = most
                    counted = f"{most} frame{'' if most == 1 else 's'}{self._pace.words}"
                    self.failed[item.name] = f"has {counted}, and {frames} are wanted"
        if short and min(short.values()) > 0 and len(short) == len(self.failed):
            names = [n for n, size in probing.sizes.items() if size == self._longest]
            least = min(short.values())
            said = f"{names[0]} = {least} fits" if len(names) == 1 else f"{least} frames fit"
            self._fits_all = f"; {said} all"
        if len(self.failed) > self._failing * len(self):
            raise self._too_many()
        if self.failed:
            reasons = some([f"{name} {reason}" for name, reason in self.failed.items()], "; ")
            self._report(
                f"{len(self.failed)} of {len(self)} files in {self._root} cannot be used and are left out: "
                f"{reasons}{self._fits_all}"
            )
        if self._longest > 1:
            clips = [found[p] for p in paths]
            tell_rates(self._root, clips, self._pace.fps, self._report)
            if self.frame_rate is None and (rate := common_rate(clips)) is not None:
                self.frame_rate = rate / self._pace.stride

    def _asked(self, item: Item) -> list[tuple[Path, int]]:
        """The files of pixels of an item, and how many frames each must have."""
        own = self._cut_together(item)
        return [
            (item.beside.get(n, item.path), max(f.frames or 1 for f in own.values()) if n in own else 1)
            for n, f in self._pixels.items()
        ]

    def _cut_together(self, item: Item) -> dict[str, Pixels]:
        """The fields whose files are cut at one frame: all but images that lie beside the item."""
        return {n: f for n, f in self._pixels.items() if f.frames is not None or n not in item.beside}

    def _first_rate(self) -> int:
        """The rate of the first item that has sound."""
        tried = self._items[:_TRIED]
        for item in tried:
            try:
                return wave_rate(self._files_of_sound(item)[0])
            except MediaError:
                continue
        raise RunError(
            "missing-file",
            f"{self._root} has no sound in {some([item.name for item in tried])}",
            help="sound is a clip's own track, or NAME.wav, NAME.flac or NAME.mp3 beside it",
            place=self._place,
        )

    def _files_of_sound(self, item: Item) -> list[Path]:
        return [item.beside.get(name, item.path) for name in self._waves]

    # one item

    def _read(self, position: int, epoch: int, index: int, item: Item) -> Sample:
        draw = Streams(self._seed or 0, epoch, (index,))
        texts = {name: _worded(name, wordings, draw) for name, wordings in item.texts.items()}
        fields: dict[str, FieldValue] = dict(texts)
        keys = {name: text_key(text) for name, text in texts.items()}
        for name, number in item.numbers.items():
            fields[name] = torch.tensor(number, dtype=self._kinds[name])
            keys[name] = f"{number!r}"
        first = self._frames(index, item, draw, fields, keys)
        self._sounds(index, item, draw, first, fields, keys)
        for name, values in self._values.items():
            path = item.beside[name]
            fields[name] = read_values(path, name, values)
            keys[name] = f"values-1 {name} {_file_hash(path)} {values.dtype}{values.dims}"
        return Sample(position, index, item.name, fields, keys)

    def _frames(
        self,
        index: int,
        item: Item,
        draw: Streams,
        fields: dict[str, FieldValue],
        keys: dict[str, str],
    ) -> int | None:
        """Reads every field of pixels; gives the frame at which the item's clips are cut, None where there are none.

        Frames that come from the item's own file, and clips beside it, are cut at one frame. An image beside it is the
        first frame of its file.
        """
        own = self._cut_together(item)
        start: int | None = None
        anchor = item.path

        def chosen(path: Path, count: int, frames: int) -> int:
            nonlocal start, anchor
            if start is None:
                anchor = path
                longest = max(f.frames or 1 for f in own.values())
                others = {item.beside.get(n, item.path) for n in own} - {path}
                last = self._last_start(path, count, others, longest)
                if any(f.frames is not None for f in own.values()):
                    last = min(last, self._last_with_sound(item, last))
                if last < 0:
                    raise MediaError(
                        path,
                        f"has {count} frames, and {longest} are wanted in all its files{self._pace.words}",
                    )
                start = int(draw.integer("<data start>", 0, last + 1)) if last > 0 else 0
            first = start if path == anchor else self._beside(anchor, start, path)
            if self._pace.last_start(frames, count, self._paced(path)) < first:
                raise MediaError(
                    path, f"has {count} frames, and {first + frames} are wanted{self._pace.text}"
                )
            return first

        for name, field in self._pixels.items():
            path, frames = item.beside.get(name, item.path), field.frames or 1
            size = f"{field.height}x{field.width}"

            def start_of(count: int, name: str = name, path: Path = path, frames: int = frames) -> int:
                return chosen(path, count, frames) if name in own else 0

            def read(
                pick: Callable[[int], int], field: Pixels = field, path: Path = path, frames: int = frames
            ) -> tuple[Tensor, int]:
                def numbers(start: int) -> Sequence[int]:
                    return self._pace.numbers(frames, start, self._paced(path))

                paced = numbers if self._pace != CONSECUTIVE and field.frames is not None else None
                return read_pixels(path, frames, field.height, field.width, pick, paced)

            pixels, at = self._cuts.get_or_read(index, name, start_of, read)
            fields[name] = pixels if field.frames is not None else pixels[:, 0]
            shown = size if field.frames is None else f"{field.frames}x{size}"
            pace = self._pace.text if field.frames is not None else ""
            keys[name] = f"{_PIXELS_VERSION} {_file_hash(path)} {at} {shown}{pace}"
        return start if any(f.frames is not None for f in self._pixels.values()) else None

    def _last_start(self, path: Path, count: int, others: set[Path], frames: int) -> int:
        """The last frame of one file at which all files of an item may be cut; below 0 if there is none."""
        pace = self._pace
        if pace.fps is None:
            return min(pace.last_start(frames, n, ()) for n in (count, *map(count_frames, others)))
        last = pace.last_start(frames, count, self._paced(path))
        for other in others:
            times = self._paced(other)
            latest = pace.last_start(frames, len(times), times)
            while last >= 0 and self._beside(path, last, other) > latest:
                last -= 1
        return last

    def _beside(self, path: Path, frame: int, other: Path) -> int:
        """The frame of another file that goes with a frame of `path`: the same number, or at an `fps` the same time."""
        if self._pace.fps is None:
            return frame
        times = self._paced(path)
        return self._pace.at(times[frame] - times[0], self._paced(other))

    def _paced(self, path: Path) -> list[float]:
        """The times of a file's frames, which only an `fps` asks for."""
        return self._times_of(path)[0] if self._pace.fps is not None else []

    def _sounds(
        self,
        index: int,
        item: Item,
        draw: Streams,
        first: int | None,
        fields: dict[str, FieldValue],
        keys: dict[str, str],
    ) -> None:
        """Reads every field of sound, from the time of frame `first` on where the item has a clip."""
        at: dict[Path, int] = {}
        for name, field in self._waves.items():
            path = item.beside.get(name, item.path)
            assert self.rate is not None
            if self._asked_rate is None and wave_rate(path) != self.rate:
                raise MediaError(
                    path,
                    f"has {wave_rate(path)} samples a second, and the first of the folder has {self.rate}: "
                    f"`rate = {self.rate}` resamples",
                )
            if first is not None:
                at[path] = self._sample_at(item, path, first)

            count = self._samples_in(path)
            if path not in at:
                last = count - field.samples
                drawn = int(draw.integer("<data start>", 0, last + 1)) if last > 0 else 0
                at[path] = next(iter(at.values()), drawn)
            start = at[path]
            if count < start + field.samples:
                raise MediaError(path, f"has {count} samples, and {start + field.samples} are wanted")
            key = (index, name, start)
            found = self._cuts.get(key)
            if found is None:
                found = read_wave(path, field.channels, field.samples, self.rate, start)
                self._cuts.keep(key, found)
            fields[name] = found
            size = f"{field.channels}x{field.samples}"
            keys[name] = f"{_WAVE_VERSION} {_file_hash(path)} {start} {size} {self.rate}"

    def _sample_at(self, item: Item, sound: Path, frame: int) -> int:
        """The sample that is heard when a frame of the item's clip is shown."""
        assert self.rate is not None
        if not is_clip(item.path):
            if frame:
                raise MediaError(item.path, "does not say when its frames are shown")
            return 0
        times, begins = self._times_of(item.path)
        offset = begins if sound == item.path else times[0]
        return max(0, round((times[frame] - offset) * self.rate))

    def _times_of(self, path: Path) -> tuple[list[float], float]:
        found = self._times.get(path)
        if found is None:
            found = self._times[path] = frame_times(path)
        return found

    def _last_with_sound(self, item: Item, last: int) -> int:
        """The last frame, up to `last`, from which on there is enough of every sound; -1 if there is none."""
        for name, field in self._waves.items():
            path = item.beside.get(name, item.path)
            count = self._samples_in(path)
            while last >= 0 and self._sample_at(item, path, last) + field.samples > count:
                last -= 1
            if last < 0:
                raise MediaError(
                    path, f"has {count} samples, and {field.samples} are wanted beside its frames"
                )
        return last

    def _samples_in(self, path: Path) -> int:
        """How many samples a file has, at the folder's rate."""
        assert self.rate is not None
        found = self._samples.get(path)
        if found is None:
            found = self._samples[path] = count_samples(path, self.rate)
        return found

    # files that cannot be used

    def _leave_out(self, item: Item, error: MediaError) -> None:
        with self._lock:
            if item.name not in self.failed:
                self.failed[item.name] = error.reason
                self._report(f"{error.path} {error.reason}; it is left out")
            if len(self.failed) > self._failing * len(self):
                raise self._too_many() from error

    def _too_many(self) -> RunError:
        reasons = tuple(f"{name} {reason}" for name, reason in list(self.failed.items())[:NAMED])
        return RunError(
            "data-mismatch",
            f"{len(self.failed)} of {len(self)} files in {self._root} cannot be used, "
            f"more than the {self._failing:.0%} that may be left out",
            help=f"repair these files or take them out of the folder{self._fits_all}",
            place=self._place,
            facts=reasons,
        )


def _worded(field: str, texts: Texts, draw: Streams) -> str:
    """One of the wordings of a text, drawn for each epoch."""
    return texts[int(draw.integer(f"<wording of {field}>", 0, len(texts))) if len(texts) > 1 else 0]


_TRIED = 16
"""Files that are looked into for sound before the first step."""


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
