"""Parameters that a family declares to be idle: which ones a pattern means, and that optimizers leave them as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import torch
from torch import nn
from toys import training

from fdc.compiler.program.family import Component, Idle
from fdc.compiler.runtime.api.components import LoadedComponent, Role
from fdc.compiler.runtime.api.run_context import Run, Update
from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.train.training import Training
from fdc.compiler.runtime.train.training_step import one_step
from fdc.compiler.runtime.weights.preparation.idle_parameters import idle, meant, require_all

NAMES = [f"blocks.{n}.{part}.weight" for n in (0, 1, 10) for part in ("attn", "ff_context.0")] + ["out.bias"]


@pytest.mark.parametrize(
    ("pattern", "number"),
    [
        ("blocks.-1.attn", 1),
        ("blocks.10", 2),
        ("blocks.-2", 2),
        ("blocks.-4", 0),
        ("blocks.*.attn", 3),
        ("blocks.*.ff_*", 3),
        ("blocks.*.ff_context.0.weight", 3),
        ("attn", 0),
        ("out", 1),
        ("out.bias", 1),
        ("out.bias.more", 0),
    ],
)
def test_what_a_pattern_means(pattern: str, number: int) -> None:
    found = meant(pattern, NAMES)
    assert len(found) == number
    if "-1" in pattern:
        assert all(".10." in n for n in found), "numbers are compared as numbers"


def test_a_pattern_means_the_adapters_of_its_layers() -> None:
    names = [
        "blocks.1.to_q.base_layer.weight",
        "blocks.1.to_q.lora_A.default.weight",
        "blocks.0.to_q.base_layer.weight",
    ]
    assert meant("blocks.-1.to_q", names) == set(names[:2])
    assert meant("blocks.-1.to_q.weight", names) == {names[0]}


def test_a_pattern_without_a_parameter() -> None:
    declared = Component(
        "net", "python.Net", True, None, False, "net", None, {}, None, idle=(Idle("blocks.-1.atn", "none"),)
    )
    with pytest.raises(RunError, match=r"`blocks\.-1\.atn`") as e:
        require_all(Net(), declared, None)
    assert "attn" in e.value.help


class Net(nn.Module):
    """`used` gets a gradient, `zero` one of zero, `attn` of the last block none; `now_and_then` one of zero where `asked`
    is false.
    """

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.used, self.zero, self.now_and_then = (nn.Linear(2, 2) for _ in range(3))
        self.blocks = nn.ModuleList(nn.ModuleDict({"attn": nn.Linear(2, 2)}) for _ in range(2))
        self.asked = True

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        whole = self.blocks[0]["attn"](self.used(input)) + 0 * self.zero(input)
        return whole + float(self.asked) * self.now_and_then(input)


NONE, ZERO = Idle("blocks.-1.attn", "none"), Idle("zero", "zero")
SOMETIMES = Idle("now_and_then", "sometimes")
SETTINGS: dict[str, dict[str, Any]] = {
    "adamw": {"weight_decay": 0.1},
    "adam": {"weight_decay": 0.1},
    "radam": {"weight_decay": 0.1},
    "prodigy": {"weight_decay": 0.1},
    "schedule_free": {"weight_decay": 0.1},
}


def fit(run: Run, batch: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    return {"flow": run.student.net(input=batch["x"][:, :2]).square().mean()}


def made(*declared: Idle, kind: str = "adamw") -> Training:
    net = Net()
    component = LoadedComponent("net", net, idle=idle(net, declared))
    student = Role("student", {"net": component}, trained=("net",))
    update = (Update("student", ("student",), 1, fit),)
    return training(update, [student], kind=kind, optimizer=SETTINGS[kind])


def weights_of(t: Training) -> dict[str, torch.Tensor]:
    return {n: p.detach().clone() for n, p in t.roles["student"].named_parameters()}


@pytest.mark.parametrize("kind", SETTINGS)
def test_optimizers_leave_idle_parameters_as_they_are(kind: str) -> None:
    t = made(NONE, ZERO, SOMETIMES, kind=kind)
    before = weights_of(t)
    for _ in range(3):
        one_step(t)
    moved = {n for n, w in weights_of(t).items() if not torch.equal(w, before[n])}
    assert {n.split(".")[1] for n in moved} == {"used", "now_and_then", "blocks"}
    assert not any("blocks.1" in n for n in moved)


def test_what_is_idle_by_the_data_is_left_alone_while_it_is() -> None:
    t = made(NONE, ZERO, SOMETIMES)
    net = t.roles["student"].net.held
    for asked in (False, True, False):
        net.asked, before = asked, weights_of(t)
        one_step(t)
        same = torch.equal(before["net.now_and_then.weight"], weights_of(t)["net.now_and_then.weight"])
        assert same is not asked, "not even decayed"


def test_what_has_no_gradient_is_declared() -> None:
    with pytest.raises(RunError, match=r"no gradient to net\.blocks\.1\.attn\.bias") as e:
        one_step(made())
    assert "idle" in (e.value.help or "")


@pytest.mark.parametrize("kind", ["none", "zero"])
def test_what_is_declared_idle_and_is_not_is_told_at_the_first_update(kind: str) -> None:
    with pytest.raises(RunError, match=r"a gradient to net\.used\.bias, net\.used\.weight") as e:
        one_step(made(NONE, ZERO, Idle("used", kind)))
    assert e.value.code == "config-mismatch"


class Counts(nn.Module):
    """How many samples each call is given."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[int] = []

    def forward(self, x: torch.Tensor, table: torch.Tensor, more: dict[str, Any]) -> list[torch.Tensor]:
        self.calls.append(len(x))
        return [x + table, more["y"][0] * 2]


@pytest.mark.parametrize(("rows", "calls"), [(None, [5]), (1, [1] * 5), (2, [2, 2, 1]), (8, [5])])
def test_a_class_that_takes_few_samples_is_called_for_few(rows: int | None, calls: list[int]) -> None:
    module = Counts()
    c = LoadedComponent("vae", module, rows=rows)
    x, table = torch.randn(5, 3), torch.randn(1, 3)
    first, second = c.outputs(x=x, table=table, more={"y": [x]})
    assert module.calls == calls
    assert torch.equal(first, x + table) and torch.equal(second, x * 2)
    assert torch.equal(c(x=x, table=table, more={"y": [x]}), x + table)
    named = c.giving("a", "b")(x=x, table=table, more={"y": [x]})
    assert torch.equal(named["b"], x * 2)
