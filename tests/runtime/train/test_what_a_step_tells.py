"""What a step tells beside losses: numbers that are logged, gradients of exactly zero; and on which steps updates run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from stepped import gradients, in_parts
from torch import Tensor
from toys import fit, training

from fdc.compiler.program.schedule import Schedule
from fdc.compiler.runtime.api.run_context import Run, Update
from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.events import Log
from fdc.compiler.runtime.base.settings import CheckpointSettings
from fdc.compiler.runtime.train.loop import train
from fdc.compiler.runtime.train.training import Training
from fdc.compiler.runtime.train.training_step import one_step

HEAD = """update student {
    x0 = student.clean(batch)
    t ~ uniform(0.1, 0.9)
    eps ~ noise[student]
    v = student.predict(student.noisy(x0, eps, t), t, student.cond(batch))
    r = mse(v, eps - x0, per = sample)
    BODY
  }"""


def nothing(run: Run, batch: Mapping[str, Any]) -> dict[str, Tensor]:
    return {"flow": 0 * fit(run, batch)["flow"]}


def until(last: int) -> Update:
    """A loss whose gradient is zero from a step on."""

    def losses(run: Run, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        return (nothing if run.step >= last else fit)(run, batch)

    return Update("student", ("student",), 1, losses)


def go(t: Training, folder: Path) -> list[dict[str, Any]]:
    log = Log(folder / "events.jsonl")
    try:
        checkpoint = CheckpointSettings(every=0, keep=1)
        train(
            t,
            folder=folder / "checkpoints",
            program="p",
            name="toy",
            log=log,
            trackers=(),
            checkpoint=checkpoint,
            validate=None,
        )
    finally:
        log.close()
        lines = (folder / "events.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_zero_gradients_are_told_at_once_and_end_the_run_at_the_third(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(RunError, match="3 updates `student` in a row gave `student`") as caught:
        go(training((until(1),), steps=9), tmp_path)
    assert caught.value.code == "no-gradient" and "stop(...)" in caught.value.help
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    (warning,) = [e for e in events if e["event"] == "warning"]
    assert warning["step"] == 1 and "exactly zero" in warning["message"]
    assert [e["step"] for e in events if e["event"] == "step"] == [1, 2]
    assert "warning: step 1: update `student` gave `student`" in capfd.readouterr().err


def test_a_role_that_moves_by_momentum_is_told_of_and_goes_on(tmp_path: Path) -> None:
    events = go(training((until(3),), steps=8), tmp_path)
    assert [e["step"] for e in events if e["event"] == "warning"] == [3]
    assert events[-2]["step"] == 8


def test_a_gradient_between_begins_the_count_anew(tmp_path: Path) -> None:
    def losses(run: Run, batch: Mapping[str, Any]) -> dict[str, Tensor]:
        return (fit if run.step == 3 else nothing)(run, batch)

    t = training((Update("student", ("student",), 1, losses),), steps=9)
    told = [bool(one_step(t).warnings) for _ in range(5)]
    assert told == [True, False, False, True, False]


@pytest.mark.parametrize("parts", [1, 2])
def test_logged_numbers_change_nothing_and_are_those_of_the_batch(parts: int, tmp_path: Path) -> None:
    plain = in_parts(tmp_path, HEAD.replace("BODY", "loss flow = mean(r)"), parts)
    body = "loss flow = mean(r)\n    log gap = mean(abs(v))\n    log each = r\n    log count = 0.5*step"
    logged = in_parts(tmp_path, HEAD.replace("BODY", body), parts)
    alone, beside = gradients(plain), gradients(logged)
    assert alone[0] == beside[0]
    assert all(torch.equal(g, beside[1][n]) for n, g in alone[1].items())
    again = one_step(in_parts(tmp_path, HEAD.replace("BODY", body), parts))
    assert set(again.losses) == {"student.flow"} and set(again.logs) == {
        "student.gap",
        "student.each",
        "student.count",
    }
    assert again.logs["student.count"] == 0.5
    assert again.logs["student.each"] == pytest.approx(again.losses["student.flow"], rel=1e-5)


def test_updates_run_on_the_steps_of_their_conditions(tmp_path: Path) -> None:
    body = HEAD.replace("update student {", "update student every 2 except every 6 from 3 until 11 {")
    t = in_parts(tmp_path, body.replace("BODY", "loss flow = mean(r)"), 1)
    assert [n for n in range(1, 13) if one_step(t).losses] == [4, 8, 10]


@pytest.mark.parametrize("every", [1, 2, 3])
@pytest.mark.parametrize("excepted", [0, 2, 3])
@pytest.mark.parametrize(("first", "end"), [(1, None), (4, None), (1, 9), (4, 9), (9, 4)])
def test_a_schedule_counts_the_steps_that_it_is_due_on(
    every: int, excepted: int, first: int, end: int | None
) -> None:
    s = Schedule(every, excepted, first, end)
    for steps in range(20):
        assert s.count(steps) == sum(map(s.due, range(1, steps + 1)))
