"""On which steps an update runs. Steps count from 1."""

from __future__ import annotations

from math import lcm

from ..base.frozen import struct


@struct
class Schedule:
    """Steps from `first` to before `end` that `every` divides, but for those that `excepted` divides (0 excepts none)."""

    every: int = 1
    excepted: int = 0
    first: int = 1
    end: int | None = None

    def due(self, step: int) -> bool:
        inside = self.first <= step and (self.end is None or step < self.end)
        return inside and step % self.every == 0 and not (self.excepted and step % self.excepted == 0)

    def count(self, steps: int) -> int:
        """How many of the first `steps` steps it runs on."""
        last = steps if self.end is None else min(steps, self.end - 1)
        return max(0, self._up_to(last) - self._up_to(max(1, self.first) - 1))

    def _up_to(self, step: int) -> int:
        step = max(0, step)
        return step // self.every - (step // lcm(self.every, self.excepted) if self.excepted else 0)

    @property
    def words(self) -> str:
        """As a program writes it; "" for every step."""
        parts = [
            f"every {self.every}" if self.every > 1 else "",
            f"except every {self.excepted}" if self.excepted else "",
            f"from {self.first}" if self.first > 1 else "",
            f"until {self.end}" if self.end is not None else "",
        ]
        return " ".join(filter(None, parts))

    @property
    def often(self) -> str:
        """In a sentence: `every step`, `every 5 steps`, `every 5 from 100`."""
        if self.words and self != Schedule(self.every):
            return self.words
        return f"every {self.every} steps" if self.every > 1 else "every step"
