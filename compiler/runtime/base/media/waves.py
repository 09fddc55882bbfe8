"""Sound: from files, and from the tracks of clips, to samples in [-1, 1], and back to files for people to listen to.

A wave is cut to consecutive samples, at its own rate unless another is asked for, and never padded when it is too short.
"""

from __future__ import annotations

import wave
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .clips_and_images import MediaError, aside, opened

SOUNDS = (".wav", ".flac", ".mp3")
"""Endings of file names, in lower case."""

LAYOUTS = {1: "mono", 2: "stereo"}
"""By how many channels there are."""


def wave_rate(path: Path) -> int:
    """Samples a second of a file's sound. Raises MediaError where it has none."""
    with opened(path) as container:
        if not container.streams.audio:
            raise MediaError(path, "has no sound")
        return int(container.streams.audio[0].rate)


def wave_header(path: Path) -> tuple[int, float]:
    """Samples a second of a file's sound, 0 where it has none, and its seconds, 0 where the header does not say."""
    with opened(path) as container:
        if not container.streams.audio:
            return 0, 0.0
        stream = container.streams.audio[0]
        if stream.duration is None or stream.time_base is None:
            return int(stream.rate), 0.0
        return int(stream.rate), float(stream.duration * stream.time_base)


def count_samples(path: Path, rate: int) -> int:
    """How many samples a file's sound has at this rate."""
    return sum(chunk.shape[1] for chunk in _chunks(path, 1, rate))


def read_wave(path: Path, channels: int, samples: int, rate: int, start: int) -> Tensor:
    """Consecutive samples from the `start`th on, float32 [channels, samples] in [-1, 1].

    Another rate than the file's is made by resampling; one channel becomes two alike, and two become their mean. What comes
    before the cut is decoded and let go. Raises MediaError, also for a file that is too short.
    """
    found: list[NDArray[np.float32]] = []
    passed = taken = 0
    for chunk in _chunks(path, channels, rate):
        skipped = min(max(start - passed, 0), chunk.shape[1])
        passed += chunk.shape[1]
        kept = chunk[:, skipped : skipped + samples - taken]
        found.append(kept)
        taken += kept.shape[1]
        if taken == samples:
            return torch.from_numpy(np.concatenate(found, axis=1)).clamp(-1.0, 1.0)
    raise MediaError(path, f"has {taken} samples from its {start}th on, and {samples} are wanted")


def _chunks(path: Path, channels: int, rate: int) -> Iterator[NDArray[np.float32]]:
    """The whole sound, [channels, n] at a time."""
    with opened(path) as container:
        if not container.streams.audio:
            raise MediaError(path, "has no sound")
        resampler = av.AudioResampler(format="fltp", layout=LAYOUTS[channels], rate=rate)
        for frame in container.decode(container.streams.audio[0]):
            for made in resampler.resample(frame):
                yield made.to_ndarray().astype(np.float32, copy=False)
        for made in resampler.resample(None):
            yield made.to_ndarray().astype(np.float32, copy=False)


def write_wav(path: Path, sound: Tensor, rate: int) -> None:
    """Samples [channels, n] in [-1, 1] as 16-bit PCM. Raises ValueError for values that are not finite."""
    values = sound.detach().to("cpu", torch.float32)
    if not bool(values.isfinite().all()):
        raise ValueError("sound that is not finite cannot be played")
    levels = values.clamp(-1.0, 1.0).mul(32767.0).round().to(torch.int16)
    with aside(path) as part, wave.open(str(part), "wb") as out:
        out.setnchannels(len(levels))
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(levels.T.contiguous().numpy().astype("<i2").tobytes())
