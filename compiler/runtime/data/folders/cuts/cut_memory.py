"""The latest cuts of files, kept in memory: epochs of short clips come back to them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from torch import Tensor

_MEMORY = 256 << 20

Key = tuple[int, str, int]
"""An item, a field, and where the cut starts."""


class CutMemory:
    """Up to 256 MiB of cuts, and how many frames each file has. May be used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frames: dict[tuple[int, str], int] = {}
        self._cuts: OrderedDict[Key, Tensor] = OrderedDict()
        self._bytes = 0

    def get(self, key: Key) -> Tensor | None:
        return self._cuts.get(key)

    def frames(self, index: int, name: str) -> int | None:
        """How many frames a file turned out to have, where it was read before."""
        return self._frames.get((index, name))

    def get_or_read(
        self,
        index: int,
        name: str,
        start_of: Callable[[int], int],
        read: Callable[[Callable[[int], int]], tuple[Tensor, int]],
    ) -> tuple[Tensor, int]:
        """A cut, and where it starts: `start_of` the number of frames, which `read` tells it."""
        key = (index, name)
        count = self._frames.get(key)
        if count is not None:
            start = start_of(count)
            found = self._cuts.get((*key, start))
            if found is not None:
                return found, start

        def noting(count: int) -> int:
            self._frames[key] = count
            return start_of(count)

        cut, start = read(noting)
        self.keep((*key, start), cut)
        return cut, start

    def keep(self, key: Key, cut: Tensor) -> None:
        with self._lock:
            if key not in self._cuts:
                self._cuts[key] = cut
                self._bytes += cut.nbytes
            while self._bytes > _MEMORY:
                self._bytes -= self._cuts.popitem(last=False)[1].nbytes
