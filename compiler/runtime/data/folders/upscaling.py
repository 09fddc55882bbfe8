"""How much files are enlarged to the sizes of a program: what is told of it, and the bound that a program sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf
from pathlib import Path

from ...base.errors import Report
from ...base.media.clips_and_images import shown_size
from ...base.media.media_probe import MediaProbe
from .file_fields import Mask, Pixels

MUCH = 1.5
"""Files that are enlarged more are told."""
_PIXELS_APART = 2.0
"""By how much the shape of pixels changes what a header says."""

Probes = Callable[[Sequence[Path]], Mapping[Path, MediaProbe]]
"""What is shown of files."""


def enlarged(shown: tuple[int, int], field: Pixels) -> float:
    """How many times a picture of this height and width is enlarged; below 1 it is made smaller."""
    return max(field.height / shown[0], field.width / shown[1])


def too_small(factor: float, field: Pixels) -> str:
    """Why a file cannot be used, if it would be enlarged more than the field allows."""
    if factor <= field.upscale:
        return ""
    return f"would be enlarged {factor:.2f} times, more than `max_upscale` = {field.upscale:g}"


def beyond_bound(path: Path, size: tuple[int, int], field: Pixels) -> str:
    """The same of one file, by the width and height that its header has. MediaError where more has to be read and cannot
    be."""
    if field.upscale == inf or isinstance(field, Mask) or not _suspect(size, field, field.upscale):
        return ""
    return too_small(enlarged(shown_size(path, field.most), field), field)


def _suspect(size: tuple[int, int], field: Pixels, bound: float) -> bool:
    """Whether a file may be enlarged more than the bound, turned or not, and whatever the shape of its pixels."""
    width, height = size
    return max(enlarged((height, width), field), enlarged((width, height), field)) > bound / _PIXELS_APART


class Enlarging:
    """Collects the items of a folder that are enlarged; looks closely only at files whose headers make that likely."""

    def __init__(self, root: Path, count: int) -> None:
        self._root, self._count = root, count
        self._asked: dict[str, list[tuple[Path, Pixels]]] = {}

    def consider(self, item: str, path: Path, one: MediaProbe, field: Pixels) -> None:
        if not isinstance(field, Mask) and _suspect((one.width, one.height), field, min(MUCH, field.upscale)):
            self._asked.setdefault(item, []).append((path, field))

    def settle(self, shown_of: Probes, report: Report) -> dict[str, str]:
        """The items that cannot be used, with reasons; the others that are enlarged much are told in one line."""
        probes = shown_of([path for files in self._asked.values() for path, _ in files])
        failed: dict[str, str] = {}
        told: dict[str, tuple[float, Pixels]] = {}
        for item, files in self._asked.items():
            for path, field in files:
                one = probes[path]
                if one.problem or one.shown is None:
                    failed.setdefault(item, one.problem or "cannot be read")
                    continue
                factor = enlarged(one.shown, field)
                if reason := too_small(factor, field):
                    failed.setdefault(item, reason)
                elif factor > max(MUCH, told.get(item, (0.0, field))[0]):
                    told[item] = factor, field
        told = {item: found for item, found in told.items() if item not in failed}
        if told:
            worst = max(told, key=lambda item: told[item][0])
            factor, field = told[worst]
            what = f"{'is' if len(told) == 1 else 'are'} enlarged more than {MUCH:g} times"
            report(
                f"{len(told)} of {self._count} files in {self._root} {what} to {field.height} x {field.width}, "
                f"most of all {worst} ({factor:.2f} times); `max_upscale` leaves such files out"
            )
        return failed
