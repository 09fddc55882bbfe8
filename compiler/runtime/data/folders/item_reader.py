"""One item, read, whether it lies in a folder or was laid out from a store: its cut, and what stands beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence, Set
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

from ...base.media import MediaError, count_frames, frame_times, is_clip, read_pixels
from ...base.waves import count_samples, read_wave, wave_rate
from ...random.streams import Streams
from ..samples import FieldValue, Sample
from ..text_files import text_key
from .array_files import read_values
from .captions import Texts
from .cut_memory import CutMemory
from .file_fields import FileField, Number, Pixels, Values, Wave
from .folder_items import Item
from .frame_picks import Pace

CONSECUTIVE = Pace()

_PIXELS_VERSION = "pixels-1"
_WAVE_VERSION = "wave-1"
"""Parts of content keys: they count the changes to how a file becomes pixels or sound."""

_NUMBERS = {"int": torch.int64, "float": torch.float32, "bool": torch.bool}


class ItemReader:
    """Reads the fields of items, for folders and for stores; those of pixels, sound and tensors only where they are `read`.

    The clip and the sound of one item are cut at one time, from a start that is drawn for each epoch. Frames are taken at the
    `pace`, sound at `rate` samples a second; without a rate all files must have the `first_rate`, which the owner finds and
    sets. A path stands for one content as long as the reader lives. May be used from several threads.
    """

    def __init__(
        self,
        fields: Mapping[str, FileField],
        seed: int | None,
        pace: Pace = CONSECUTIVE,
        rate: int | None = None,
        read: Set[str] | None = None,
    ) -> None:
        decoded = {n: f for n, f in fields.items() if read is None or n in read}
        self.pixels = {n: f for n, f in decoded.items() if isinstance(f, Pixels)}
        self.waves = {n: f for n, f in decoded.items() if isinstance(f, Wave)}
        self._values = {n: f for n, f in decoded.items() if isinstance(f, Values)}
        self._kinds = {n: _NUMBERS[f.kind] for n, f in fields.items() if isinstance(f, Number)}
        self._seed, self.pace, self._asked_rate = seed, pace, rate
        self.rate = rate
        self._samples: dict[Path, int] = {}
        self._times: dict[Path, tuple[list[float], float]] = {}
        self._cuts = CutMemory()

    def asked(self, item: Item) -> list[tuple[Path, int]]:
        """The files of pixels of an item, and how many frames each must have."""
        own = self.cut_together(item)
        return [
            (item.beside.get(n, item.path), max(f.frames or 1 for f in own.values()) if n in own else 1)
            for n, f in self.pixels.items()
        ]

    def cut_together(self, item: Item) -> dict[str, Pixels]:
        """The fields whose files are cut at one frame: all but images that lie beside the item."""
        return {n: f for n, f in self.pixels.items() if f.frames is not None or n not in item.beside}

    def files_of_sound(self, item: Item) -> list[Path]:
        return [item.beside.get(name, item.path) for name in self.waves]

    def read(self, position: int, epoch: int, index: int, item: Item) -> Sample:
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
        own = self.cut_together(item)
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
                        f"has {count} frames, and {longest} are wanted in all its files{self.pace.words}",
                    )
                start = int(draw.integer("<data start>", 0, last + 1)) if last > 0 else 0
            first = start if path == anchor else self._beside(anchor, start, path)
            if self.pace.last_start(frames, count, self._paced(path)) < first:
                raise MediaError(path, f"has {count} frames, and {first + frames} are wanted{self.pace.text}")
            return first

        for name, field in self.pixels.items():
            path, frames = item.beside.get(name, item.path), field.frames or 1
            size = f"{field.height}x{field.width}"

            def start_of(count: int, name: str = name, path: Path = path, frames: int = frames) -> int:
                return chosen(path, count, frames) if name in own else 0

            def read(
                pick: Callable[[int], int], field: Pixels = field, path: Path = path, frames: int = frames
            ) -> tuple[Tensor, int]:
                def numbers(start: int) -> Sequence[int]:
                    return self.pace.numbers(frames, start, self._paced(path))

                paced = numbers if self.pace != CONSECUTIVE and field.frames is not None else None
                return read_pixels(path, frames, field.height, field.width, pick, paced)

            pixels, at = self._cuts.get_or_read(index, name, start_of, read)
            fields[name] = pixels if field.frames is not None else pixels[:, 0]
            shown = size if field.frames is None else f"{field.frames}x{size}"
            pace = self.pace.text if field.frames is not None else ""
            keys[name] = f"{_PIXELS_VERSION} {_file_hash(path)} {at} {shown}{pace}"
        return start if any(f.frames is not None for f in self.pixels.values()) else None

    def _last_start(self, path: Path, count: int, others: set[Path], frames: int) -> int:
        """The last frame of one file at which all files of an item may be cut; below 0 if there is none."""
        pace = self.pace
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
        if self.pace.fps is None:
            return frame
        times = self._paced(path)
        return self.pace.at(times[frame] - times[0], self._paced(other))

    def _paced(self, path: Path) -> list[float]:
        """The times of a file's frames, which only an `fps` asks for."""
        return self._times_of(path)[0] if self.pace.fps is not None else []

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
        for name, field in self.waves.items():
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
        for name, field in self.waves.items():
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


def _worded(field: str, texts: Texts, draw: Streams) -> str:
    """One of the wordings of a text, drawn for each epoch."""
    return texts[int(draw.integer(f"<wording of {field}>", 0, len(texts))) if len(texts) > 1 else 0]


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
