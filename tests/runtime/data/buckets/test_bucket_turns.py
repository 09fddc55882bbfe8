"""Items of data in buckets, by position, while some are taken away, added, or come to fit another bucket."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fdc.compiler.runtime.data.buckets.bucket_turns import BucketTurns, turns_of
from fdc.compiler.runtime.data.item_order import ItemOrder, Segment

SIZES = ("4 x 8", "8 x 4", "6 x 6")
ITEMS = {f"{n}.png": n % 3 for n in range(12)}


def turns(items: dict[str, int], batch: int = 2, segments: tuple[Segment, ...] = ()) -> BucketTurns:
    return BucketTurns(list(items), list(items.values()), SIZES, batch, 3, segments)


def stands(order: BucketTurns, position: int) -> tuple[str, int, int]:
    turn = next(order.turns(position))
    return order.names[turn.index], turn.epoch, turn.draw


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 20),
    st.sets(st.sampled_from(sorted(ITEMS))),
    st.sets(st.sampled_from(sorted(ITEMS))),
    st.integers(0, 4),
)
def test_what_was_not_served_may_change_and_leaves_the_rest_as_it_was(
    step: int, gone: set[str], other: set[str], added: int
) -> None:
    before, position = turns(ITEMS), 2 * step
    served = before.served(range(position), set())
    assert served == {stands(before, p)[0] for p in range(position)}
    now = {
        n: (k + 1) % 3 if n in other - served else k for n, k in ITEMS.items() if n in served or n not in gone
    }
    now |= {f"new{n}": n % 3 for n in range(added)}
    assume(now)
    after = turns(now).after(before.segments, position)
    assert [stands(after, p)[1:] for p in range(position)] == [stands(before, p)[1:] for p in range(position)]
    last = after.segments[-1]
    for p in range(position, max(last.first, position)):
        if now.get(stands(before, p)[0]) == ITEMS[stands(before, p)[0]]:
            assert stands(after, p) == stands(before, p), "the epoch that has begun goes on"
        assert now[stands(after, p)[0]] == after.bucket(p) == before.bucket(p)
    for p in range(0, 2 * position, 2):
        assert len({after.bucket(p), *(now[stands(after, q)[0]] for q in (p, p + 1))}) == 1
    following = {stands(after, p)[0] for p in range(last.first, last.first + 4 * (len(now) + 6))}
    assert following == set(now), "and then come all that there are"
    again = turns_of(after.segments, 3)
    assert again.served(range(position, last.first + 10), set()) == {
        again.names[next(again.turns(p)).index] for p in range(position, last.first + 10)
    }


def test_epochs_go_on_counting_where_items_change() -> None:
    before = turns(ITEMS)
    after = turns({**ITEMS, "new": 0}).after(before.segments, 4)
    assert [s.first for s in after.segments] == [0, 12] and after.segments[1].epoch == 1
    assert min(stands(after, p)[1] for p in range(12, 40)) == 1
    assert turns(dict(reversed(ITEMS.items()))).after(before.segments, 4).segments == before.segments


def test_a_bucket_of_which_nothing_is_left_ends_its_epoch() -> None:
    before = turns(ITEMS)
    left = {n: k for n, k in ITEMS.items() if k != before.bucket(10)}
    after = turns(left).after(before.segments, 4)
    assert [s.first for s in after.segments] == [0, 4]
    assert all(next(after.turns(p), None) is not None for p in range(4, 40))


def test_other_sizes_and_another_batch_begin_an_epoch_at_once() -> None:
    before = turns(ITEMS)
    after = turns(ITEMS, batch=3).after(before.segments, 6)
    assert [(s.first, s.epoch, s.batch) for s in after.segments] == [(0, 0, 2), (6, 1, 3)]
    plain = ItemOrder(list(ITEMS), 3).after(after.segments, 9)
    assert [s.first for s in plain.segments] == [0, 6, 9] and next(plain.turns(9)).epoch == 2
    back = turns(ITEMS).after(plain.segments, 12)
    assert back.segments[-1].first == 12 and back.bucket(12) in range(3)


def test_what_could_not_be_used_was_not_served() -> None:
    order = turns(ITEMS)
    first = stands(order, 0)[0]
    assert first not in order.served(range(2), {first})
    assert order.served(range(200), {first}) == set(ITEMS) - {first}
