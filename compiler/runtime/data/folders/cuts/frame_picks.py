"""Which frames of a clip a cut has: consecutive ones, every nth, or those that are shown at even times."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from ....base.media.media_probe import MediaProbe
from ....random.streams import Streams

_CLOSE = 0.002
"""Seconds by which a container may round the time of a frame."""


@dataclass(frozen=True)
class Pace:
    """Frames are taken at `fps` a second by the times at which they are shown, or as they come where it is None; of these,
    every `stride`th. A `cut` begins where it is drawn to, at the first frame, or so that it is the clip's middle."""

    fps: float | None = None
    stride: int = 1
    cut: str = "drawn"

    @property
    def text(self) -> str:
        """Part of content keys; empty for consecutive frames."""
        return f" every {self.stride} at {self.fps}" if (self.fps, self.stride) != (None, 1) else ""

    @property
    def words(self) -> str:
        """What follows a number of frames in a message."""
        rate = f" at {self.fps:g} a second" if self.fps is not None else ""
        return rate + (f", one in {self.stride}" if self.stride > 1 else "")

    def last_start(self, frames: int, count: int, times: Sequence[float]) -> int:
        """The last frame at which a cut of so many frames may start; below 0 if there is none. `times` in seconds are read
        only where there is an `fps`."""
        if self.fps is None:
            return count - (frames - 1) * self.stride - 1
        last = (times[-1] + _gap(times) if times else 0.0) - self._reach(frames) - self._close
        return min(bisect_right(times, last), len(times)) - 1

    def start(self, last: int, draw: Streams) -> int:
        """The frame, or the sample of sound, at which a cut begins that may begin at `last` at the latest."""
        if self.cut == "drawn":
            return int(draw.integer("<data start>", 0, last + 1)) if last > 0 else 0
        return last // 2 if self.cut == "middle" else 0

    def numbers(self, frames: int, start: int, times: Sequence[float]) -> Sequence[int]:
        """The numbers of the frames of a cut, ascending; a frame comes twice where the clip has fewer than `fps`."""
        if self.fps is None:
            return range(start, start + (frames - 1) * self.stride + 1, self.stride)
        wanted = (times[start] + self._reach(n + 1) + self._close for n in range(frames))
        return [bisect_right(times, time) - 1 for time in wanted]

    def at(self, seconds: float, times: Sequence[float]) -> int:
        """The frame that is shown so long after the first."""
        return max(0, bisect_right(times, times[0] + seconds + _CLOSE) - 1)

    def most(self, probed: MediaProbe) -> int | None:
        """How many frames the longest cut of a clip has; None where only its frames tell."""
        if self.fps is None:
            return (probed.frames - 1) // self.stride + 1
        if probed.rate is None:
            return None if probed.frames > 1 else probed.frames
        return int(min((probed.seconds - self._close) * self.fps / self.stride, _MANY)) + 1

    def _reach(self, frames: int) -> float:
        """Seconds from the first frame of a cut to its last."""
        assert self.fps is not None
        return (frames - 1) * self.stride / self.fps

    @property
    def _close(self) -> float:
        assert self.fps is not None
        return min(_CLOSE, 0.25 / self.fps)


CONSECUTIVE = Pace()

_MANY = 1 << 40


def _gap(times: Sequence[float]) -> float:
    """How long the last frame is shown: as long as the one before it."""
    return times[-1] - times[-2] if len(times) > 1 else 0.01
