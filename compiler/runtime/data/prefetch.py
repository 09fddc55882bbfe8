"""Batches by position: a source's samples collated, with their content keys, read ahead by threads."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import torch
from torch import Tensor

from ..base.media.late_rows import LateRows
from .buckets.bucketed import Bucketed
from .item_order import Named
from .samples import DataSource, Sample, collate


class Feed:
    """The batches of a run. What is read depends neither on what was read ahead nor on how many `threads` read.

    Behind a batch the next one is read ahead, sample by sample, and put together, in pinned memory for a GPU; of the one
    after it as many samples as keep all threads busy. Nothing is read ahead from the position `end` on.
    """

    def __init__(self, source: DataSource, device: torch.device, threads: int | None = None) -> None:
        self.source = source
        self.device = device
        self.end: int | None = None
        self._threads = threads or min(4, os.cpu_count() or 1)
        self._readers = ThreadPoolExecutor(self._threads, thread_name_prefix="data")
        self._joiner = ThreadPoolExecutor(1, thread_name_prefix="batch")
        self._samples: dict[int, Future[Sample]] = {}
        self._next: tuple[tuple[int, ...], Future[dict[str, Any]]] | None = None

    def batch(self, positions: Sequence[int]) -> dict[str, Any]:
        """The samples at these positions as one batch on the device; `FIELD.key` are the keys of a field's content."""
        return self.on_device(self.host(positions))

    def host(self, positions: Sequence[int]) -> dict[str, Any]:
        """The same batch in the memory of the processor."""
        wanted = tuple(positions)
        ahead, self._next = self._next, None
        if ahead is not None and ahead[0] == wanted:
            batch = ahead[1].result()
        else:
            if ahead is not None:
                ahead[1].cancel()
            batch = self._joined(wanted).result()
        self._read_ahead(wanted)
        return batch

    def on_device(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        return {name: _to(value, self.device) for name, value in batch.items()}

    def _read_ahead(self, wanted: tuple[int, ...]) -> None:
        first = wanted[-1] + 1
        end = self.end if self.end is not None else first + 2 * len(wanted) + self._threads
        following = tuple(p for p in range(first, first + len(wanted)) if p < end)
        if len(following) == len(wanted):
            self._next = following, self._joined(following)
        further = range(first + len(wanted), min(end, first + len(wanted) + self._threads - 1))
        for position in self._samples.keys() - set(further):
            self._samples.pop(position).cancel()
        for position in further:
            self._sample(position)

    def _sample(self, position: int) -> Future[Sample]:
        if position not in self._samples:
            self._samples[position] = self._readers.submit(self.source.sample, position)
        return self._samples[position]

    def _joined(self, positions: tuple[int, ...]) -> Future[dict[str, Any]]:
        """The batch, put together as soon as its samples are read; these are kept no longer."""
        samples = [self._sample(p) for p in positions]
        for p in positions:
            self._samples.pop(p, None)
        return self._joiner.submit(_collated, samples, self.device.type == "cuda")

    def names(self, positions: Sequence[int]) -> list[str]:
        return [self.source.sample(p).source for p in positions]

    def left_out(self) -> Iterable[str]:
        return self.source.failed if isinstance(self.source, Named) else ()

    def bucket(self, positions: Sequence[int]) -> int:
        """The number of the bucket that a batch is of; 0 where all data have one size."""
        return self.source.bucket(positions[0]) if isinstance(self.source, Bucketed) else 0

    def own_host(self, positions: Sequence[int]) -> dict[str, Any]:
        """Samples at the program's own sizes, whatever buckets there are, in the memory of the processor."""
        if not isinstance(self.source, Bucketed):
            return self.host(positions)
        own = self.source.own_sizes()
        return _batch_of([own.sample(p) for p in positions], pinned=False)

    def close(self) -> None:
        """Stops reading ahead; a file that is being read is read to its end."""
        self._readers.shutdown(cancel_futures=True)
        self._joiner.shutdown(cancel_futures=True)


def _collated(reading: list[Future[Sample]], pinned: bool) -> dict[str, Any]:
    return _batch_of([one.result() for one in reading], pinned)


def _batch_of(samples: Sequence[Sample], pinned: bool) -> dict[str, Any]:
    batch: dict[str, Any] = {}
    for name, value in collate(samples).items():
        batch[name] = _pinned(value) if pinned else value
        batch[f"{name}.key"] = [s.keys[name] for s in samples]
    return batch


class Repeated:
    """A feed each of whose samples stands `each` times in a row: what is drawn for one prompt, side by side."""

    def __init__(self, feed: Feed, each: int) -> None:
        self.feed, self.each = feed, each

    def batch(self, positions: Sequence[int]) -> dict[str, Any]:
        return self.on_device(self.host(positions))

    def on_device(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        return self.feed.on_device(batch)

    def host(self, positions: Sequence[int]) -> dict[str, Any]:
        rows = list(dict.fromkeys(p // self.each for p in positions))
        found = self.feed.host(rows)
        if self.each == 1:
            return found
        place = {row: i for i, row in enumerate(rows)}
        chosen = [place[p // self.each] for p in positions]
        return {name: chosen_rows(value, chosen) for name, value in found.items()}

    def bucket(self, positions: Sequence[int]) -> int:
        return self.feed.bucket([p // self.each for p in positions])

    def names(self, positions: Sequence[int]) -> list[str]:
        return self.feed.names([p // self.each for p in positions])

    def left_out(self) -> Iterable[str]:
        return self.feed.left_out()


def chosen_rows(value: Any, rows: Sequence[int]) -> Any:
    """These rows of a batch's field."""
    if isinstance(value, Mapping):
        return {name: chosen_rows(part, rows) for name, part in value.items()}
    if isinstance(value, LateRows):
        return value.chosen(rows)
    return value[list(rows)] if isinstance(value, Tensor) else [value[i] for i in rows]


def _to(value: Any, device: torch.device) -> Any:
    if isinstance(value, Mapping):
        return {name: tensor.to(device, non_blocking=True) for name, tensor in value.items()}
    if isinstance(value, LateRows):
        return value.on(device)
    return value.to(device, non_blocking=True) if isinstance(value, Tensor) else value


def _pinned(value: Any) -> Any:
    """In memory from which a GPU copies while the processor goes on."""
    if isinstance(value, Mapping):
        return {name: tensor.pin_memory() for name, tensor in value.items()}
    return value.pin_memory() if isinstance(value, Tensor) else value
