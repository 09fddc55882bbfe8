"""Files of a folder that look like data and are none: of kinds that are not read, or used by no item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path, PurePosixPath

from ....base.errors import NAMED, Report
from ....base.media.clips_and_images import READERS, is_clip
from ....base.media.picture_formats import TO_READ
from ....base.media.waves import SOUNDS
from ..file_fields import FileField, Pixels, Wave

METADATA = ("metadata.jsonl", "metadata.csv")


def _endings(words: str) -> frozenset[str]:
    return frozenset(f".{word}" for word in words.split())


_OTHER_MEDIA = _endings(
    "3g2 3gp apng asf arw avif bpg cr2 cr3 dds dng dpx exr f4v flv hdr heic heif hif ico ivf j2k jfif jp2 jxl m1v m2ts m2v "
    "mj2 mjpeg mpe mpeg mpg mts mxf nef ogv orf pbm pcx pfm pgm pnm ppm psd qoi raf rm rmvb rw2 svg tga ts vob wmv y4m yuv"
)
_OTHER_SOUNDS = _endings("aac ac3 aif aiff alac amr ape au caf m4a m4b mka oga ogg opus wma wv")


def some(names: Sequence[str], between: str = ", ") -> str:
    """The first few of these."""
    more = len(names) - NAMED
    return between.join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def posters(names: Sequence[str], described: Set[str]) -> list[str]:
    """The images beside a clip of the same name, which show that clip; but none that metadata describes."""
    clips = {PurePosixPath(n).with_suffix("") for n in names if is_clip(PurePosixPath(n))}
    return [
        n
        for n in names
        if not is_clip(PurePosixPath(n)) and PurePosixPath(n).with_suffix("") in clips and n not in described
    ]


def tell_passed_over(
    root: Path, names: Sequence[str], used: Set[str], fields: Mapping[str, FileField], report: Report
) -> None:
    """One line for each kind of file that is no item's and looks as if it were meant."""
    inside = [n for n in names if "/" in n and PurePosixPath(n).name in METADATA]
    if inside:
        report(f"only the metadata in {root} itself is read, and not {some(inside)}")
    for ending, files in _by_ending(names, used, fields):
        count = f"{len(files)} {'file' if len(files) == 1 else 'files'}"
        read = ending in READERS or ending in SOUNDS
        why = "belong to no clip or image" if read else f"are not read, as {ending} is none of the kinds read"
        if not read and ending in TO_READ:
            why = f"are not read; `{TO_READ[ending]}` reads {ending}"
        if len(files) == 1:
            why = why.replace("belong", "belongs").replace("are not", "is not")
        report(f"{count} {ending} in {root} {why}: {some(files)}")


def _by_ending(
    names: Sequence[str], used: Set[str], fields: Mapping[str, FileField]
) -> Iterator[tuple[str, list[str]]]:
    kinds = {type(field) for field in fields.values()}
    alone = Wave in kinds and Pixels not in kinds
    meant = set() if alone else {*READERS, *_OTHER_MEDIA}
    if Wave in kinds:
        meant |= {*SOUNDS, *_OTHER_SOUNDS}
    found: dict[str, list[str]] = {}
    for name in names:
        ending = PurePosixPath(name).suffix.lower()
        if ending in meant and name not in used:
            found.setdefault(ending, []).append(name)
    yield from sorted(found.items())
