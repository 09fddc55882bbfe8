"""How many frames the items of a folder have, and how large they are: by which buckets are chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...base.media.clips_and_images import too_large
from ...base.media.media_probe import MediaProbe
from .cuts.frame_picks import Pace
from .cuts.pair_shapes import unlike
from .file_fields import FileField, Pixels
from .listing.folder_items import Item
from .probes import probe_files


@dataclass(frozen=True)
class Extent:
    """How many frames a file or a bucket has, and how large they are."""

    frames: int
    height: int
    width: int

    def scale_to(self, bucket: Extent) -> float:
        """How many times a picture is enlarged to cover a bucket's; below 1 it is made smaller."""
        return max(bucket.height / self.height, bucket.width / self.width)

    def cropped_by(self, bucket: Extent) -> float:
        """The share of the picture that is cut away."""
        scale = self.scale_to(bucket)
        return 1 - bucket.height * bucket.width / (self.height * self.width * scale * scale)


@dataclass(frozen=True)
class Measured:
    """The extents of items by index, the reasons of those that cannot be used, and what was found of the files that are."""

    extents: Mapping[int, Extent]
    problems: Mapping[int, str]
    probes: Sequence[MediaProbe]


def measured(
    items: Mapping[int, Item], fields: Mapping[str, FileField], pace: Pace, kept: Path | None
) -> Measured:
    """Of each item the size of its first field of pixels, and as many frames as all that have an axis of frames can be cut
    to."""
    pixels = {n: f for n, f in fields.items() if isinstance(f, Pixels)}
    most = min(f.most for f in pixels.values())
    files = {k: [item.beside.get(n, item.path) for n in pixels] for k, item in items.items()}
    found = probe_files(list(dict.fromkeys(p for some in files.values() for p in some)), kept, shown=most)
    extents: dict[int, Extent] = {}
    problems: dict[int, str] = {}
    for k, item in items.items():
        one = extent_of(item, pixels, pace, found)
        if isinstance(one, Extent):
            extents[k] = one
        else:
            problems[k] = one
    used = dict.fromkeys(path for k in extents for path in files[k])
    return Measured(extents, problems, [found[path] for path in used])


def extent_of(
    item: Item, pixels: Mapping[str, Pixels], pace: Pace, found: Mapping[Path, MediaProbe]
) -> Extent | str:
    """The extent of an item whose files were probed closely, or why it cannot be used."""
    most = min(f.most for f in pixels.values())
    probes = [found[item.beside.get(n, item.path)] for n in pixels]
    wrong = next((said for one in probes if (said := _problem(one, most))), "")
    own = [f.frames is not None and f.cut_from(item.beside.get(n)) for n, f in pixels.items()]
    cut = [one for one, together in zip(probes, own, strict=True) if together]
    counts = [one.frames if (longest := pace.most(one)) is None else longest for one in cut]
    if not wrong and item.beside:
        apart = unlike(item, pixels, lambda path: (found[path].width, found[path].height))
        wrong = apart[1] if apart is not None else ""
    if wrong or probes[0].shown is None:
        return wrong or "has no picture"
    return Extent(min(counts, default=1), *probes[0].shown)


def _problem(one: MediaProbe, most: int) -> str:
    """Why a file cannot be used, if its header tells."""
    if one.problem:
        return one.problem
    return (
        too_large(one.width, one.height, most) if one.width * one.height > most or one.shown is None else ""
    )
