"""Batches by position: a source's samples collated, with their content keys, read ahead by a thread."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import torch
from torch import Tensor

from ..base.late_rows import LateRows
from .item_order import Named
from .samples import DataSource, Sample, collate


class Feed:
    """The batches of a run. What is read does not depend on what was read ahead."""

    def __init__(self, source: DataSource, device: torch.device, threads: int = 1) -> None:
        self.source = source
        self.device = device
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="data")
        self._ahead: OrderedDict[tuple[int, ...], Future[list[Sample]]] = OrderedDict()

    def _samples(self, positions: Sequence[int]) -> list[Sample]:
        return [self.source.sample(p) for p in positions]

    def batch(self, positions: Sequence[int]) -> dict[str, Any]:
        wanted = tuple(positions)
        waiting = self._ahead.pop(wanted, None)
        samples = waiting.result() if waiting is not None else self._samples(wanted)
        following = tuple(range(wanted[-1] + 1, wanted[-1] + 1 + len(wanted)))
        if following not in self._ahead:
            self._ahead[following] = self._pool.submit(self._samples, following)
            while len(self._ahead) > 2:
                self._ahead.popitem(last=False)[1].cancel()
        return self.collated(samples)

    def collated(self, samples: Sequence[Sample]) -> dict[str, Any]:
        batch: dict[str, Any] = {}
        for name, value in collate(samples).items():
            batch[name] = _to(value, self.device)
            batch[f"{name}.key"] = [s.keys[name] for s in samples]
        return batch

    def names(self, positions: Sequence[int]) -> list[str]:
        return [self.source.sample(p).source for p in positions]

    def left_out(self) -> Iterable[str]:
        return self.source.failed if isinstance(self.source, Named) else ()

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)  # a file that is being read is read to its end


class Repeated:
    """A feed each of whose samples stands `each` times in a row: what is drawn for one prompt, side by side."""

    def __init__(self, feed: Feed, each: int) -> None:
        self.feed, self.each = feed, each

    def batch(self, positions: Sequence[int]) -> dict[str, Any]:
        rows = list(dict.fromkeys(p // self.each for p in positions))
        found = self.feed.batch(rows)
        if self.each == 1:
            return found
        place = {row: i for i, row in enumerate(rows)}
        chosen = [place[p // self.each] for p in positions]
        return {name: _chosen(value, chosen) for name, value in found.items()}

    def names(self, positions: Sequence[int]) -> list[str]:
        return self.feed.names([p // self.each for p in positions])

    def left_out(self) -> Iterable[str]:
        return self.feed.left_out()


def _chosen(value: Any, rows: list[int]) -> Any:
    if isinstance(value, Mapping):
        return {name: _chosen(part, rows) for name, part in value.items()}
    if isinstance(value, LateRows):
        return value.chosen(rows)
    return value[rows] if isinstance(value, Tensor) else [value[i] for i in rows]


def _to(value: Any, device: torch.device) -> Any:
    if isinstance(value, Mapping):
        return {name: tensor.to(device) for name, tensor in value.items()}
    if isinstance(value, LateRows):
        return value.on(device)
    return value.to(device) if isinstance(value, Tensor) else value
