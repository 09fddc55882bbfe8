"""Which item stands at a position, also after items were added to a data set or taken away while it was trained on.

An epoch that has begun keeps the items that it began with: in the place of one that is gone the next in order stands, as for
one that cannot be used. Items that are new come from the next epoch on. So a change of what was never served leaves every
sample that was as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Protocol, runtime_checkable

from .samples import DataSource, order


@dataclass(frozen=True)
class Segment:
    """Epochs over the same items: from the position `first` on, at which the epoch `epoch` begins.

    Of data in buckets `buckets` says of each item which of the `sizes` it is read at, in batches of `batch`.
    """

    first: int
    epoch: int
    names: tuple[str, ...]
    buckets: tuple[int, ...] = ()
    sizes: tuple[str, ...] = ()
    batch: int = 0

    def epoch_at(self, position: int) -> tuple[int, int]:
        """The epoch of a position, and which of its places that is."""
        later, offset = divmod(position - self.first, len(self.names))
        return self.epoch + later, offset


@dataclass(frozen=True)
class Turn:
    """An item that may stand at a position: its index among all items there are, and the number by which it draws."""

    epoch: int
    draw: int
    index: int


class ItemOrder:
    """The order of items with these names. Without a seed they come as they stand.

    `segments` are those of a run that goes on, in order of their positions, the first from position 0; by default all epochs
    are of the items that there are.
    """

    def __init__(self, names: Sequence[str], seed: int | None, segments: Sequence[Segment] = ()) -> None:
        self.names, self.seed = tuple(names), seed
        self.segments = tuple(segments) or (Segment(0, 0, self.names),)
        self._index = {name: i for i, name in enumerate(names)}

    def turns(self, position: int) -> Iterator[Turn]:
        """The items that may stand at a position, that of its place first, then those that take its place."""
        epoch, names = self._names_from(position)
        for draw, name in names:
            index = self._index.get(name)
            if index is not None:
                yield Turn(epoch, draw, index)

    def served(self, positions: range, left_out: Set[str]) -> set[str]:
        """The names of the items that stood at these positions, where those `left_out` could not be used."""
        found: set[str] = set()
        for segment, behind in zip_longest(self.segments, self.segments[1:]):
            start = max(positions.start, segment.first)
            end = positions.stop if behind is None else min(positions.stop, behind.first)
            if end - start >= 2 * len(segment.names):
                found.update(n for n in segment.names if n in self._index)  # a whole epoch of them
                continue
            for position in range(start, end):
                stood = (self.names[turn.index] for turn in self.turns(position))
                found.update(next(([name] for name in stood if name not in left_out), []))
        return found - left_out

    def follow(self, names: Sequence[str], position: int) -> tuple[Segment, ...]:
        """The segments of a run that goes on from a position with items of these names."""
        begun = [s for s in self.segments if s.first <= position]
        last = begun[-1]
        if set(names) == set(last.names):
            return tuple(begun)
        epoch, offset = last.epoch_at(position)
        end = position + len(last.names) - offset if offset else position
        if end == last.first:
            begun.pop()
        return (*begun, Segment(end, epoch + bool(offset), tuple(names)))

    def after(self, segments: Sequence[Segment], position: int) -> ItemOrder:
        """This order in a run that had these segments, from a position on; an epoch begins there if its data had buckets."""
        last = segments[-1]
        if last.buckets:
            return ItemOrder(
                self.names, self.seed, (*segments, Segment(position, last.epoch + 1, self.names))
            )
        old = ItemOrder(self.names, self.seed, segments)
        return ItemOrder(self.names, self.seed, old.follow(self.names, position))

    def _names_from(self, position: int) -> tuple[int, Iterator[tuple[int, str]]]:
        """The epoch, and from the place of a position on each number in it with its name."""
        segment = next(s for s in reversed(self.segments) if s.first <= position)
        epoch, offset = segment.epoch_at(position)
        count = len(segment.names)
        permutation = order(self.seed, epoch, count)
        numbers = (int(permutation[(offset + later) % count]) for later in range(count))
        return epoch, ((number, segment.names[number]) for number in numbers)


class Order(Protocol):
    """Which item stands where, by the names of the items."""

    @property
    def segments(self) -> tuple[Segment, ...]: ...
    @property
    def seed(self) -> int | None: ...
    def served(self, positions: range, left_out: Set[str]) -> set[str]: ...
    def after(self, segments: Sequence[Segment], position: int) -> Any: ...


@runtime_checkable
class Named(DataSource, Protocol):
    """A source whose items have names that last, so that it is known which of them changed."""

    order: Any
    """An `Order`."""

    @property
    def failed(self) -> Mapping[str, str]:
        """The items that cannot be used, with reasons."""
        ...

    def contents(self) -> dict[str, str]:
        """A hash of each item by its name: of all that is told of it but what its files' bytes say."""
        ...
