"""One item, read, whether it lies in a folder or was laid out from a store: its cut, and what stands beside it."""

from __future__ import annotations

from collections.abc import Mapping, Set
from pathlib import Path

import torch

from ....base.media.clips_and_images import centred, covering
from ....random.streams import Streams
from ...item_order import Turn
from ...samples import FieldValue, Known, Sample, nothing_known
from ...text_files import text_key
from ..file_fields import FileField, Framing, Number, Pixels, Values, Wave
from ..listing.captions import Texts
from ..listing.folder_items import Item
from .array_files import read_values
from .cut_memory import CutMemory
from .file_facts import ContentHash, FileFacts, content_hash
from .frame_cuts import FrameCuts
from .frame_picks import CONSECUTIVE, Pace
from .sound_cuts import SoundCuts

_NUMBERS = {"int": torch.int64, "float": torch.float32, "bool": torch.bool}


class ItemReader:
    """Reads the fields of items, for folders and for stores; those of pixels, sound and tensors only where they are `read`.

    The clip and the sound of one item are cut at one time, from a start that is drawn for each epoch. Frames are taken at the
    `pace`, sound at `rate` samples a second; without a rate all files must have that of `sounds`, which the owner finds and
    sets. A path stands for one content as long as the reader lives. Pixels that are `known` are deferred. May be used from
    several threads.
    """

    def __init__(
        self,
        fields: Mapping[str, FileField],
        seed: int | None,
        pace: Pace = CONSECUTIVE,
        rate: int | None = None,
        read: Set[str] | None = None,
        content: ContentHash = content_hash,
    ) -> None:
        decoded = {n: f for n, f in fields.items() if read is None or n in read}
        self.pixels = {n: f for n, f in decoded.items() if isinstance(f, Pixels)}
        self._values = {n: f for n, f in decoded.items() if isinstance(f, Values)}
        self._kinds = {n: _NUMBERS[f.kind] for n, f in fields.items() if isinstance(f, Number)}
        self._seed, self.pace = seed, pace
        self.known: Known = nothing_known
        facts, cuts = FileFacts(content), CutMemory()
        self._facts = facts
        self._framings = {
            n: (f, shown)
            for n, f in decoded.items()
            if isinstance(f, Framing) and isinstance(shown := fields[f.of], Pixels)
        }
        self._content = content
        waves = {n: f for n, f in decoded.items() if isinstance(f, Wave)}
        self.sounds = SoundCuts(waves, rate, pace, facts, cuts)
        self._frames = FrameCuts(self.pixels, pace, self.sounds, facts, cuts)

    def asked(self, item: Item) -> list[tuple[Path, int]]:
        """The files of pixels of an item, and how many frames each must have."""
        return self._frames.asked(item)

    def tensors(self, item: Item) -> list[tuple[Path, str, Values]]:
        """The files of tensors of an item, each with its field."""
        return [(item.beside[name], name, values) for name, values in self._values.items()]

    def read(self, position: int, turn: Turn, item: Item) -> Sample:
        index, draw = turn.index, Streams(self._seed or 0, turn.epoch, (turn.draw,))
        texts = {name: _worded(name, wordings, draw) for name, wordings in item.texts.items()}
        fields: dict[str, FieldValue] = dict(texts)
        keys = {name: text_key(text) for name, text in texts.items()}
        for name, number in item.numbers.items():
            fields[name] = torch.tensor(number, dtype=self._kinds[name])
            keys[name] = f"{number!r}"
        pixels, pixel_keys, first = self._frames.read(index, item, draw, self.known)
        waves, wave_keys = self.sounds.read(index, item, draw, first)
        fields |= {**pixels, **waves}
        keys |= {**pixel_keys, **wave_keys}
        for name, values in self._values.items():
            path = item.beside[name]
            fields[name] = read_values(path, name, values)
            keys[name] = f"values-1 {name} {self._content(path)} {values.dtype}{values.dims}"
        for name, (framing, field) in self._framings.items():
            numbers = self._framed(item.beside.get(framing.of, item.path), framing, field)
            fields[name] = torch.tensor(numbers, dtype=torch.float32)
            keys[name] = f"{numbers!r}"
        return Sample(position, index, item.name, fields, keys)

    def _framed(self, path: Path, framing: Framing, field: Pixels) -> tuple[int, int]:
        shown = self._facts.shown(path, field.most)
        if framing.what == "size_of":
            return shown
        return centred(*covering(*shown, field.height, field.width), field.height, field.width)


def _worded(field: str, texts: Texts, draw: Streams) -> str:
    """One of the wordings of a text, drawn for each epoch."""
    return texts[int(draw.integer(f"<wording of {field}>", 0, len(texts))) if len(texts) > 1 else 0]
