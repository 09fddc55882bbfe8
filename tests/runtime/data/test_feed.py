"""Batches that are read ahead by several threads: what they hold, how they fail and how they end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
import torch

from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.media.late_rows import Deferred, LateRows
from fdc.compiler.runtime.data.prefetch import Feed, Repeated
from fdc.compiler.runtime.data.samples import Sample

CPU = torch.device("cpu")


class Numbers:
    """Each sample is its position; `wait` is called before one is given."""

    def __init__(self, wait: Callable[[int], None] = lambda position: None) -> None:
        self.wait, self.read, self.lock = wait, [], threading.Lock()  # type: ignore[var-annotated]

    def __len__(self) -> int:
        return 100

    def sample(self, position: int) -> Sample:
        self.wait(position)
        with self.lock:
            self.read.append(position)
        value = torch.tensor(position)
        fields = {
            "x": value,
            "late": Deferred(lambda: value) if position % 2 else value,
            "text": f"{position}",
        }
        return Sample(
            position, position, f"sample {position}", fields, dict.fromkeys(fields, f"key {position}")
        )

    def fingerprint(self) -> str:
        return ""


def content(batch: dict[str, object]) -> object:
    late = batch["late"]
    rows = late.rows(range(len(late.values))) if isinstance(late, LateRows) else late
    return {**batch, "x": batch["x"].tolist(), "late": rows.tolist()}  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", [1, 3])
def test_threads_change_no_batch_and_read_nothing_twice(size: int) -> None:
    """Later samples are quicker than the earlier, so that threads end in another order than they begin."""
    found = []
    for threads in (1, 2, 5):
        source = Numbers(lambda position: time.sleep((7 - position % 8) / 1000))
        feed = Feed(source, CPU, threads)
        feed.end = 8 * size
        found.append([content(feed.batch(range(n * size, (n + 1) * size))) for n in range(8)])
        feed.close()
        assert sorted(source.read) == list(range(8 * size)), "and nothing behind the end"
    assert found[0] == found[1] == found[2]
    assert found[0][1]["x"] == list(range(size, 2 * size))  # type: ignore[index]
    assert found[0][1]["text.key"] == [f"key {p}" for p in range(size, 2 * size)]  # type: ignore[index]


def test_as_many_samples_are_read_at_once_as_there_are_threads() -> None:
    together = threading.Barrier(4)

    def wait(position: int) -> None:
        if position:
            together.wait(10)

    feed = Feed(Numbers(wait), CPU, threads=4)
    feed.end = 5
    assert feed.batch([0])["x"].tolist() == [0]
    assert [feed.batch([n])["x"].item() for n in range(1, 5)] == [1, 2, 3, 4]
    feed.close()


def test_what_was_read_ahead_and_is_not_asked_for_is_dropped() -> None:
    source = Numbers()
    feed = Feed(source, CPU, 2)
    for positions in ([0, 1], [40, 41], [2, 3], [4, 5]):
        assert feed.batch(positions)["x"].tolist() == positions
    assert len(feed._samples) <= 2
    feed.close()


def test_an_error_is_that_of_the_batch_that_has_it() -> None:
    def wait(position: int) -> None:
        if position == 3:
            raise RunError("data-mismatch", "too many")

    for threads in (1, 4):
        feed = Feed(Numbers(wait), CPU, threads)
        for n in range(3):
            feed.batch([n])
        for _ in range(2):
            with pytest.raises(RunError, match="too many"):
                feed.batch([3])
        assert feed.batch([4])["x"].tolist() == [4]
        feed.close()


def test_closing_waits_for_what_is_read_and_begins_no_more() -> None:
    began = threading.Event()
    source = Numbers(lambda position: (began.set(), time.sleep(0.05)) if position else None)  # type: ignore[arg-type, return-value]
    before = threading.active_count()
    feed = Feed(source, CPU, 1)
    feed.batch([0])
    began.wait(5)
    feed.close()
    assert threading.active_count() == before
    assert source.read in ([0, 1], [0]), "the second of those read ahead was not begun"


def test_samples_that_stand_several_times() -> None:
    feed = Repeated(Feed(Numbers(), CPU, 2), 3)
    batch = feed.batch(range(1, 7))
    assert content(batch)["x"] == content(batch)["late"] == [0, 0, 1, 1, 1, 2]  # type: ignore[index]
    assert batch["text"] == ["0", "0", "1", "1", "1", "2"]
    feed.feed.close()
