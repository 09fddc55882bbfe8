"""Several folders as one source of training data, each file as often in an epoch as its folder says."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from ..base.errors import Place, Report, RunError
from ..base.media import MediaError
from .folders.clip_folder import ClipFolder
from .samples import Sample, order
from .text_files import json_hash


class Mixed:
    """Folders, each with how many times its files come in an epoch. The places of an epoch are those of all files of the
    first folder, so many times over, then of the next; their order is drawn anew for each epoch, over all folders.

    A file that comes several times is cut and worded anew each time. Where one cannot be used, the next place in order,
    of whichever folder, takes its place. RunError where the sound of the folders has different rates.
    """

    def __init__(
        self,
        folders: Sequence[ClipFolder],
        repeats: Sequence[int],
        seed: int | None,
        place: Place | None,
        report: Report,
    ) -> None:
        self.folders, self._repeats, self._seed = folders, repeats, seed
        self._ends = list(accumulate(len(f) * times for f, times in zip(folders, repeats, strict=True)))
        rates = {folder.rate: folder for folder in reversed(folders)}
        if len(rates) > 1:
            raise RunError(
                "data-mismatch",
                "the sound of one data set has one rate: "
                + ", ".join(f"{folder.root} has {rate} samples a second" for rate, folder in rates.items()),
                help=f"`rate = {folders[0].rate}` in each folder resamples what has another",
                place=place,
            )
        self.rate = folders[0].rate
        paces = {folder.frame_rate for folder in folders}
        self.frame_rate = paces.pop() if len(paces) == 1 else None
        report(f"data: {'; '.join(map(_counted, folders, repeats))}; {len(self)} samples an epoch")

    def __len__(self) -> int:
        return self._ends[-1]

    def sample(self, position: int) -> Sample:
        epoch, offset = divmod(position, len(self))
        permutation = order(self._seed, epoch, len(self))
        for later in range(len(self)):
            at = int(permutation[(offset + later) % len(self)])
            found = self.read(position, epoch, at)
            if found is not None:
                return found
        raise self.folders[0].too_many()

    def read(self, position: int, epoch: int, at: int) -> Sample | None:
        """The file of one place of an epoch; None for one that is left out."""
        folder, index = self._file(at)
        if folder.is_left_out(index):
            return None
        try:
            sample = folder.read(position, epoch, index, at)
        except MediaError as error:
            folder.leave_out(index, error)
            return None
        return Sample(position, at, f"{folder.root}/{sample.source}", sample.fields, sample.keys)

    def _file(self, at: int) -> tuple[ClipFolder, int]:
        part = bisect_right(self._ends, at)
        folder = self.folders[part]
        return folder, (at - (self._ends[part - 1] if part else 0)) % len(folder)

    def fingerprint(self) -> str:
        return json_hash([[f.fingerprint(), times] for f, times in zip(self.folders, self._repeats)])

    def fingerprints(self) -> dict[str, str]:
        """Of each folder, by its path."""
        return {str(folder.root): folder.fingerprint() for folder in self.folders}


def _counted(folder: ClipFolder, times: int) -> str:
    files = f"{len(folder)} file{'' if len(folder) == 1 else 's'}"
    return f"{folder.root}: {files}" + (f", {times} times each" if times > 1 else "")
