"""The ticks of a network that was trained on the entries of a table: of each, how much noise there is."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

Level = TypeVar("Level", float, Tensor)

_NEAR = 2e-3
"""A tick this near to a whole one is that: float32 tells neighbouring levels no further apart."""


@dataclass(frozen=True)
class Schedule:
    """`levels` are the flow noise levels of ticks 0, 1, ..., rising."""

    levels: tuple[float, ...]

    @property
    def top(self) -> float:
        """The level of the last tick."""
        return self.levels[-1]

    def ticks(self, level: Level) -> Level:
        """What the network is fed at a noise level: between two entries a part of a tick, beyond the table its ends.
        A number, or a tensor of any shape."""
        if not isinstance(level, Tensor):
            return self._tick(level)
        table = torch.tensor(self.levels, dtype=torch.float64, device=level.device)
        wide = level.double().clamp(self.levels[0], self.levels[-1])
        above = torch.searchsorted(table, wide).clamp(1, len(table) - 1)
        low, high = table[above - 1], table[above]
        found = above - 1 + (wide - low) / (high - low)
        off = found.round() - found
        # a tick that is whole is given as such, and keeps its derivative by the level
        return (found + torch.where(off.abs() < _NEAR, off, 0.0).detach()).to(level.dtype)

    def at(self, ticks: Sequence[float]) -> list[float]:
        """The levels of ticks, whole or not, in their order. Raises ValueError beyond the table."""
        return [self._level_at(k) for k in ticks]

    def _level_at(self, tick: float) -> float:
        if not 0 <= tick <= len(self.levels) - 1:
            raise ValueError(f"there are ticks from 0 to {len(self.levels) - 1}, and {tick:g} is none")
        low = min(int(tick), len(self.levels) - 2)
        return self.levels[low] + (tick - low) * (self.levels[low + 1] - self.levels[low])

    def _tick(self, level: float) -> float:
        wide = min(max(level, self.levels[0]), self.levels[-1])
        above = min(max(bisect_left(self.levels, wide), 1), len(self.levels) - 1)
        low, high = self.levels[above - 1], self.levels[above]
        found = above - 1 + (wide - low) / (high - low)
        return float(round(found)) if abs(found - round(found)) < _NEAR else found
