"""`train = only(...)`: what is meant is trained, and nothing else moves."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from toys import FIT, WIDTH, role, training

from fdc.compiler.contracts.networks.adapter_keys import Names
from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.settings import OnlySettings
from fdc.compiler.runtime.train.resume import resume, snapshot
from fdc.compiler.runtime.train.training_step import one_step
from fdc.compiler.runtime.weights.preparation.trained_part import train_part

PLACE = (Path("p.fdl"), 6)


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attn1, self.ffn = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.scale = nn.Parameter(torch.ones(WIDTH))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.ffn(self.attn1(x)) * self.scale
        return found


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block() for _ in range(2))
        self.proj_out = nn.Linear(WIDTH, WIDTH)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        for block in self.blocks:
            input = block(input)
        found: torch.Tensor = self.proj_out(input)
        return found


def net() -> Net:
    torch.manual_seed(0)
    return Net()


@pytest.mark.parametrize(
    ("patterns", "trained"),
    [
        (["blocks.*.attn1"], {f"blocks.{i}.attn1.{p}" for i in (0, 1) for p in ("weight", "bias")}),
        (["blocks.1"], {n for n, _ in net().named_parameters() if n.startswith("blocks.1.")}),
        (["scale", "proj_out"], {"blocks.0.scale", "blocks.1.scale", "proj_out.weight", "proj_out.bias"}),
        (["blocks.0.ffn.bias"], {"blocks.0.ffn.bias"}),
    ],
)
def test_patterns_mean_parameters(patterns: list[str], trained: set[str]) -> None:
    module = net()
    (news,) = train_part(module, OnlySettings(layers=patterns), Names("net", ()), PLACE)
    assert {n for n, p in module.named_parameters() if p.requires_grad} == trained
    assert news.startswith(f"{len(trained)} of 12 tensors")


def test_a_pattern_that_means_nothing_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(RunError) as caught:
        train_part(net(), OnlySettings(layers=("blocks.*.atn1",)), Names("net", ()), PLACE)
    assert "`blocks.*.atn1`" in caught.value.message and "did you mean `attn1`?" in (caught.value.help or "")
    assert caught.value.place == PLACE


@pytest.mark.parametrize(
    ("excepted", "left"),
    [
        ("scale", {f"blocks.1.{n}.{p}" for n in ("attn1", "ffn") for p in ("weight", "bias")}),
        (["*.bias", "scal*"], {"blocks.1.attn1.weight", "blocks.1.ffn.weight"}),
        (["blocks.*.ffn", "blocks.1.attn1.bias", "scale*"], {"blocks.1.attn1.weight"}),
    ],
)
def test_what_is_excepted_stays_as_it_is(excepted: str | list[str], left: set[str]) -> None:
    module = net()
    part = OnlySettings.model_validate({"layers": "blocks.1", "except": excepted})
    train_part(module, part, Names("net", ()), PLACE)
    assert {n for n, p in module.named_parameters() if p.requires_grad} == left


@pytest.mark.parametrize(
    ("excepted", "message"),
    [
        ("nrom*", "`except` names `nrom*`, and `Net` has no part of that name"),
        ("proj_out", "`except` names `proj_out`, and nothing of that name is among what `only` names"),
        (["scale", "ffn", "attn1"], "`except` names all that `only` names, so that nothing is trained"),
    ],
)
def test_an_exception_that_takes_nothing_or_all_is_refused(excepted: object, message: str) -> None:
    with pytest.raises(RunError) as caught:
        train_part(
            net(),
            OnlySettings.model_validate({"layers": "blocks", "except": excepted}),
            Names("net", ()),
            PLACE,
        )
    assert caught.value.message == message and caught.value.place == PLACE


def test_only_the_part_moves_and_a_resumed_run_is_the_run_that_went_through() -> None:
    def made():  # type: ignore[no-untyped-def]
        module = net()
        student = role("student", 0, module=module)
        train_part(module, OnlySettings(layers=("attn1",)), Names("net", ()), PLACE)
        return training(FIT, roles=[student], averages=[("student", 0.5)], optimizer={"weight_decay": 0.5})

    through, resumed = made(), made()
    start = {n: p.detach().clone() for n, p in through.roles["student"].net.module.named_parameters()}
    one_step(through)
    saved = snapshot(through)
    assert all(".attn1." in n for n in saved.tensors["student.weights"])
    assert all(".attn1." in n for n in saved.tensors["student.average-0.5"])
    kept = {g: {n: t.clone() for n, t in some.items()} for g, some in saved.tensors.items()}
    resume(resumed, type(saved)(saved.step, kept, saved.values))
    for t in (through, resumed):
        one_step(t)
    for name, p in through.roles["student"].net.module.named_parameters():
        assert torch.equal(p, start[name]) == ("attn1" not in name)
        assert torch.equal(p, resumed.roles["student"].net.module.get_parameter(name))
