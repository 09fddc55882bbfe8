"""What the sweep computes, under Triton's interpreter, against torch's AdamW, clipping and lerp on the CPU."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from kernels.interpreted import round_to_nearest
from torch import Tensor, nn
from toys import ALTERNATE, FIT, WIDTH, fit, role, same, training, weights

from fdc.compiler.program.averaging import Averaging
from fdc.compiler.runtime.api.components import LoadedComponent, Role
from fdc.compiler.runtime.api.run_context import Update
from fdc.compiler.runtime.base.settings import CosineSchedule
from fdc.compiler.runtime.train import checkpoints, optimizers
from fdc.compiler.runtime.train.ema import Average
from fdc.compiler.runtime.train.resume import resume, snapshot
from fdc.compiler.runtime.train.steppers.fused_adamw import BLOCK, BLOCKS, FusedAdamW
from fdc.compiler.runtime.train.training import Training
from fdc.compiler.runtime.train.training_step import one_step

SHAPES: dict[str, list[tuple[int, ...]]] = {
    "one element": [(1,)],
    "whole vectors": [(64,), (16, 16), (BLOCK,)],
    "tails": [(17,), (3, 5), (BLOCK + 1,), (BLOCK * BLOCKS + 5,)],
    "many small": [(n % 7 + 1, n % 3 + 1) for n in range(60)],
    "with an empty one": [(4,), (0, 3), (5,)],
    "several programs": [(BLOCK * BLOCKS * 2 + 32,), (48,)],
}
SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "no decay": {"weight_decay": 0.0},
    "strong decay": {"weight_decay": 0.3, "lr": 0.1},
    "no momentum": {"betas": (0.0, 0.95)},
    "low betas": {"betas": (0.4, 0.5), "eps": 1e-4},
}
DEFAULT = {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01}


@pytest.fixture(autouse=True)
def rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    round_to_nearest(monkeypatch)


class Bag(nn.Module):
    def __init__(self, tensors: Sequence[Tensor]) -> None:
        super().__init__()
        self.held = nn.ParameterList([nn.Parameter(t.clone()) for t in tensors])


def bag(shapes: Sequence[tuple[int, ...]], seed: int, dtype: torch.dtype = torch.float32) -> Role:
    g = torch.Generator().manual_seed(seed)
    module = Bag([torch.randn(s, generator=g).to(dtype) for s in shapes])
    return Role("r", {"net": LoadedComponent("net", module)}, None, ("net",))


def gradients(r: Role, step: int, scale: float = 1.0) -> None:
    g = torch.Generator().manual_seed(1000 + step)
    for p in r.parameters():
        spread = torch.exp(2 * torch.randn(p.shape, generator=g))
        p.grad = (scale * spread * torch.randn(p.shape, generator=g)).to(p.dtype)


def ulps(a: Tensor, b: Tensor) -> int:
    """Units in the last place between two float32 tensors."""
    x, y = (np.atleast_1d(t.detach().numpy()).view(np.int32).astype(np.int64) for t in (a, b))
    x, y = (np.where(v < 0, -(v & 0x7FFFFFFF), v) for v in (x, y))
    return int(np.abs(x - y).max(initial=0))


def pair(
    shapes: Sequence[tuple[int, ...]], dtype: torch.dtype = torch.float32, **settings: Any
) -> tuple[Role, torch.optim.Optimizer, Role, FusedAdamW]:
    asked = {**DEFAULT, **settings}
    mine, theirs = bag(shapes, 0, dtype), bag(shapes, 0, dtype)
    return (
        theirs,
        torch.optim.AdamW(theirs.parameters(), fused=True, **asked),
        mine,
        FusedAdamW(mine.parameters(), **asked),
    )


def parts(r: Role, o: torch.optim.Optimizer) -> list[tuple[Tensor, Tensor, Tensor]]:
    return [
        (p.detach(), o.state[p]["exp_avg"], o.state[p]["exp_avg_sq"]) for p in r.parameters() if p.numel()
    ]


@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("settings", SETTINGS)
def test_steps_are_torchs(shapes: str, settings: str) -> None:
    if shapes == "several programs" and settings != "plain":
        return
    theirs, torchs, mine, sweep = pair(SHAPES[shapes], **SETTINGS[settings])
    for step in range(4):
        for r, o in ((theirs, torchs), (mine, sweep)):
            gradients(r, step)
            o.step()
    for a, b in zip(parts(theirs, torchs), parts(mine, sweep)):
        whole = a[0].numel() // 16 * 16
        for x, y in zip(a, b):
            assert torch.equal(x.flatten()[:whole], y.flatten()[:whole])
            # torch's scalar loop for the rest works in float64
            assert torch.allclose(x.flatten()[whole:], y.flatten()[whole:], rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_tensors_in_a_buffer_are_aligned_as_tensors_by_themselves_are(dtype: torch.dtype) -> None:
    r = bag([(3,), (5, 7), (64,), (1,)], 0, dtype)
    FusedAdamW(r.parameters(), **DEFAULT)
    first, *others = (p.data_ptr() for p in r.parameters())
    assert all((address - first) % 512 == 0 for address in others)


def test_the_norm_is_within_units_of_float64_and_the_same_every_time() -> None:
    r = bag(SHAPES["tails"] + SHAPES["many small"], 0)
    sweep = FusedAdamW(r.parameters(), **DEFAULT)
    gradients(r, 0)
    found = sweep.norm(None)
    exact = math.sqrt(sum(float(p.grad.double().square().sum()) for p in r.parameters()))
    assert ulps(found, torch.tensor(exact)) <= 2
    assert torch.equal(found, sweep.norm(1.0))


@pytest.mark.parametrize("clip", [None, 0.5, 1e9])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_clipping_inside_is_clipping_before(clip: float | None, dtype: torch.dtype) -> None:
    theirs, torchs, mine, sweep = pair([(64,), (32, 4), (BLOCK * 2,)], dtype)
    for step in range(3):
        gradients(theirs, step)
        gradients(mine, step)
        norm = sweep.norm(clip)
        if clip is not None:
            torch.nn.utils.clip_grads_with_norm_(list(theirs.parameters()), clip, norm)
        torchs.step()
        sweep.step()
    for a, b in zip(parts(theirs, torchs), parts(mine, sweep)):
        for x, y in zip(a, b):
            assert torch.equal(x, y)


def test_clipping_is_of_the_step_that_asked_for_it() -> None:
    r = bag([(64,)], 0)
    sweep = FusedAdamW(r.parameters(), **DEFAULT)
    gradients(r, 0)
    sweep.norm(0.01)
    assert float(sweep.factor) < 1
    sweep.step()
    assert float(sweep.factor) == 1


@pytest.mark.parametrize("decays", [(), (0.9,), (0.5, 0.99), (0.9, 0.5, 0.0)])
@pytest.mark.parametrize("shapes", ["tails", "many small"])
def test_averages_are_those_of_a_pass_of_their_own(decays: tuple[float, ...], shapes: str) -> None:
    _, _, mine, sweep = pair(SHAPES[shapes])
    inside, after = ([Average(mine, Averaging(d)) for d in decays] for _ in range(2))
    for step in range(3):
        gradients(mine, step)
        sweep.step(averages=inside)
        for average in after:
            average.update()
    for a, b in zip(inside, after):
        assert a.updates == b.updates == 3
        for (_, x, _), (_, y, _) in zip(a.pairs(), b.pairs()):
            whole = x.numel() // 16 * 16
            assert torch.equal(x.flatten()[:whole], y.flatten()[:whole])
            assert torch.allclose(x, y, rtol=1e-6, atol=1e-7)


def test_a_tensor_without_a_gradient_stays_and_its_average_does_not() -> None:
    theirs, torchs, mine, sweep = pair([(64,), (32,), (16,)])
    inside, after = Average(mine, Averaging(0.9)), Average(theirs, Averaging(0.9))
    for step in range(4):
        for r in (theirs, mine):
            gradients(r, step)
            if step % 2:
                list(r.parameters())[1].grad = None
        torchs.step()
        after.update()
        sweep.norm(None)
        sweep.step(averages=[inside])
    for a, b in zip(parts(theirs, torchs), parts(mine, sweep)):
        assert all(map(torch.equal, a, b))
    for (_, x, _), (_, y, _) in zip(inside.pairs(), after.pairs()):
        assert torch.equal(x, y)
    assert [float(s["step"]) for s in sweep.state.values()] == [4, 2, 4]


def test_gradients_are_read_however_they_lie() -> None:
    theirs, torchs, mine, sweep = pair([(16, 32), (48,)])
    for r, odd in ((theirs, False), (mine, True)):
        gradients(r, 0)
        if odd:
            first, second = r.parameters()
            first.grad = first.grad.t().contiguous().t()
            second.grad = torch.cat([torch.zeros(1), second.grad])[1:]
    torchs.step()
    sweep.step()
    for a, b in zip(parts(theirs, torchs), parts(mine, sweep)):
        assert all(map(torch.equal, a, b))


def test_parameters_stay_the_same_objects_under_the_same_names() -> None:
    module = nn.Sequential(nn.Linear(5, 3), nn.Linear(3, 7))
    before = {n: (p, p.detach().clone()) for n, p in module.named_parameters()}
    FusedAdamW(module.parameters(), **DEFAULT)
    for n, p in module.named_parameters():
        assert p is before[n][0] and torch.equal(p, before[n][1]) and p.is_contiguous()
    storages = {p.untyped_storage().data_ptr() for p in module.parameters()}
    assert len(storages) == 1 and list(module.state_dict()) == list(before)
    again = copy.deepcopy(module)
    assert same(dict(again.state_dict()), dict(module.state_dict()))


def test_weights_put_elsewhere_are_taken_back() -> None:
    theirs, torchs, mine, sweep = pair([(64,), (16,)])
    for p in mine.parameters():
        p.data = p.data.clone()
    for r, o in ((theirs, torchs), (mine, sweep)):
        gradients(r, 0)
        o.step()
    for a, b in zip(parts(theirs, torchs), parts(mine, sweep)):
        assert all(map(torch.equal, a, b))


def test_masters_step_in_float32_and_weights_are_their_rounding() -> None:
    exact = bag([(64,), (BLOCK + 16,)], 0, torch.bfloat16)
    mine = bag([(64,), (BLOCK + 16,)], 0, torch.bfloat16)
    exact.components["net"].module.float()
    torchs = torch.optim.AdamW(exact.parameters(), fused=True, **DEFAULT)
    sweep = FusedAdamW(mine.parameters(), masters=True, **DEFAULT)
    average, reference = Average(mine, Averaging(0.9)), Average(exact, Averaging(0.9))
    for step in range(3):
        gradients(mine, step)
        for p, q in zip(exact.parameters(), mine.parameters()):
            p.grad = q.grad.float()
        torchs.step()
        reference.update()
        sweep.step(averages=[average])
    for p, q in zip(exact.parameters(), mine.parameters()):
        state = sweep.state[q]
        assert torch.equal(state["master"], p) and torch.equal(state["exp_avg"], torchs.state[p]["exp_avg"])
        assert torch.equal(q, p.to(torch.bfloat16))
    for (_, x, _), (_, y, _) in zip(average.pairs(), reference.pairs()):
        assert torch.equal(x, y)


def test_either_resumes_the_others_state() -> None:
    theirs, torchs, mine, sweep = pair([(64,), (32, 2)])
    for step in range(2):
        for r, o in ((theirs, torchs), (mine, sweep)):
            gradients(r, step)
            o.step()
    crossed, other = bag([(64,), (32, 2)], 5), bag([(64,), (32, 2)], 5)
    there = torch.optim.AdamW(crossed.parameters(), fused=True, **DEFAULT)
    here = FusedAdamW(other.parameters(), **DEFAULT)
    there.load_state_dict(copy.deepcopy(sweep.state_dict()))
    here.load_state_dict(copy.deepcopy(torchs.state_dict()))
    for r in (crossed, other):
        for p, q in zip(r.parameters(), mine.parameters()):
            p.data.copy_(q)
    for r, o in ((theirs, torchs), (crossed, there), (other, here)):
        gradients(r, 2)
        o.step()
    for a, b, c in zip(parts(theirs, torchs), parts(crossed, there), parts(other, here)):
        assert all(map(torch.equal, a, b)) and all(map(torch.equal, a, c))


# in the loop


def long(averages: Sequence[tuple[str, float]] = (), **settings: Any) -> Training:
    return training(
        ALTERNATE, averages=averages, optimizer={"warmup": 2, "schedule": CosineSchedule()}, **settings
    )


def without(t: Training) -> Training:
    """The same training with torch's own optimizer."""
    for trained in t.trained.values():
        trained.optimizer = optimizers.build("adamw", trained.settings, trained.parameters, fused=False)
    return t


