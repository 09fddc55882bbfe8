"""The order of batches that are each of one bucket, as a function of the seed and the position.

A bucket of n items is a stream of its own: epoch after epoch of all its items, each in an order drawn anew, cut into batches.
In the first e epochs of a data set it has as many batches as its first e epochs fill, floor(e*n / batch), so that no item
waits longer than a batch for its turn, and one that is left from an epoch opens the next. The batches of an epoch are
shuffled over all buckets. Nothing has to be remembered: the batch at a position follows from these numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch

from ...random.streams import Streams
from ..samples import order


@dataclass(frozen=True)
class Place:
    """Where a position stands: in an epoch of a bucket's items, at an offset into its order."""

    bucket: int
    epoch: int
    offset: int


class BucketOrder:
    """The order of items whose buckets are `buckets`, in batches of so many; without a seed as they stand."""

    def __init__(self, buckets: Sequence[int], batch: int, seed: int | None) -> None:
        self.batch, self.seed = batch, seed
        self._buckets = tuple(buckets)
        self.counts = [self._buckets.count(k) for k in range(max(self._buckets) + 1)]
        self._items = lru_cache(64)(self._items_of)
        self._batches = lru_cache(8)(self._batches_of)

    def place(self, position: int) -> Place:
        number, row = divmod(position, self.batch)
        epoch = self.epoch(number)
        bucket, of_bucket = self._batches(epoch)[number - self.batches_before(epoch)]
        own, offset = divmod(of_bucket * self.batch + row, self.counts[bucket])
        return Place(bucket, own, offset)

    def items(self, bucket: int, epoch: int) -> Sequence[int]:
        """The items of a bucket in the order that they have in one of its epochs."""
        return self._items(bucket, epoch)

    def batches_before(self, epoch: int) -> int:
        """How many batches the first epochs have."""
        return sum(self._filled(k, epoch) for k in range(len(self.counts)))

    def _filled(self, bucket: int, epochs: int) -> int:
        return epochs * self.counts[bucket] // self.batch

    def epoch(self, number: int) -> int:
        """The epoch that a batch is of: the last one before which there are no more batches than that."""
        count = sum(self.counts)
        low = number * self.batch // count
        high = (number + len(self.counts) + 1) * self.batch // count + 1
        while high - low > 1:
            middle = (low + high) // 2
            if self.batches_before(middle) <= number:
                low = middle
            else:
                high = middle
        return low

    def _batches_of(self, epoch: int) -> list[tuple[int, int]]:
        """The batches of an epoch in their order: each as its bucket, and which of that bucket's batches it is."""
        firsts = [self._filled(k, epoch) for k in range(len(self.counts))]
        ends = [self._filled(k, epoch + 1) for k in range(len(self.counts))]
        found = [(k, n) for k, (first, end) in enumerate(zip(firsts, ends)) for n in range(first, end)]
        if self.seed is None or not found:
            return found
        words = Streams(self.seed, epoch, torch.arange(len(found))).words("<batch order>", (2,))
        shuffled = torch.argsort(words[:, 0] << 30 | words[:, 1] >> 2, stable=True).tolist()
        return [found[n] for n in shuffled]

    def _items_of(self, bucket: int, epoch: int) -> list[int]:
        permutation = order(self.seed, epoch, len(self._buckets)).tolist()
        return [n for n in permutation if self._buckets[n] == bucket]
