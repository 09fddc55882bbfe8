"""A store as a source of training data: its rows decoded as the items of a folder are."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from copy import copy
from functools import partial
from math import inf
from pathlib import Path

from torch import Tensor

from ...base.errors import Place, Report, RunError
from ...base.media.clips_and_images import MediaError
from ...base.media.late_rows import Deferred
from ...base.media.media_probe import probe_shown
from ...base.media.waves import wave_rate
from ..folders.cuts.frame_picks import Pace
from ..folders.cuts.item_reader import ItemReader
from ..folders.extents import Extent, extent_of
from ..folders.file_fields import FileField, Framing, Pixels, Values, Wave, limited
from ..folders.listing.folder_items import Item
from ..item_order import ItemOrder, Turn
from ..left_out import LeftOut
from ..samples import Known, Sample, nothing_known
from ..text_files import json_hash
from .row_extents import row_extents
from .store import Row, Store
from .store_fields import RecordValues, StoreField

_TRIED = 16
"""Rows that are looked into for sound before the first step."""


class StoreSource:
    """The samples of a store, in an order that is drawn for each epoch.

    The media of a row are laid out as files for as long as it is read, so that cuts, pairs and sound are those of a folder's
    items. Nothing is read ahead of the first step but what the store tells of itself; rows that cannot be used are named when
    they are met. Samples lack the fields of pixels, sound and tensors that are not among those `read`, and what is known of a
    row's pixels spares decoding them.

    RunError from `sample` once more than the share `failing` of the rows could not be used.
    """

    def __init__(
        self,
        store: Store,
        fields: Mapping[str, StoreField],
        seed: int | None,
        place: Place | None,
        report: Report,
        failing: float,
        rate: int | None,
        pace: Pace,
        read: Set[str] | None = None,
    ) -> None:
        self._store, self._pace, self._read = store, pace, read
        framed = {f.of for n, f in fields.items() if isinstance(f, Framing) and (read is None or n in read)}
        self._laid_out = None if read is None else frozenset({*read, *framed})
        self._known: Known = nothing_known
        self.order = ItemOrder([store.label(i) for i in range(len(store))], seed)
        self._files: dict[str, FileField] = {
            n: f for n, f in fields.items() if not isinstance(f, Values | RecordValues)
        }
        self._left_out = LeftOut(store.where, store.what, len(store), failing, place, report)
        self._seed = seed
        self.frame_rate = pace.fps / pace.stride if pace.fps is not None else None
        heard = any(isinstance(f, Wave) and (read is None or n in read) for n, f in fields.items())
        self._asked_rate = rate
        self.rate = (rate or self._first_rate(place)) if heard else None

    def __len__(self) -> int:
        return len(self._store)

    @property
    def failed(self) -> Mapping[str, str]:
        """The rows that cannot be used, with reasons."""
        return self._left_out.reasons

    def sample(self, position: int) -> Sample:
        def read(turn: Turn) -> Sample:
            return self._sample(position, turn, self._known)

        return self._left_out.sample(position, self.order, read)

    def spare(self, known: Known) -> None:
        self._known = known

    # as one part of several, or with rows of several sizes

    @property
    def where(self) -> str:
        return self._store.where

    @property
    def what(self) -> str:
        return self._store.what

    @property
    def names(self) -> Sequence[str]:
        return self.order.names

    @property
    def upscale(self) -> float:
        return min((f.upscale for f in self._pixels.values()), default=inf)

    @property
    def _pixels(self) -> dict[str, Pixels]:
        return {n: f for n, f in self._files.items() if isinstance(f, Pixels)}

    def name(self, index: int) -> str:
        return self.order.names[index]

    def is_left_out(self, index: int) -> bool:
        return self.name(index) in self.failed

    def leave_out(self, index: int, error: MediaError) -> None:
        self._left_out.add(self.name(index), error)

    def leave_out_all(self, reasons: Mapping[int, str]) -> None:
        if reasons:
            self._left_out.add_all({self.name(index): reason for index, reason in reasons.items()})

    def too_many(self) -> RunError:
        return self._left_out.too_many()

    def read(self, position: int, turn: Turn) -> Sample:
        return self._sample(position, turn, self._known)

    def at_sizes(self, fields: Mapping[str, FileField]) -> StoreSource:
        """The same rows, with fields of other sizes, whatever they enlarge."""
        other = copy(self)
        sized = {n: fields.get(n, f) for n, f in self._files.items()}
        most = {n: f.most for n, f in self._pixels.items()}
        other._files = {n: limited(f, most[n], None) if n in most else f for n, f in sized.items()}
        return other

    def extents(self, kept: Path | None) -> Mapping[int, Extent]:
        """How large the pictures of each row are that can be used. Every row is read for it, once."""
        pixels = self._pixels
        most = min(f.most for f in pixels.values())

        def measure(index: int) -> Extent | str:
            try:
                with _laid_out(self._store.row(index, pixels.keys()), self.name(index)) as item:
                    paths = {item.beside.get(n, item.path) for n in pixels}
                    return extent_of(item, pixels, self._pace, {p: probe_shown(p, most) for p in paths})
            except MediaError as error:
                return error.reason

        looked = {n: (f.frames is not None, f.height / f.width) for n, f in pixels.items()}
        about = json_hash([sorted(looked.items()), most, self._pace.text])
        asked = [k for k in range(len(self)) if not self.is_left_out(k)]
        found = row_extents(self.where, list(self._store.contents()), asked, about, measure, kept)
        self.leave_out_all({k: one for k, one in found.items() if isinstance(one, str)})
        return {k: one for k, one in found.items() if isinstance(one, Extent)}

    def misfits(self, indices: Iterable[int]) -> dict[int, str]:
        """Tensors of rows are held against their fields as they are read."""
        return {}

    def _sample(self, position: int, turn: Turn, known: Known) -> Sample:
        row, label = self._store.row(turn.index, self._laid_out), self.name(turn.index)
        with _laid_out(row, label) as item:
            reader = ItemReader(self._files, self._seed, self._pace, self._asked_rate, self._read)
            reader.sounds.rate, reader.known = self.rate, known
            try:
                made = reader.read(position, turn, item)
            except MediaError as error:
                raise MediaError(Path(label), error.reason) from error
        late = {
            name: Deferred(partial(self._late, position, turn, name))
            for name, value in made.fields.items()
            if isinstance(value, Deferred)
        }
        fields = {**made.fields, **late, **row.tensors}
        return Sample(position, turn.index, made.source, fields, {**made.keys, **row.keys})

    def _late(self, position: int, turn: Turn, name: str) -> Tensor:
        """A field that was deferred: its row is laid out once more."""
        found = self._sample(position, turn, nothing_known).fields[name]
        assert isinstance(found, Tensor)
        return found

    def texts(self, field: str) -> Iterator[tuple[str, str]]:
        return ((self.order.names[i], text) for i, texts in self._store.texts(field) for text in texts)

    def fingerprint(self) -> str:
        return json_hash([list(self._store.contents()), self.rate, self._pace.text])

    def contents(self) -> dict[str, str]:
        found = zip(self.order.names, self._store.contents(), strict=True)
        return {name: json_hash([told, self.rate])[:24] for name, told in found}

    def _first_rate(self, place: Place | None) -> int:
        """The rate of the first row that has sound."""
        for index in range(min(_TRIED, len(self._store))):
            try:
                with _laid_out(self._store.row(index, self._read), "") as item:
                    sounds = ItemReader(self._files, None, self._pace, None, self._read).sounds
                    return wave_rate(sounds.files(item)[0])
            except MediaError:
                continue
        raise RunError(
            "missing-file", f"the first {self._store.what} of {self._store.where} have no sound", place=place
        )


@contextmanager
def _laid_out(row: Row, label: str) -> Iterator[Item]:
    """A row's media as files of a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="fdc-") as folder:
        root = Path(folder)
        own = root / f"own{row.own.ending}" if row.own is not None else root / "none"
        if row.own is not None:
            own.write_bytes(row.own.content)
        beside = {name: root / f"{name}{blob.ending}" for name, blob in row.beside.items()}
        for name, blob in row.beside.items():
            beside[name].write_bytes(blob.content)
        yield Item(label, own, row.texts, row.numbers, beside)
