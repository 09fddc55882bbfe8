"""When a checkpoint is due: by steps, by the clock, or never before the end."""

from __future__ import annotations

import pytest

from fdc.compiler.modules.given_settings import Duration
from fdc.compiler.runtime.base.settings import TrainSettings
from fdc.compiler.runtime.train import loop


def test_by_steps_and_never() -> None:
    turn = loop._Turn(3)
    assert [s for s in range(1, 10) if turn.due(s)] == [3, 6, 9]
    assert not any(loop._Turn(0).due(s) for s in range(1, 10))


def test_by_the_clock_from_the_last_one_on(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(loop.time, "monotonic", lambda: now)
    turn = loop._Turn(Duration("30 min", 1800.0))
    taken = []
    for step in range(1, 11):
        now += 700.0
        if turn.due(step):
            taken.append(step)
            turn.took()
    assert taken == [3, 6, 9]


@pytest.mark.parametrize(
    ("epochs", "items", "batch", "each", "steps"), [(2, 5, 2, 1, 5), (1, 5, 2, 1, 3), (3, 4, 8, 4, 6)]
)
def test_epochs_are_as_many_steps_as_show_each_item_so_often(
    epochs: int, items: int, batch: int, each: int, steps: int
) -> None:
    asked = TrainSettings(epochs=epochs, batch=batch, each=each)
    assert asked.in_steps(items).length == steps
