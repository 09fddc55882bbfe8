"""State: what an update makes of it counts from the next step on, whatever parts the batch is taken in."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from lowering import CRITIC, STUDENT
from stepped import by_hand, in_parts

from fdc.compiler.runtime.train.resume import resume, snapshot
from fdc.compiler.runtime.train.training import Training
from fdc.compiler.runtime.train.training_step import one_step

HEAD = """update student WHEN {
    x0 = student.clean(batch)
    t ~ uniform(0.1, 0.9)
    eps ~ noise[student]
    v = student.predict(student.noisy(x0, eps, t), t, student.cond(batch))
    r = mse(v, eps - x0, per = sample)
    BODY
  }"""


def made(
    tmp_path: Path,
    states: str,
    body: str,
    parts: int = 1,
    when: str = "",
    roles: str = STUDENT,
    more: str = "",
) -> Training:
    update = HEAD.replace("BODY", body).replace(" WHEN", f" {when}" if when else "")
    return in_parts(tmp_path, f"{states}\n  {update}\n  {more}", parts, roles=roles)


@pytest.mark.parametrize("parts", [1, 2, 4])
def test_a_number_is_what_the_whole_batch_made_of_it_before_the_step(parts: int, tmp_path: Path) -> None:
    body = "level = 0.9*level + 0.1*stop(mean(r))\n    loss flow = mean(r) / level"
    t = made(tmp_path, "state level = 1.0", body, parts)
    h = by_hand(t)
    flow = float((h.v - (h.eps - h.x0)).square().mean().detach())
    losses = one_step(t).losses
    level = 0.9 + 0.1 * flow
    assert float(t.state["level"]) == pytest.approx(level, rel=1e-5)
    assert losses["student.flow"] == pytest.approx(flow / level, rel=1e-5)


def test_it_moves_on_the_steps_of_its_update_alone(tmp_path: Path) -> None:
    t = made(tmp_path, "state count = 0\n  state level = 1.0", COUNTING, when="every 2")
    for _ in range(5):
        one_step(t)
    assert t.state["count"] == 2 and float(t.state["level"]) == 4.0


COUNTING = """count = count + 1
    level = 2.0*level
    log seen = level
    loss flow = mean(r) * (1 + 0*count)"""


@pytest.mark.parametrize("parts", [1, 2])
def test_latents_are_carried_row_by_row_and_begin_with_the_first_batch(parts: int, tmp_path: Path) -> None:
    body = """before = last
    last = stop(student.x0(student.noisy(x0, eps, t), t, student.cond(batch)))
    log gap = mean(abs(before - x0))
    loss flow = mean(r) + 0.1*mse(v, eps - x0, weight = 1/(1 + square(before)))"""
    t = made(tmp_path, "state last = student.clean(batch)", body, parts)
    h = by_hand(t)
    assert torch.allclose(t.state["last"], h.x0.float(), atol=1e-6)
    first = one_step(t)
    assert first.logs["student.gap"] == pytest.approx(0, abs=1e-6)
    assert (
        torch.allclose(t.state["last"], ((1 - h.wide) * h.x0 + h.wide * (h.eps - h.v)).float(), atol=1e-4)
        and not t.state["last"].requires_grad
    )
    held = t.state["last"].clone()
    x0 = t.roles["student"].vae.encode(t.data.host(range(8, 16))["video"])
    shape = (1, -1, 1, 1, 1)
    codec = t.roles["student"].vae
    x0 = (x0 - codec.mean.view(shape)) / codec.std.view(shape)
    assert one_step(t).logs["student.gap"] == pytest.approx(float((held - x0).abs().mean()), rel=1e-5)


def test_all_updates_of_a_step_read_what_it_held_before(tmp_path: Path) -> None:
    other = """update critic {
    x1 = critic.clean(batch)
    e ~ noise[critic]
    s ~ uniform(0.1, 0.9)
    log seen = level
    loss near = mse(critic.predict(critic.noisy(x1, e, s), s, critic.cond(batch)), e - x1)
  }"""
    roles = "\n  ".join((STUDENT, CRITIC))
    t = made(
        tmp_path,
        "state level = 1.0",
        "level = 2.0*level\n    loss flow = mean(r)/level",
        roles=roles,
        more=other,
    )
    assert [one_step(t).logs["critic.seen"] for _ in range(3)] == [1.0, 2.0, 4.0]


def test_a_resumed_state_is_equal_to_the_last_bit(tmp_path: Path) -> None:
    states = "state level = 1.0\n  state last = student.clean(batch)\n  state count = 0"
    body = """count = count + 1
    level = 0.9*level + 0.1*stop(mean(r))
    before = last
    last = stop(x0)
    log n = count
    loss flow = mean(r)/level + 0.1*mse(v, eps - x0, weight = 1/(1 + square(before)))"""
    through, first, second = (made(tmp_path, states, body, 2) for _ in range(3))
    for _ in range(4):
        one_step(through)
    one_step(first)
    one_step(first)
    resume(second, snapshot(first))
    while second.step < 4:
        one_step(second)
    assert second.state["count"] == through.state["count"] == 4
    for name in ("level", "last"):
        assert torch.equal(second.state[name], through.state[name]), name
    weights = dict(second.roles["student"].named_parameters())
    assert all(torch.equal(p, weights[n]) for n, p in through.roles["student"].named_parameters())
