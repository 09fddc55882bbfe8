"""A step's micro-batches, of which one at a time is on the device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..api.run_context import Run
from .batch_numbers import Part
from .training import Data


class MicroBatches:
    """Each run with its batch on the device, as long as the caller holds that.

    Batches are read when they are first asked for, so that the later ones are read while the earlier are computed with. Where
    they are used `again`, they stay in the processor's memory until the step ends; one that is alone stays on the device.
    """

    def __init__(self, runs: Sequence[Run], positions: Sequence[range], data: Data, again: bool) -> None:
        self.runs, self.positions = runs, positions
        self._data, self._again = data, again
        self._host: dict[int, dict[str, Any]] = {}
        self._alone: Mapping[str, Any] | None = None

    def __len__(self) -> int:
        return len(self.runs)

    @property
    def every_position(self) -> list[int]:
        return [p for some in self.positions for p in some]

    def __getitem__(self, number: int) -> Part:
        return self.runs[number], self._on_device(number)

    def _on_device(self, k: int) -> Mapping[str, Any]:
        if self._alone is not None:
            return self._alone
        host = self._host.get(k)
        if host is None:
            host = self._data.host(self.positions[k])
        if len(self) == 1:
            self._alone = self._data.on_device(host)
            return self._alone
        if self._again:
            self._host[k] = host
        return self._data.on_device(host)
