"""Frames of a folder's items: where the files of one item are cut, together, and the pixels of each cut."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import inf
from pathlib import Path

from torch import Tensor

from ....base.media.clips_and_images import MediaError, count_frames, read_pixels
from ....base.media.late_rows import Deferred
from ....random.streams import Streams
from ...samples import Known, nothing_known
from ..file_fields import Mask, Pixels
from ..listing.folder_items import Item
from ..upscaling import beyond_bound
from .cut_memory import CutMemory
from .file_facts import FileFacts
from .frame_picks import Pace
from .pair_shapes import unlike
from .sound_cuts import SoundCuts

_VERSION = "pixels-2"
"""Part of content keys: counts the changes to how a file becomes pixels."""


class FrameCuts:
    """Cuts of the fields of pixels, at a `pace`.

    Frames that come from an item's own file, and clips beside it, are cut at one frame, or at one time where there is an
    `fps`. An image beside it is the first frame of its file.
    """

    def __init__(
        self,
        pixels: Mapping[str, Pixels],
        pace: Pace,
        sounds: SoundCuts,
        facts: FileFacts,
        cuts: CutMemory,
    ) -> None:
        self._pixels, self._pace, self._sounds = pixels, pace, sounds
        self._facts, self._cuts = facts, cuts

    def asked(self, item: Item) -> list[tuple[Path, int]]:
        """The files of pixels of an item, and how many frames each must have."""
        own = self._cut_together(item)
        return [
            (item.beside.get(n, item.path), max(f.frames or 1 for f in own.values()) if n in own else 1)
            for n, f in self._pixels.items()
        ]

    def _cut_together(self, item: Item) -> dict[str, Pixels]:
        """The fields whose files are cut at one frame: all but images that lie beside the item."""
        return {n: f for n, f in self._pixels.items() if f.cut_from(item.beside.get(n))}

    def read(
        self, index: int, item: Item, draw: Streams, known: Known
    ) -> tuple[dict[str, Tensor | Deferred], dict[str, str], int | None]:
        """Every field of pixels and its key, and the frame at which the item's clips are cut, None where there are none.
        `index` is the item's for the memory of cuts. What is `known` is deferred. Raises MediaError."""
        wrong = unlike(item, self._pixels, self._facts.size)
        if wrong is not None:
            raise MediaError(*wrong)
        own = self._cut_together(item)
        fields: dict[str, Tensor | Deferred] = {}
        keys: dict[str, str] = {}
        start: int | None = None
        anchor = item.path

        def chosen(path: Path, count: int, frames: int) -> int:
            nonlocal start, anchor
            if start is None:
                anchor = path
                start = self._drawn(path, count, item, own, draw)
            first = start if path == anchor else self._beside(anchor, start, path)
            if self._pace.last_start(frames, count, self._paced(path)) < first:
                raise MediaError(
                    path, f"has {count} frames, and {first + frames} are wanted{self._pace.text}"
                )
            return first

        for name, field in self._pixels.items():
            path, frames = item.beside.get(name, item.path), field.frames or 1
            size = f"{field.height}x{field.width}"
            if field.upscale < inf and (reason := beyond_bound(path, self._facts.size(path), field)):
                raise MediaError(path, reason)

            def start_of(count: int, name: str = name, path: Path = path, frames: int = frames) -> int:
                return chosen(path, count, frames) if name in own else 0

            def read(
                pick: Callable[[int], int], field: Pixels = field, path: Path = path, frames: int = frames
            ) -> tuple[Tensor, int]:
                def numbers(start: int) -> Sequence[int]:
                    return self._pace.numbers(frames, start, self._paced(path))

                paced = numbers if self._pace.text and field.frames is not None else None
                return read_pixels(path, frames, field.height, field.width, pick, paced, field.most)

            def key(at: int, field: Pixels = field, path: Path = path, size: str = size) -> str:
                shown = size if field.frames is None else f"{field.frames}x{size}"
                pace = self._pace.text if field.frames is not None else ""
                kind = "mask " if isinstance(field, Mask) else ""
                return f"{kind}{_VERSION} {self._facts.content(path)} {at} {shown}{pace}"

            if known is not nothing_known:
                # A cut of this place was read once, or nothing would be known of it.
                at = start_of(self._cuts.frames(index, name) or self._facts.frames(path))
                if known(name, key(at)):
                    fields[name] = Deferred(partial(_late, read, at, field))
                    keys[name] = key(at)
                    continue
            pixels, at = self._cuts.get_or_read(index, name, start_of, read)
            fields[name] = _as_declared(pixels, field)
            keys[name] = key(at)
        return fields, keys, start if any(f.frames is not None for f in self._pixels.values()) else None

    def _drawn(self, path: Path, count: int, item: Item, own: Mapping[str, Pixels], draw: Streams) -> int:
        """The frame of one file at which all files of an item are cut."""
        longest = max(f.frames or 1 for f in own.values())
        others = {item.beside.get(n, item.path) for n in own} - {path}
        last = self._last_start(path, count, others, longest)
        if any(f.frames is not None for f in own.values()):
            last = min(last, self._sounds.last_frame(item, last))
        if last < 0:
            raise MediaError(
                path, f"has {count} frames, and {longest} are wanted in all its files{self._pace.words}"
            )
        return self._pace.start(last, draw)

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
        return self._facts.times(path)[0] if self._pace.fps is not None else []


def _late(read: Callable[[Callable[[int], int]], tuple[Tensor, int]], at: int, field: Pixels) -> Tensor:
    pixels, _ = read(lambda count: at)
    return _as_declared(pixels, field)


def _as_declared(pixels: Tensor, field: Pixels) -> Tensor:
    shown = pixels if field.frames is not None else pixels[:, 0]
    return shown.mean(0, keepdim=True) >= 0 if isinstance(field, Mask) else shown
