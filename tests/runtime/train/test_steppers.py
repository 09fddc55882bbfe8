"""Optimizers of other libraries: they are resumed to the last bit, and weights are sampled and saved as they are meant."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import torch
from torch import nn
from toys import ALTERNATE, WIDTH, net, role, same, training, weights

from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.settings import (
    OPTIMIZERS,
    AdamSettings,
    MuonSettings,
    ProdigySettings,
    ScheduleFreeSettings,
)
from fdc.compiler.runtime.train import optimizers
from fdc.compiler.runtime.train.checkpoints import Snapshot
from fdc.compiler.runtime.train.resume import resume, snapshot
from fdc.compiler.runtime.train.steppers import builders
from fdc.compiler.runtime.train.training import Training
from fdc.compiler.runtime.train.training_step import one_step

KINDS: dict[str, dict[str, Any]] = {
    "adamw": {},
    "adam": {"weight_decay": 0.1, "warmup": 2},
    "radam": {"weight_decay": 0.1},
    "muon": {"adamw_lr": 0.01, "warmup": 3},
    "prodigy": {"lr": 1.0, "weight_decay": 0.01, "safeguard_warmup": True},
    "schedule_free": {"warmup": 2, "weight_decay": 0.01},
    "adamw_kahan": {"lr": 1e-3},
}
"""By optimizer, settings that differ from the defaults; `adamw8bit` has kernels for GPUs alone."""
EVERY = sorted(KINDS)


def made(kind: str, **more: Any) -> Training:
    if kind == "adamw_kahan":
        modules = [net(n).to(torch.bfloat16) for n in range(2)]
        for m in modules:
            m.register_forward_pre_hook(
                lambda module, args, kw: ((), {"input": kw["input"].bfloat16()}), with_kwargs=True
            )
        roles = [role(n, 0, module=m) for n, m in zip(("student", "critic"), modules)]
        more["roles"] = roles
    return training(ALTERNATE, kind=kind, optimizer=KINDS[kind], averages=[("student", 0.9)], **more)


def through_a_file(s: Snapshot) -> Snapshot:
    tensors = {g: {n: t.clone() for n, t in some.items()} for g, some in s.tensors.items()}
    return Snapshot(s.step, tensors, json.loads(json.dumps(s.values)))


def test_every_optimizer_is_tried_here() -> None:
    assert set(KINDS) | {"adamw8bit"} == set(OPTIMIZERS) == set(builders.BUILDERS)


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("accumulate", [1, 2])
def test_a_resumed_run_is_the_run_that_went_through(kind: str, accumulate: int) -> None:
    through, stopped, resumed = (made(kind, accumulate=accumulate, clip=0.1) for _ in range(3))
    start = weights(through.roles["student"])
    for step in range(8):
        one_step(through)
        if step < 5:
            one_step(stopped)
    resume(resumed, through_a_file(snapshot(stopped)))
    for _ in range(3):
        one_step(resumed)
    assert not same(start, weights(through.roles["student"]))
    assert all(torch.isfinite(p).all() for p in through.roles["student"].parameters())
    a, b = snapshot(through), snapshot(resumed)
    assert a.tensors.keys() == b.tensors.keys() and a.values == b.values
    for group, tensors in a.tensors.items():
        assert same(tensors, b.tensors[group]), group


@pytest.mark.parametrize("kind", EVERY)
def test_an_update_that_is_passed_over_changes_nothing(kind: str) -> None:
    t = made(kind, skip_nonfinite=5)
    for _ in range(3):
        one_step(t)
    before = snapshot(t)
    kept = {g: {n: v.clone() for n, v in some.items()} for g, some in before.tensors.items()}
    real = t.data.on_device
    t.data.on_device = lambda host: {**real(host), "x": torch.full((8, WIDTH), math.nan)}  # type: ignore[method-assign]
    assert one_step(t).skipped
    after = snapshot(t)
    assert all(same(kept[group], tensors) for group, tensors in after.tensors.items())


def test_a_schedule_free_role_is_sampled_and_exported_as_its_average() -> None:
    """Defazio et al. (2024): y = (1 - b)z + b x; with a constant rate x is the mean of the iterates z."""
    t = made("schedule_free", steps=20)
    trained = t.trained["critic"]
    trained.settings = ScheduleFreeSettings(lr=0.01)
    parameters = trained.parameters
    fresh = optimizers.build("schedule_free", ScheduleFreeSettings(lr=0.01), parameters)
    trained.optimizer = fresh
    seen: list[list[torch.Tensor]] = []
    for _ in range(4):
        one_step(t)
        seen.append([fresh.state[p]["z"].clone() for p in parameters])
    means = [torch.stack(z).mean(0) for z in zip(*seen)]
    y = [p.detach().clone() for p in parameters]
    with optimizers.settled([trained]):
        for p, mean in zip(parameters, means):
            assert torch.allclose(p, mean, atol=1e-6)
    assert all(torch.equal(p, was) for p, was in zip(parameters, y)), "back to the last bit"
    saved = snapshot(t).tensors["critic.outward"]
    for mean, name in zip(means, saved, strict=True):
        assert torch.allclose(saved[name], mean, atol=1e-6)
    assert fresh.param_groups[0]["train_mode"]


def test_muon_leaves_what_is_no_matrix_to_adamw() -> None:
    torch.manual_seed(0)
    matrix, vector = nn.Parameter(torch.zeros(4, 4)), nn.Parameter(torch.zeros(4))
    alone = nn.Parameter(torch.zeros(4))
    both = optimizers.build("muon", MuonSettings(lr=0.1, adamw_lr=0.01, weight_decay=0.0), [vector, matrix])
    adamw = optimizers.build("adamw", AdamSettings(lr=0.01, weight_decay=0.0), [alone])
    for _ in range(3):
        matrix.grad, vector.grad = torch.randn(4, 4), torch.randn(4)
        alone.grad = vector.grad.clone()
        both.step()
        adamw.step()
    assert torch.equal(vector, alone) and matrix.abs().max() > 0.02


def test_prodigy_finds_its_rate_which_is_what_is_logged() -> None:
    t = made("prodigy", steps=30)
    t.trained["student"].settings = ProdigySettings()
    rates = [one_step(t).rates["critic"] for _ in range(30)]
    assert rates[0] == pytest.approx(1e-6) and rates[-1] > 10 * rates[0]


def test_kahan_sums_move_where_bf16_alone_stands_still() -> None:
    moved = {}
    for kind in ("adamw", "adamw_kahan"):
        p = nn.Parameter(torch.full((64,), 1.0, dtype=torch.bfloat16))
        o = optimizers.build(kind, AdamSettings(lr=1e-4, weight_decay=0.0), [p], fused=False)
        for _ in range(400):
            p.grad = torch.full_like(p, 0.5)
            o.step()
        moved[kind] = float(1.0 - p.detach().mean())
    assert moved["adamw"] == 0.0 and moved["adamw_kahan"] == pytest.approx(0.04, rel=0.1)


@pytest.mark.parametrize(
    ("kind", "module", "package"),
    [
        ("prodigy", "prodigyopt", "prodigyopt"),
        ("schedule_free", "schedulefree", "schedulefree"),
        ("adamw_kahan", "optimi", "torch-optimi"),
    ],
)
def test_a_missing_library_is_named(
    kind: str, module: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(RunError) as caught:
        optimizers.build(kind, OPTIMIZERS[kind](lr=0.1), [nn.Parameter(torch.zeros(3))])
    assert package in caught.value.message and kind in caught.value.message
    assert "pip install 'fdc[" in (caught.value.help or "")


def test_eight_bits_are_for_gpus() -> None:
    with pytest.raises(RunError, match="processor"):
        optimizers.build("adamw8bit", AdamSettings(lr=0.1), [nn.Parameter(torch.zeros(3))])
