"""A step's micro-batches: one at a time is on the device, and none is read twice."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import torch
import toys

from fdc.compiler.runtime.api.run_context import BatchNumbers, Update
from fdc.compiler.runtime.train.training_step import one_step


class Watched(toys.Points):
    """Counts the batches that are on the device at once."""

    def __init__(self) -> None:
        super().__init__()
        self.there: list[weakref.ref[torch.Tensor]] = []
        self.most = 0

    def on_device(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        moved = {**batch, "x": batch["x"].clone()}
        self.there.append(weakref.ref(moved["x"]))
        self.most = max(self.most, sum(ref() is not None for ref in self.there))
        return moved


def updates(several: bool) -> Sequence[Update]:
    numbers = BatchNumbers(lambda run, batch: {"m": batch["x"].mean()}, {"m": "mean"})
    one = Update(
        "student", roles=("student",), every=1, losses=toys.fit, before=(numbers,) if several else ()
    )
    return (one, Update("again", roles=("student",), every=1, losses=toys.fit)) if several else (one,)


@pytest.mark.parametrize("several", [False, True])
def test_one_is_on_the_device_at_a_time(several: bool) -> None:
    data = Watched()
    t = toys.training(updates=updates(several), data=data, accumulate=4)
    one_step(t)
    assert data.asked == [[0, 1], [2, 3], [4, 5], [6, 7]]
    assert data.most == 1


def test_one_that_is_alone_is_moved_once() -> None:
    data = Watched()
    t = toys.training(updates=updates(True), data=data)
    one_step(t)
    assert len(data.there) == 1
