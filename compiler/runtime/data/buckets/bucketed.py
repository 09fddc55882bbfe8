"""Folders whose files are of several shapes and lengths: each file is read at the sizes of the bucket that it fits best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...base.errors import Place, Report, RunError
from ...base.media.clips_and_images import MediaError
from ..folders.extents import Extent
from ..folders.file_fields import FileField, Pixels
from ..item_order import Turn
from ..mixed import named, places
from ..part import Part
from ..samples import Known, Sample, order
from ..text_files import json_hash
from .bucket_turns import BucketTurns
from .fitting import best_bucket

MUCH = 0.334
"""Of a picture: where more is cropped away, that is told."""


@dataclass(frozen=True)
class Bucket:
    """The `sizes` of the program in one bucket, by their names, and its fields at these sizes."""

    sizes: Mapping[str, int]
    fields: Mapping[str, FileField]

    @property
    def extent(self) -> Extent:
        """That of its first field of pixels, with the frames of the longest."""
        pixels = [f for f in self.fields.values() if isinstance(f, Pixels)]
        return Extent(max(f.frames or 1 for f in pixels), pixels[0].height, pixels[0].width)

    @property
    def words(self) -> str:
        return " x ".join(map(str, self.sizes.values()))


@dataclass(frozen=True)
class _Entry:
    """One place of an epoch: a file of a folder, its bucket, and how large it is."""

    folder: int
    index: int
    bucket: int
    extent: Extent


class Bucketed:
    """Folders, each with how many times its files come in an epoch, in batches of `batch` samples of one bucket each.

    The first of `buckets` has the program's own sizes. A file that fits none counts as one that cannot be used. How many
    files each bucket has is told at once, and what is enlarged, cropped much or shown as a single frame. Where a file turns
    out to be damaged, the next one of its bucket takes its place.
    """

    def __init__(
        self,
        folders: Sequence[Part],
        repeats: Sequence[int],
        buckets: Sequence[Bucket],
        batch: int,
        seed: int | None,
        kept: Path | None,
        place: Place | None,
        report: Report,
    ) -> None:
        self.folders, self._repeats, self.buckets = folders, repeats, buckets
        self._seed, self._place, self._report = seed, place, report
        extents = [b.extent for b in buckets]
        self._sized = [[folder.at_sizes(b.fields) for b in buckets] for folder in folders]
        self._entries: list[_Entry] = []
        self._names: list[str] = []
        for number, (folder, times) in enumerate(zip(folders, repeats, strict=True)):
            found = folder.extents(kept)
            fitting = {k: best_bucket(e, extents, folder.upscale) for k, e in found.items()}
            unfit = {k: _unfit(found[k], extents, folder.upscale) for k, b in fitting.items() if b is None}
            for b, sized in enumerate(self._sized[number]):
                unfit |= sized.misfits(k for k, of in fitting.items() if of == b)
            folder.leave_out_all(unfit)
            entries = [
                _Entry(number, k, b, found[k]) for k, b in fitting.items() if b is not None and k not in unfit
            ]
            self._entries += entries * times
            self._names += [
                places(folder.where, folder.name(e.index), n + 1)[n] for n in range(times) for e in entries
            ]
        if not self._entries:
            raise folders[0].too_many()
        self.order = BucketTurns(
            self._names, [e.bucket for e in self._entries], [b.words for b in buckets], batch, seed
        )
        self.rate = folders[0].rate
        rates = {folder.frame_rate for folder in folders}
        self.frame_rate = rates.pop() if len(rates) == 1 else None
        self._tell(batch)

    def __len__(self) -> int:
        return len(self._entries)

    def bucket(self, position: int) -> int:
        """The number of the bucket that the sample at a position is of, and all of its batch."""
        return self.order.bucket(position)

    def sample(self, position: int) -> Sample:
        for turn in self.order.turns(position):
            entry = self._entries[turn.index]
            found = self._read(self._sized[entry.folder][entry.bucket], entry, position, turn)
            if found is not None:
                return found
        raise RunError(
            "data-mismatch",
            f"no file of the bucket {self.buckets[self.bucket(position)].words} can be used",
            help="repair these files or take them out of the folder",
            place=self._place,
        )

    def spare_each(self, known: Sequence[Known]) -> None:
        """From now on leaves pixels unread that are known at the sizes of a bucket: their samples have them deferred."""
        for sized in self._sized:
            for folder, of_bucket in zip(sized, known, strict=True):
                folder.spare(of_bucket)

    def texts(self, field: str) -> Iterator[tuple[str, str]]:
        """Every wording of a field, with the file that it is of."""
        for folder in self.folders:
            within = f"{folder.where}/" if len(self.folders) > 1 else ""
            yield from ((f"{within}{name}", text) for name, text in folder.texts(field))

    def own_sizes(self) -> OwnSizes:
        """The files that are long enough, at the program's own sizes."""
        frames = self.buckets[0].extent.frames
        able = [n for n, e in enumerate(self._entries) if e.extent.frames >= frames]
        if not able:
            raise RunError(
                "data-mismatch",
                f"samples are made at the program's own sizes, and no file of the data has {frames} frames",
                help="validate at sizes that some files have: make those the program's own, and the others a bucket",
                place=self._place,
            )
        return OwnSizes(self, able)

    def read_own(self, position: int, epoch: int, at: int) -> Sample | None:
        """One place of an epoch at the program's own sizes; None where its file cannot be used."""
        entry = self._entries[at]
        return self._read(self._sized[entry.folder][0], entry, position, Turn(epoch, at, at))

    def _read(self, folder: Part, entry: _Entry, position: int, turn: Turn) -> Sample | None:
        if folder.is_left_out(entry.index):
            return None
        try:
            sample = folder.read(position, replace(turn, index=entry.index))
        except MediaError as error:
            folder.leave_out(entry.index, error)
            return None
        source = named(folder.where, sample.source) if len(self.folders) > 1 else sample.source
        return replace(sample, index=turn.index, source=source)

    @property
    def failed(self) -> Mapping[str, str]:
        """The places whose files cannot be used, with reasons."""
        return {
            name: folder.failed[item]
            for folder, times in zip(self.folders, self._repeats)
            for item in folder.failed
            for name in places(folder.where, item, times)
        }

    def contents(self) -> dict[str, str]:
        of_folder = [folder.contents() for folder in self.folders]
        return {
            name: of_folder[e.folder][self.folders[e.folder].name(e.index)]
            for name, e in zip(self._names, self._entries)
        }

    def fingerprint(self) -> str:
        folders = [[f.fingerprint(), times] for f, times in zip(self.folders, self._repeats)]
        return json_hash([folders, [dict(b.sizes) for b in self.buckets], [e.bucket for e in self._entries]])

    # what is told before the first step

    def _tell(self, batch: int) -> None:
        names = " x ".join(self.buckets[0].sizes)
        counts = Counter(e.bucket for e in self._entries)
        shown = "; ".join(f"{self.buckets[k].words}: {_times(n, 'file')}" for k, n in sorted(counts.items()))
        self._report(
            f"data: {_times(len(self), 'sample')} an epoch in {len(counts)} of {_times(len(self.buckets), 'bucket')} "
            f"of {names}: {shown}"
        )
        few = [f"{self.buckets[k].words} ({n})" for k, n in sorted(counts.items()) if n < batch]
        if few:
            self._report(
                f"{_times(len(few), 'bucket')} with fewer files than a batch of {batch}: {', '.join(few)}; a batch of such a "
                "bucket comes only in some epochs, with files more than once, so that each comes as often as others"
            )
        enlarged = {k: self._of(e).scale_to(self.buckets[e.bucket].extent) for k, e in self._first().items()}
        self._told(
            {k: s for k, s in enlarged.items() if s > 1},
            "is smaller than its bucket and enlarged",
            "{:.2f} times",
        )
        cropped = {k: self._of(e).cropped_by(self.buckets[e.bucket].extent) for k, e in self._first().items()}
        self._told(
            {k: s for k, s in cropped.items() if s > MUCH}, "loses more than a third to cropping", "{:.0%}"
        )
        single = {k: float(e.extent.frames) for k, e in self._first().items() if self._is_single(e)}
        self._told(single, "is shorter than every bucket of clips and gives single frames", "{:.0f} frames")

    def _first(self) -> dict[str, _Entry]:
        """An entry of each file, by a name for people."""
        return {
            f"{self.folders[e.folder].where}/{self.folders[e.folder].name(e.index)}": e for e in self._entries
        }

    @staticmethod
    def _of(entry: _Entry) -> Extent:
        return entry.extent

    def _is_single(self, e: _Entry) -> bool:
        return (
            e.extent.frames
            > 1
            == self.buckets[e.bucket].extent.frames
            < max(b.extent.frames for b in self.buckets)
        )

    def _told(self, found: Mapping[str, float], what: str, form: str) -> None:
        if not found:
            return
        worst = max(found, key=lambda k: found[k])
        count = len(self._first())
        plural = (
            what
            if len(found) == 1
            else what.replace("is ", "are ", 1).replace("loses", "lose").replace("gives", "give")
        )
        plural = plural if len(found) == 1 else plural.replace("its bucket", "their buckets")
        self._report(
            f"{len(found)} of {_times(count, 'file')} {plural}, most of all {worst} ({form.format(found[worst])})"
        )


class OwnSizes:
    """Some places of a bucketed data set at the program's own sizes, in an order drawn once."""

    def __init__(self, source: Bucketed, places: Sequence[int]) -> None:
        self._source, self._places = source, places

    def __len__(self) -> int:
        return len(self._places)

    def sample(self, position: int) -> Sample:
        epoch, offset = divmod(position, len(self))
        permutation = order(self._source.order.seed, epoch, len(self))
        for later in range(len(self)):
            at = self._places[int(permutation[(offset + later) % len(self)])]
            found = self._source.read_own(position, epoch, at)
            if found is not None:
                return found
        raise self._source.folders[0].too_many()

    def fingerprint(self) -> str:
        return self._source.fingerprint()


def _unfit(file: Extent, buckets: Sequence[Extent], upscale: float) -> str:
    """Why a file fits no bucket."""
    able = [b for b in buckets if b.frames <= file.frames]
    if able:
        least = min(file.scale_to(b) for b in able)
        return f"would be enlarged {least:.2f} times or more, and `max_upscale` is {upscale:g}"
    least_frames = min(b.frames for b in buckets)
    return f"has {_times(file.frames, 'frame')}, and the shortest bucket has {least_frames}"


def _times(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
