"""A folder of clips, images and sounds, with what stands beside them, as a source of training data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from copy import copy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from ...base.errors import Place, Report, RunError
from ...base.media.clips_and_images import MediaError, too_large
from ...base.media.media_probe import MediaProbe
from ...base.media.waves import wave_rate
from ..item_order import ItemOrder, Turn
from ..left_out import LeftOut
from ..samples import Known, Sample
from ..text_files import json_hash
from .cuts.file_facts import ContentHash, content_hash
from .cuts.frame_picks import CONSECUTIVE, Pace
from .cuts.item_reader import ItemReader
from .cuts.pair_shapes import unlike
from .extents import Extent, measured
from .file_fields import FileField, Framing, Pixels, limited
from .frame_rates import common_rate, tell_rates
from .listing.captions import AS_WRITTEN, Wording
from .listing.folder_items import Item, list_items
from .listing.passed_over import some
from .probes import probe_files, shown_of_files, values_problems
from .upscaling import Enlarging


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
    metadata, under the field's own name. Other fields come from the file that an item's metadata names, or from where `Pairs`
    finds it, with the paths that fields have `stated`; sound from `NAME.wav` too, tensors from `NAME.safetensors` too; else
    pixels and sound come from the item's own file. All of that is found, and missed, before the first step.

    The clip and the sound of one item are cut at one time. Sound is read at `rate`, or else at the rate of the
    folder's first file, which all others must then have. Frames are taken at the `pace`; `frame_rate` is how many a second
    they then have, None where that is not known or not one.

    Samples lack the fields of pixels, sound and tensors that are not among those `read`; which items there are does not
    depend on it. With `probes`, the headers of all files of pixels are read ahead, and those that cannot be used are left
    out at once.

    RunError for a folder that is missing, empty or not described; and, then or from `sample`, once more than the share
    `failing` of the files could not be used.
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
        wording: Wording = AS_WRITTEN,
        stated: Mapping[str, str] = MappingProxyType({}),
        content: ContentHash = content_hash,
    ) -> None:
        self._root, self._place, self._report = root, place, report
        self._pace, self._fields, self._asked_rate, self._read_alone = pace, fields, rate, read
        self.frame_rate = pace.fps / pace.stride if pace.fps is not None else None
        self._content = content
        self._reader = ItemReader(fields, seed, pace, rate, read, content)
        held = {n: f for n, f in fields.items() if not isinstance(f, Framing)}
        self._items = list_items(root, held, place, report, wording, stated)
        self.order = ItemOrder([item.name for item in self._items], seed)
        sounds = self._reader.sounds
        if sounds.waves:
            sounds.rate = rate or self._first_rate()
        self.rate = sounds.rate if sounds.waves else None
        self._left_out = LeftOut(str(root), "files", len(self), failing, place, report)
        empty = [item.name for item in self._items if not all(map(all, item.texts.values()))]
        if empty:
            report(f"{len(empty)} of {len(self)} captions in {root} are empty: {some(empty)}")
        self._longest = max((f.frames or 1 for f in self._reader.pixels.values()), default=1)
        if probes is not None:
            self.leave_out_all(self.misfits(range(len(self))))
        if probes is not None and (self._reader.pixels or sounds.waves):
            self._look_ahead(probes)

    def __len__(self) -> int:
        return len(self._items)

    @property
    def failed(self) -> Mapping[str, str]:
        """The items that cannot be used, with reasons."""
        return self._left_out.reasons

    def sample(self, position: int) -> Sample:
        def read(turn: Turn) -> Sample:
            return self.read(position, turn)

        return self._left_out.sample(position, self.order, read)

    def spare(self, known: Known) -> None:
        self._reader.known = known

    # as one folder of several

    @property
    def root(self) -> Path:
        return self._root

    @property
    def where(self) -> str:
        return str(self._root)

    what = "files"

    @property
    def names(self) -> Sequence[str]:
        return self.order.names

    def is_left_out(self, index: int) -> bool:
        return self._items[index].name in self.failed

    def leave_out(self, index: int, error: MediaError) -> None:
        """Names an item that cannot be used. RunError once there are too many."""
        self._left_out.add(self._items[index].name, error)

    def too_many(self) -> RunError:
        return self._left_out.too_many()

    def read(self, position: int, turn: Turn) -> Sample:
        """The item of a turn. Raises MediaError."""
        return self._reader.read(position, turn, self._items[turn.index])

    # as files of several shapes

    def name(self, index: int) -> str:
        return self._items[index].name

    def at_sizes(self, fields: Mapping[str, FileField]) -> ClipFolder:
        """The same folder, with fields of other sizes, whatever they enlarge."""
        most = {n: f.most for n, f in self._fields.items() if isinstance(f, Pixels)}
        sized = {n: limited(f, most[n], None) if n in most else f for n, f in fields.items()}
        other = copy(self)
        other._reader = ItemReader(
            sized, self.order.seed, self._pace, self._asked_rate, self._read_alone, self._content
        )
        other._reader.sounds.rate = self._reader.sounds.rate
        return other

    @property
    def upscale(self) -> float:
        """How many times its files may be enlarged."""
        return min(f.upscale for f in self._fields.values() if isinstance(f, Pixels))

    def extents(self, kept: Path | None) -> Mapping[int, Extent]:
        """How large each item is that can be used, by its index; the others are left out, and rates that differ are told."""
        items = dict(enumerate(self._items))
        found = measured(items, self._fields, self._pace, kept)
        self.leave_out_all(found.problems)
        self._tell_rates(found.probes)
        return found.extents

    def misfits(self, indices: Iterable[int]) -> dict[int, str]:
        """Those of these items whose tensors are not what is declared, by the headers of their files."""
        asked = [(k, file) for k in indices for file in self._reader.tensors(self._items[k])]
        problems = values_problems([file for _, file in asked])
        failed: dict[int, str] = {}
        for (index, (path, _, _)), problem in zip(asked, problems, strict=True):
            if problem:
                failed.setdefault(index, f"has {path.name}, which {problem}")
        return failed

    def leave_out_all(self, reasons: Mapping[int, str]) -> None:
        """Names those that cannot be used, in one line. RunError where there are too many."""
        if reasons:
            self._left_out.add_all({self.name(index): reason for index, reason in reasons.items()})

    def fingerprint(self) -> str:
        found = [(item.name, *_told(item)) for item in self._items]
        further = [_further(item) for item in self._items]
        read: list[object] = (
            [self.rate, further] if any(n or b for n, b in further) or self._reader.sounds.waves else []
        )
        read += [self._pace.text] if self._pace.text else []
        return json_hash([found, *read] if read else found)

    def contents(self) -> dict[str, str]:
        rate = self.rate if self._reader.sounds.waves else None
        return {item.name: json_hash([*_told(item), *_further(item), rate])[:24] for item in self._items}

    def texts(self, field: str) -> Iterator[tuple[str, str]]:
        return ((item.name, text) for item in self._items for text in item.texts.get(field, ()))

    # what headers tell before anything is decoded

    def _look_ahead(self, probing: Probing) -> None:
        """Leaves out the items whose files' headers say that they cannot be used, and tells of rates that differ."""
        sounds = self._reader.sounds
        paths = {path: None for item in self._items for path, _ in self._reader.asked(item)}
        paths |= {path: None for item in self._items for path in sounds.files(item)}
        found = probe_files(list(paths), probing.kept)
        items = [item for item in self._items if item.name not in self.failed]
        short, failed = {}, {}
        enlarging = Enlarging(self._root, len(self))
        most = min((field.most for field in self._reader.pixels.values()), default=0)
        for item in items:
            for path, frames in self._reader.asked(item):
                one = found[path]
                if one.problem:
                    failed[item.name] = one.problem
                elif one.width * one.height > most:
                    failed[item.name] = too_large(one.width, one.height, most)
                elif (longest := self._pace.most(one)) is not None and longest < frames:
                    short[item.name] = longest
                    counted = f"{longest} frame{'' if longest == 1 else 's'}{self._pace.words}"
                    failed[item.name] = f"has {counted}, and {frames} are wanted"
            if item.name not in failed and (problem := sounds.problem(item, found)):
                failed[item.name] = problem
            if item.beside and item.name not in failed:
                wrong = unlike(
                    item, self._reader.pixels, lambda path: (found[path].width, found[path].height)
                )
                failed |= {item.name: wrong[1]} if wrong is not None else {}
            if item.name not in failed:
                for name, field in self._reader.pixels.items():
                    path = item.beside.get(name, item.path)
                    enlarging.consider(item.name, path, found[path], field)
        closely = partial(shown_of_files, list(paths), probing.kept, most)
        failed |= enlarging.settle(closely, self._report)
        if short and min(short.values()) > 0 and len(short) == len(failed):
            names = [n for n, size in probing.sizes.items() if size == self._longest]
            least = min(short.values())
            said = f"{names[0]} = {least} fits" if len(names) == 1 else f"{least} frames fit"
            self._left_out.fits = f"; {said} all"
        self._left_out.add_all(failed)
        asked = (self._reader.asked(item) for item in items if item.name not in failed)
        used = dict.fromkeys(path for some in asked for path, _ in some)
        self._tell_rates([found[path] for path in used])

    def _tell_rates(self, clips: Sequence[MediaProbe]) -> None:
        if self._longest > 1:
            tell_rates(self._root, clips, self._pace.fps, self._report)
            if self.frame_rate is None and (rate := common_rate(clips)) is not None:
                self.frame_rate = rate / self._pace.stride

    def _first_rate(self) -> int:
        """The rate of the first item that has sound."""
        tried = self._items[:_TRIED]
        for item in tried:
            try:
                return wave_rate(self._reader.sounds.files(item)[0])
            except MediaError:
                continue
        raise RunError(
            "missing-file",
            f"{self._root} has no sound in {some([item.name for item in tried])}",
            help="sound is a clip's own track, or NAME.wav, NAME.flac or NAME.mp3 beside it",
            place=self._place,
        )


_TRIED = 16
"""Files that are looked into for sound before the first step."""


def _told(item: Item) -> tuple[int, dict[str, str | tuple[str, ...]]]:
    texts = {n: texts[0] if len(texts) == 1 else texts for n, texts in item.texts.items()}
    return item.path.stat().st_size, texts


def _further(item: Item) -> tuple[dict[str, object], dict[str, tuple[str, int]]]:
    return dict(item.numbers), {n: (p.name, p.stat().st_size) for n, p in item.beside.items()}
