"""The order of batches of one bucket each: a function of seed and position, every item once an epoch."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fdc.compiler.runtime.data.buckets.bucket_order import BucketOrder
from fdc.compiler.runtime.data.buckets.fitting import best_bucket
from fdc.compiler.runtime.data.folders.extents import Extent

COUNTS = st.lists(st.integers(0, 9), min_size=1, max_size=5).filter(any)


def shuffled(counts: list[int]) -> list[int]:
    """So many items of each bucket, in no order."""
    found = [k for k, n in enumerate(counts) for _ in range(n)]
    random.Random(len(found)).shuffle(found)
    return found


@settings(max_examples=100, deadline=None)
@given(COUNTS, st.integers(1, 7), st.integers(0, 2**64 - 1))
def test_batches_are_of_one_bucket_and_each_item_comes_once_an_epoch(
    counts: list[int], batch: int, seed: int
) -> None:
    buckets = shuffled(counts)
    order = BucketOrder(buckets, batch, seed)
    epochs = 4
    batches = order.batches_before(epochs)
    streams: dict[int, list[tuple[int, int]]] = defaultdict(list)
    served = []
    for number in range(batches):
        turns = [order.place(number * batch + row) for row in range(batch)]
        assert len({t.bucket for t in turns}) == 1
        served.append(turns)
    for turns in served:
        streams[turns[0].bucket] += [(t.epoch, order.items(t.bucket, t.epoch)[t.offset]) for t in turns]
    for k, n in enumerate(counts):
        # a bucket's batches may be shuffled within an epoch, and hold each of its items exactly once in each of its epochs
        assert len(streams[k]) == epochs * n // batch * batch
        assert len(set(streams[k])) == len(streams[k])
        assert all(buckets[item] == k for _, item in streams[k])
        whole = len(streams[k]) // n if n else 0
        assert {(e, i) for e in range(whole) for i, b in enumerate(buckets) if b == k} <= set(streams[k])


@settings(max_examples=50, deadline=None)
@given(COUNTS, st.integers(1, 7), st.integers(0, 2**32), st.lists(st.integers(0, 10**9), max_size=10))
def test_a_position_is_the_same_whoever_asks_and_when(
    counts: list[int], batch: int, seed: int, positions: list[int]
) -> None:
    buckets = shuffled(counts)
    order = BucketOrder(buckets, batch, seed)
    for p in range(60):
        order.place(p)
    for p in positions:
        turn, fresh = order.place(p), BucketOrder(buckets, batch, seed)
        assert fresh.place(p) == turn
        assert fresh.items(turn.bucket, turn.epoch) == order.items(turn.bucket, turn.epoch)


def test_batches_are_shuffled_over_the_buckets_and_anew_for_each_epoch() -> None:
    order = BucketOrder(shuffled([40, 40]), 2, seed=1)
    epochs = [[order.place(2 * (40 * e + n)).bucket for n in range(40)] for e in range(2)]
    assert all(sum(e) == 20 for e in epochs) and epochs[0] != epochs[1]
    assert epochs[0] != sorted(epochs[0])
    other = BucketOrder(shuffled([40, 40]), 2, seed=2)
    assert [other.place(2 * n).bucket for n in range(40)] != epochs[0]


def test_a_bucket_with_fewer_items_than_a_batch_comes_as_often_as_its_items_allow() -> None:
    order = BucketOrder([0] * 16 + [1], 4, seed=0)
    found = [order.place(4 * n).bucket for n in range(order.batches_before(8))]
    assert found.count(1) == 2 and found.count(0) == 32


WIDE, TALL, SQUARE = Extent(9, 32, 48), Extent(9, 48, 32), Extent(9, 40, 40)
IMAGE, SMALL, SHORT = Extent(1, 40, 40), Extent(9, 16, 24), Extent(5, 32, 48)
BUCKETS = [WIDE, TALL, SQUARE, IMAGE, SMALL, SHORT]


@pytest.mark.parametrize(
    ("file", "best"),
    [
        (Extent(30, 720, 1080), WIDE),
        (Extent(9, 1080, 720), TALL),
        (Extent(9, 500, 520), SQUARE),
        (Extent(8, 720, 1080), SHORT),
        (Extent(5, 1080, 720), SHORT),  # the length comes first
        (Extent(4, 720, 1080), IMAGE),
        (Extent(1, 10, 4000), IMAGE),
        (Extent(9, 32, 48), WIDE),  # the larger of two that crop alike
        (Extent(9, 31, 47), SMALL),  # unless it would be enlarged to it
        (Extent(9, 8, 12), SMALL),  # or to the one to which it is enlarged least
        (Extent(9, 20, 20), SQUARE),  # less is cropped, though it is enlarged
    ],
)
def test_the_bucket_that_a_file_fits(file: Extent, best: Extent) -> None:
    found = best_bucket(file, BUCKETS)
    assert found is not None and BUCKETS[found] == best


def test_a_file_with_fewer_frames_than_any_bucket_fits_none() -> None:
    assert best_bucket(Extent(4, 32, 48), [WIDE, SHORT]) is None
