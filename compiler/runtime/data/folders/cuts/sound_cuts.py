"""Sound of a folder's items: at which rate, and from where on, so that it is heard with the frames that were cut."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from ....base.media.clips_and_images import MediaError, is_clip
from ....base.media.media_probe import MediaProbe
from ....base.media.waves import read_wave, wave_rate
from ....random.streams import Streams
from ..file_fields import Wave
from ..listing.folder_items import Item
from .cut_memory import CutMemory
from .file_facts import FileFacts
from .frame_picks import Pace

_VERSION = "wave-1"
"""Part of content keys: counts the changes to how a file becomes sound."""

_GUESSED = 4800
"""Samples by which the header of a compressed file may misjudge its length."""


class SoundCuts:
    """Cuts of the fields of sound, at `rate` samples a second. Where no rate was `asked` for, all files must have that one,
    which the owner finds and sets."""

    def __init__(
        self, waves: Mapping[str, Wave], asked: int | None, pace: Pace, facts: FileFacts, cuts: CutMemory
    ) -> None:
        self.waves, self._asked, self._facts, self._cuts = waves, asked, facts, cuts
        self._pace = pace
        self.rate = asked

    def files(self, item: Item) -> list[Path]:
        return [_file(item, name) for name in self.waves]

    def problem(self, item: Item, found: Mapping[Path, MediaProbe]) -> str:
        """Why an item's sound cannot be used, as far as headers tell; lengths that they only guess at are no reason."""
        for name, field in self.waves.items():
            one = found[_file(item, name)]
            assert self.rate is not None
            if one.problem:
                return one.problem
            if not one.sound_rate:
                return "has no sound"
            if self._asked is None and one.sound_rate != self.rate:
                return self._other_rate(one.sound_rate)
            if one.sound_seconds and one.sound_seconds * self.rate + _GUESSED < field.samples:
                return f"has {round(one.sound_seconds * self.rate)} samples, and {field.samples} are wanted"
        return ""

    def _other_rate(self, rate: int) -> str:
        return f"has {rate} samples a second, and the first of the folder has {self.rate}: `rate = {self.rate}` resamples"

    def last_frame(self, item: Item, last: int) -> int:
        """The last frame, up to `last`, from which on there is enough of every sound. MediaError if there is none."""
        for name, field in self.waves.items():
            path = _file(item, name)
            count = self._count(path)
            while last >= 0 and self._at(item, path, last) + field.samples > count:
                last -= 1
            if last < 0:
                raise MediaError(
                    path, f"has {count} samples, and {field.samples} are wanted beside its frames"
                )
        return last

    def read(
        self, index: int, item: Item, draw: Streams, first: int | None
    ) -> tuple[dict[str, Tensor], dict[str, str]]:
        """Every field of sound and its key, from the time of frame `first` on where the item has a clip."""
        at: dict[Path, int] = {}
        fields: dict[str, Tensor] = {}
        keys: dict[str, str] = {}
        for name, field in self.waves.items():
            path = _file(item, name)
            assert self.rate is not None
            if self._asked is None and wave_rate(path) != self.rate:
                raise MediaError(path, self._other_rate(wave_rate(path)))
            if first is not None:
                at[path] = self._at(item, path, first)
            count = self._count(path)
            if path not in at:
                last = count - field.samples
                at[path] = next(iter(at.values()), self._pace.start(last, draw))
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
            keys[name] = f"{_VERSION} {self._facts.content(path)} {start} {size} {self.rate}"
        return fields, keys

    def _at(self, item: Item, sound: Path, frame: int) -> int:
        """The sample that is heard when a frame of the item's clip is shown."""
        assert self.rate is not None
        if not is_clip(item.path):
            if frame:
                raise MediaError(item.path, "does not say when its frames are shown")
            return 0
        times, begins = self._facts.times(item.path)
        offset = begins if sound == item.path else times[0]
        return max(0, round((times[frame] - offset) * self.rate))

    def _count(self, path: Path) -> int:
        assert self.rate is not None
        return self._facts.samples(path, self.rate)


def _file(item: Item, name: str) -> Path:
    return item.beside.get(name, item.path)
