"""Which item stands at a position of data in buckets, also after items were added or taken away while they were trained on.

As with data of one size, an epoch that has begun keeps the items that it began with, and new ones come from the next epoch
on. In the place of one that is gone, or fits another bucket now, the next of its bucket stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from itertools import zip_longest

from ..item_order import Segment, Turn
from .bucket_order import BucketOrder

_ALL_SERVED = 5
"""Epochs in which every item comes, wherever they begin, where each bucket fills a batch."""


class BucketTurns:
    """The order of items with these names, in batches of so many of one bucket each.

    `buckets` says of each item which of the sizes `sizes` it is read at. `segments` are those of a run that goes on.
    """

    def __init__(
        self,
        names: Sequence[str],
        buckets: Sequence[int],
        sizes: Sequence[str],
        batch: int,
        seed: int | None,
        segments: Sequence[Segment] = (),
    ) -> None:
        self.names, self.buckets, self.sizes = tuple(names), tuple(buckets), tuple(sizes)
        self.batch, self.seed = batch, seed
        self.segments = tuple(segments) or (self._from(0, 0),)
        self._index = {name: i for i, name in enumerate(names)}
        self._orders: dict[int, BucketOrder] = {}

    def bucket(self, position: int) -> int:
        """The bucket of the sample at a position, and of all of its batch."""
        segment, order = self._at(position)
        return order.place(position - segment.first).bucket

    def turns(self, position: int) -> Iterator[Turn]:
        """The items that may stand at a position, that of its place first, then those that take its place."""
        segment, order = self._at(position)
        place = order.place(position - segment.first)
        items = order.items(place.bucket, place.epoch)
        for later in range(len(items)):
            draw = items[(place.offset + later) % len(items)]
            if self._stands(segment.names[draw], place.bucket):
                yield Turn(segment.epoch + place.epoch, draw, self._index[segment.names[draw]])

    def served(self, positions: range, left_out: Set[str]) -> set[str]:
        """The names of the items that stood at these positions, where those `left_out` could not be used."""
        found: set[str] = set()
        for segment, behind in zip_longest(self.segments, self.segments[1:]):
            start = max(positions.start, segment.first)
            end = positions.stop if behind is None else min(positions.stop, behind.first)
            fewest = min(Counter(segment.buckets).values(), default=0)
            if fewest >= segment.batch and end - start >= _ALL_SERVED * len(segment.names):
                found.update(n for n, k in zip(segment.names, segment.buckets) if self._stands(n, k))
                continue
            for position in range(start, end):
                stood = (self.names[turn.index] for turn in self.turns(position))
                found.update(next(([name] for name in stood if name not in left_out), []))
        return found - left_out

    def after(self, segments: Sequence[Segment], position: int) -> BucketTurns:
        """This order in a run that had these segments, from the batch on that begins at a position or behind it.

        Where the run had other sizes or another batch, or nothing is left of what a bucket of the epoch had, an epoch begins
        there.
        """
        own, position = self._from(0, 0), -(-position // self.batch) * self.batch
        begun = [s for s in segments if s.first <= position]
        last = begun[-1]
        if (last.sizes, last.batch) != (own.sizes, own.batch):
            epoch = max((s.epoch for s in begun), default=0) + 1
            return self._with((*begun, self._from(position, epoch)))
        if {*zip(last.names, last.buckets)} == {*zip(own.names, own.buckets)}:
            return self._with(begun)
        end, epoch = self._end(last, position)
        left = {k for name, k in zip(last.names, last.buckets) if self._stands(name, k)}
        if left != set(last.buckets):
            end = position
        if end == last.first:
            begun.pop()
        return self._with((*begun, self._from(end, epoch)))

    def _stands(self, name: str, bucket: int) -> bool:
        index = self._index.get(name)
        return index is not None and self.buckets[index] == bucket

    def _end(self, last: Segment, position: int) -> tuple[int, int]:
        """The position at which the epoch of a position ends, or the position itself if one begins there; and the epoch that
        begins there."""
        order = BucketOrder(last.buckets, last.batch, self.seed)
        number = (position - last.first) // last.batch
        epoch = order.epoch(number)
        begins = order.batches_before(epoch) == number
        end = number if begins else order.batches_before(epoch + 1)
        return last.first + end * last.batch, last.epoch + epoch + (not begins)

    def _from(self, first: int, epoch: int) -> Segment:
        return Segment(first, epoch, self.names, self.buckets, self.sizes, self.batch)

    def _with(self, segments: Sequence[Segment]) -> BucketTurns:
        return BucketTurns(self.names, self.buckets, self.sizes, self.batch, self.seed, segments)

    def _at(self, position: int) -> tuple[Segment, BucketOrder]:
        segment = next(s for s in reversed(self.segments) if s.first <= position)
        if segment.first not in self._orders:
            self._orders[segment.first] = BucketOrder(segment.buckets, segment.batch, self.seed)
        return segment, self._orders[segment.first]


def turns_of(segments: Sequence[Segment], seed: int | None) -> BucketTurns:
    """The order that a run had, by its segments, the last of which has buckets."""
    last = segments[-1]
    return BucketTurns(last.names, last.buckets, last.sizes, last.batch, seed, segments)
