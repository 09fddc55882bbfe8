"""What a clip or image is, told from headers: how many frames, how large, how many a second."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import median

from .clips_and_images import MediaError, count_frames, frame_pixels, frame_times, is_clip, shown_size
from .waves import SOUNDS, wave_header

_UNEVEN = 1.5
"""Frames whose distances differ by this factor from their median have no one rate; containers round times by less."""


@dataclass(frozen=True)
class MediaProbe:
    """`rate` is frames a second, on average; None where the file names no times. `steady` is whether all frames are as far
    apart, `seconds` how long the clip is shown. `width` and `height` are those of its frames before they are turned, `shown`
    the height and width of those that are read, where they were asked for. `sound_rate` is samples of sound a second, 0 where
    there are none, and `sound_seconds` how long they are, 0 where the header does not say. `problem` says why the file cannot
    be read, and reads after its name."""

    frames: int = 0
    rate: float | None = None
    steady: bool = True
    seconds: float = 0.0
    width: int = 0
    height: int = 0
    shown: tuple[int, int] | None = None
    sound_rate: int = 0
    sound_seconds: float = 0.0
    problem: str = ""


def probe_shown(path: Path, most: int) -> MediaProbe:
    """The same with what is shown, where frames have no more pixels than `most`; of a clip the first is decoded for it."""
    found = probe(path)
    if found.problem or found.width * found.height > most:
        return found
    try:
        return replace(found, shown=shown_size(path, most))
    except MediaError as error:
        return replace(found, problem=error.reason)


def probe(path: Path) -> MediaProbe:
    """Reads headers of the file and of its packets, and decodes nothing."""
    try:
        heard = is_clip(path) or path.suffix.lower() in SOUNDS
        rate, long = wave_header(path) if heard else (0, 0.0)
        sound = MediaProbe(sound_rate=rate, sound_seconds=round(long, 6))
        if path.suffix.lower() in SOUNDS:
            return sound
        width, height = frame_pixels(path)
        size = replace(sound, width=width, height=height)
        if not is_clip(path):
            return replace(size, frames=count_frames(path))
        try:
            times, _ = frame_times(path)
        except MediaError:
            return replace(size, frames=count_frames(path))
    except MediaError as error:
        return MediaProbe(problem=error.reason)
    gaps = [later - one for one, later in pairwise(times)]
    usual = median(gaps) if gaps else 0.0
    if usual <= 0:
        return replace(size, frames=len(times))
    steady = max(gaps) < usual * _UNEVEN and min(gaps) > usual / _UNEVEN
    span = times[-1] - times[0]
    seconds = round(span + gaps[-1], 6)
    return replace(size, frames=len(times), rate=round(len(gaps) / span, 3), steady=steady, seconds=seconds)
