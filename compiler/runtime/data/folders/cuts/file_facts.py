"""What the files of a folder tell of themselves, each asked once: their content's hash, times of frames, length of sound."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from ....base.media.clips_and_images import MediaError, count_frames, frame_pixels, frame_times, shown_size
from ....base.media.waves import count_samples

ContentHash = Callable[[Path], str]


class FileFacts:
    """Facts by path; all of them raise MediaError. `content` gives the hash of a file. May be used from several threads."""

    def __init__(self, content: ContentHash) -> None:
        self.content = content
        self._times: dict[Path, tuple[list[float], float]] = {}
        self._frames: dict[Path, int] = {}
        self._sizes: dict[Path, tuple[int, int]] = {}
        self._shown: dict[tuple[Path, int], tuple[int, int]] = {}
        self._samples: dict[tuple[Path, int], int] = {}

    def times(self, path: Path) -> tuple[list[float], float]:
        """When each frame is shown, and when the file's own sound begins, in seconds."""
        found = self._times.get(path)
        if found is None:
            found = self._times[path] = frame_times(path)
        return found

    def frames(self, path: Path) -> int:
        """How many frames a file lists."""
        found = self._frames.get(path)
        if found is None:
            found = self._frames[path] = count_frames(path)
        return found

    def size(self, path: Path) -> tuple[int, int]:
        """Width and height of a file's frames, not turned."""
        found = self._sizes.get(path)
        if found is None:
            found = self._sizes[path] = frame_pixels(path)
        return found

    def shown(self, path: Path, most: int) -> tuple[int, int]:
        """Height and width of a file's frames of up to `most` pixels, upright."""
        found = self._shown.get((path, most))
        if found is None:
            found = self._shown[path, most] = shown_size(path, most)
        return found

    def samples(self, path: Path, rate: int) -> int:
        """How many samples of sound a file has, at `rate` a second."""
        found = self._samples.get((path, rate))
        if found is None:
            found = self._samples[path, rate] = count_samples(path, rate)
        return found


def content_hash(path: Path) -> str:
    """SHA-256 of a file, taken once for its size and time of change. Raises MediaError."""
    try:
        stat = path.stat()
        return _hash_at(path, stat.st_size, stat.st_mtime_ns)
    except OSError as error:
        raise MediaError(path, f"cannot be read ({error.strerror})") from error


@lru_cache(maxsize=1 << 16)
def _hash_at(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
