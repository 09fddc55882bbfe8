"""The benchmarks' logic: that what they compare computes the same, and that they count and record rightly. No time is
tested."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).with_name("bench")))

import dmd2_both
import dmd2_by_hand
from dmd2_both import CYCLE, TINY, Both, Policy, both, equivalents, forwards
from dmd2_by_hand import Recipe
from harness import Candidate, Meter, interleaved, paired, record, spread, timed_table, write

CPU = torch.device("cpu")
SMALL = replace(TINY, height=32, width=32, batch=2)
LOSS = {"critic": dmd2_by_hand.critic_loss, "student": dmd2_by_hand.student_loss}
SCHEDULES = {
    "same algorithm": {},
    "one teacher call": {"paired": True},
    "FastVideo's schedule": {"fastvideo": True},
}


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def f32() -> Both:
    return both(SMALL, Policy("f32"), CPU, seed=3)


def gradient(b: Both, role: str, loss: Callable[[], Tensor]) -> tuple[float, Tensor]:
    """A loss and the gradient of one role's weights, flat."""
    parameters = list(b.models[role].parameters())
    value = loss()
    found = torch.autograd.grad(value, parameters)
    return float(value.detach()), torch.cat([g.flatten().double() for g in found])


def plans(b: Both, role: str, number: int) -> Callable[[], Tensor]:
    t = b.training
    (update,) = (u for u in t.updates if u.name == role)
    run = t.make_run(draws=b.streams(number), step=number, batch_size=b.size.batch)
    return lambda: torch.stack(list(update.losses(run, t.data.batch(range(b.size.batch))).values())).sum()


def by_hand(b: Both, role: str, number: int, recipe: Recipe) -> Callable[[], Tensor]:
    return lambda: LOSS[role](b.loop.nets, recipe, b.streams(number), b.texts)


def compared(b: Both, role: str, number: int, recipe: Recipe) -> tuple[float, float, float]:
    """Relative difference of the losses, cosine of the gradients, largest difference of these to their largest."""
    ours, ours_by = gradient(b, role, plans(b, role, number))
    theirs, theirs_by = gradient(b, role, by_hand(b, role, number, recipe))
    cosine = float(ours_by @ theirs_by / (ours_by.norm() * theirs_by.norm()))
    apart = float((ours_by - theirs_by).abs().max() / theirs_by.abs().max())
    return abs(ours - theirs) / abs(theirs), cosine, apart


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("role", LOSS)
def test_the_plan_and_the_loop_by_hand_have_the_same_gradients(f32: Both, role: str, schedule: str) -> None:
    """Measured: losses within 3e-7, cosines within 2e-13 of 1, gradients within 5e-7 of their largest entry."""
    recipe = replace(f32.recipe, **SCHEDULES[schedule])
    exits = {dmd2_both.exits(3, n, f"{role}.generate.k") for n in (1, 2, 3, 5)}
    assert len(exits) > 1
    for number in (1, 2, 3, 5):
        loss, cosine, apart = compared(f32, role, number, recipe)
        assert loss < 1e-5 and cosine > 1 - 1e-9 and apart < 1e-4, (loss, cosine, apart)


@pytest.mark.parametrize("role", LOSS)
def test_in_bf16_too(role: str) -> None:
    """Measured: gradients equal to the last bit, losses within 1e-7."""
    b = both(SMALL, Policy("bf16"), CPU, seed=3)
    for number in (1, 2):
        loss, cosine, apart = compared(b, role, number, b.recipe)
        assert loss < 1e-3 and cosine > 0.9999 and apart < 1e-2, (loss, cosine, apart)


def test_whole_iterations_leave_the_same_weights() -> None:
    """A cycle of draws, clipping and AdamW; `b` is trained by fdc, `c` by hand."""
    b, c = (both(SMALL, Policy("f32"), CPU, seed=3) for _ in range(2))
    before = [p.detach().clone() for p in b.models["student"].parameters()]
    b.fdc(CYCLE)
    c.by_hand(c.recipe, c.streams, CYCLE)
    assert not all(map(torch.equal, before, b.models["student"].parameters()))
    for name in b.models:
        for p, q in zip(b.models[name].parameters(), c.models[name].parameters(), strict=True):
            # an entry with hardly a gradient moves by the rate either way: AdamW divides it by its own size
            apart = (p - q).abs()
            assert apart.max() <= 2 * CYCLE * 8e-6 and (apart > 1e-6).float().mean() < 0.01


@pytest.mark.parametrize("kind", ["full", "attention"])
def test_checkpointing_changes_no_gradient(f32: Both, kind: str) -> None:
    plain = gradient(f32, "critic", by_hand(f32, "critic", 1, f32.recipe))
    f32.checkpointing(kind)
    try:
        kept = gradient(f32, "critic", by_hand(f32, "critic", 1, f32.recipe))
    finally:
        f32.checkpointing("none")
    assert plain[0] == kept[0] and torch.equal(plain[1], kept[1])
