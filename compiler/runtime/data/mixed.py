"""Several folders and stores as one source of training data, each item as often in an epoch as its folder says."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

from ..base.errors import Place, Report, RunError
from ..base.media.clips_and_images import MediaError
from .item_order import ItemOrder, Turn
from .part import Part
from .samples import Known, Sample
from .text_files import json_hash


class Mixed:
    """Folders, each with how many times its files come in an epoch. The places of an epoch are those of all files of the
    first folder, so many times over, then of the next; their order is drawn anew for each epoch, over all folders.

    A file that comes several times is cut and worded anew each time. Where one cannot be used, the next place in order,
    of whichever folder, takes its place. RunError where the sound of the folders has different rates.
    """

    def __init__(
        self,
        folders: Sequence[Part],
        repeats: Sequence[int],
        seed: int | None,
        place: Place | None,
        report: Report,
    ) -> None:
        self.folders, self._repeats = folders, repeats
        self._ends = list(accumulate(len(f) * times for f, times in zip(folders, repeats, strict=True)))
        self.order = ItemOrder(
            [
                places(folder.where, item, times)[time]
                for folder, times in zip(folders, repeats)
                for time in range(times)
                for item in folder.names
            ],
            seed,
        )
        self.rate = common_rate(folders, place)
        paces = {folder.frame_rate for folder in folders}
        self.frame_rate = paces.pop() if len(paces) == 1 else None
        report(f"data: {'; '.join(map(_counted, folders, repeats))}; {len(self)} samples an epoch")

    def __len__(self) -> int:
        return self._ends[-1]

    @property
    def failed(self) -> Mapping[str, str]:
        """The places whose files cannot be used, with reasons."""
        return {
            name: folder.failed[item]
            for folder, times in zip(self.folders, self._repeats)
            for item in folder.failed
            for name in places(folder.where, item, times)
        }

    def sample(self, position: int) -> Sample:
        for turn in self.order.turns(position):
            found = self.read(position, turn)
            if found is not None:
                return found
        raise self.folders[0].too_many()

    def spare(self, known: Known) -> None:
        for folder in self.folders:
            folder.spare(known)

    def read(self, position: int, turn: Turn) -> Sample | None:
        """The file of one place of an epoch; None for one that is left out."""
        folder, index = self._file(turn.index)
        if folder.is_left_out(index):
            return None
        try:
            sample = folder.read(position, replace(turn, index=index))
        except MediaError as error:
            folder.leave_out(index, error)
            return None
        return replace(sample, index=turn.index, source=named(folder.where, sample.source))

    def _file(self, at: int) -> tuple[Part, int]:
        part = bisect_right(self._ends, at)
        folder = self.folders[part]
        return folder, (at - (self._ends[part - 1] if part else 0)) % len(folder)

    def fingerprint(self) -> str:
        return json_hash([[f.fingerprint(), times] for f, times in zip(self.folders, self._repeats)])

    def texts(self, field: str) -> Iterator[tuple[str, str]]:
        for folder in self.folders:
            yield from ((named(folder.where, item), text) for item, text in folder.texts(field))

    def contents(self) -> dict[str, str]:
        return {
            name: digest
            for folder, times in zip(self.folders, self._repeats)
            for item, digest in folder.contents().items()
            for name in places(folder.where, item, times)
        }


def named(where: str, item: str) -> str:
    """An item's name among those of several folders and stores, of which the latter name themselves."""
    return item if item.startswith(f"{where}:") else f"{where}/{item}"


def places(where: str, item: str, times: int) -> list[str]:
    """The names of an item's places in an epoch, by the folder or store that it is of."""
    name = named(where, item)
    return [name, *(f"{name} ({time})" for time in range(2, times + 1))]


def common_rate(folders: Sequence[Part], place: Place | None) -> int | None:
    """The samples of sound a second of all folders, None without sound. RunError where they differ."""
    rates = {folder.rate: folder for folder in reversed(folders)}
    if len(rates) > 1:
        raise RunError(
            "data-mismatch",
            "the sound of one data set has one rate: "
            + ", ".join(f"{folder.where} has {rate} samples a second" for rate, folder in rates.items()),
            help=f"`rate = {folders[0].rate}` in each folder resamples what has another",
            place=place,
        )
    return folders[0].rate


def _counted(folder: Part, times: int) -> str:
    files = f"{len(folder)} {folder.what if len(folder) != 1 else folder.what.removesuffix('s')}"
    return f"{folder.where}: {files}" + (f", {times} times each" if times > 1 else "")