@pytest.mark.parametrize("clip", [None, 0.05])
def test_the_loop_trains_as_with_separate_passes(clip: float | None) -> None:
    asked = [("student", 0.9), ("student", 0.5), ("critic", 0.7)]
    swept, apart = long(asked, clip=clip, steps=6), without(long(asked, clip=clip, steps=6))
    assert all(isinstance(t.optimizer, FusedAdamW) for t in swept.trained.values())
    for _ in range(6):
        a, b = one_step(swept), one_step(apart)
        assert a.norms == pytest.approx(b.norms, rel=1e-5) and a.rates == b.rates
    for group, tensors in snapshot(apart).tensors.items():
        found = snapshot(swept).tensors[group]
        assert tensors.keys() == found.keys()
        for name, value in tensors.items():
            assert torch.allclose(value, found[name], rtol=1e-4, atol=1e-6), (group, name)


@pytest.mark.parametrize("stop", [1, 2, 5])
def test_a_resumed_run_is_bitwise_the_run_that_went_through(stop: int, tmp_path: Path) -> None:
    asked = [("student", 0.9), ("critic", 0.7)]
    through, first, second = (long(asked, clip=0.1, steps=6) for _ in range(3))
    for _ in range(6):
        one_step(through)
    for _ in range(stop):
        one_step(first)
    checkpoints.save(tmp_path, snapshot(first), "p", 3)
    saved, _ = checkpoints.newest(tmp_path, "p")
    assert saved is not None
    resume(second, saved)
    while second.step < 6:
        one_step(second)
    for group, tensors in snapshot(through).tensors.items():
        assert same(dict(tensors), dict(snapshot(second).tensors[group])), group


def test_weights_stored_in_bf16_are_swept_in_place() -> None:
    module = nn.Linear(WIDTH, WIDTH).to(torch.bfloat16)
    net = LoadedComponent("net", module, torch.bfloat16)
    student = Role("student", {"net": net}, None, ("net",))
    t = training(FIT, roles=[student], averages=[("student", 0.9)], optimizer={"lr": 0.1}, clip=1.0)
    before = weights(student)
    one_step(t)
    one_step(t)
    after = weights(student)
    for n in before:
        assert after[n].dtype == torch.bfloat16 and not torch.equal(before[n], after[n])


def test_what_is_not_finite_changes_nothing() -> None:
    def losses(run: Any, batch: Any) -> dict[str, Tensor]:
        value = fit(run, batch)["flow"]
        return {"flow": value + 0.0 * torch.sqrt(value - value)}

    t = training(
        (Update("student", ("student",), 1, losses),),
        roles=[role("student", 0)],
        averages=[("student", 0.9)],
        skip_nonfinite=1,
    )
    before = weights(t.roles["student"])
    one_step(t)
    assert t.skipped == 1 and same(before, weights(t.roles["student"]))
    assert t.averages["student", Averaging(0.9)].updates == 0
