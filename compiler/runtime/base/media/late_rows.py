"""Rows of a batch that are read when they are asked for, and never if nobody asks: clips of which latents are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import RunError
from .clips_and_images import MediaError


@dataclass(frozen=True)
class Deferred:
    """One sample's tensor, not read yet."""

    read: Callable[[], Tensor]


@dataclass(frozen=True)
class LateRows:
    """A tensor [b, ...] of which some rows are not read yet."""

    values: tuple[Tensor | Deferred, ...]
    device: torch.device | None = None

    def rows(self, chosen: Sequence[int]) -> Tensor:
        """These rows, on the device. RunError for a file that cannot be used any more."""
        found = [self._row(self.values[row]) for row in chosen]
        return torch.stack(found).to(self.device)

    def chosen(self, rows: Sequence[int]) -> LateRows:
        return LateRows(tuple(self.values[row] for row in rows), self.device)

    def on(self, device: torch.device) -> LateRows:
        return LateRows(self.values, device)

    def _row(self, value: Tensor | Deferred) -> Tensor:
        if isinstance(value, Tensor):
            return value
        try:
            return value.read()
        except MediaError as error:
            raise RunError(
                "data-mismatch",
                f"{error.path} {error.reason}, and what was kept of it is not there any more",
                help="put the file back, or begin anew without it",
            ) from error
