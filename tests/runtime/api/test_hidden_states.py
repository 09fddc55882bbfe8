"""What layers of a network give on its way through a call, against hooks that are set by hand."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
import torch
from diffusers import WanTransformer3DModel
from torch import Tensor, nn

from fdc.compiler.contracts.networks.adapter_keys import Names
from fdc.compiler.runtime.api.components import LoadedComponent
from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.settings import LoraSettings
from fdc.compiler.runtime.weights.adapters.layers import inject
from fdc.compiler.runtime.weights.preparation.activation_checkpointing import CHECKPOINTING

LAYERS = ["blocks.2", "blocks.0", "blocks.-2.ffn", "blocks.1.attn1.to_q"]


def network() -> WanTransformer3DModel:
    torch.manual_seed(0)
    return WanTransformer3DModel(
        num_layers=4, num_attention_heads=2, attention_head_dim=12, in_channels=4, out_channels=4, text_dim=8, freq_dim=8,
        ffn_dim=16, rope_max_seq_len=16,
    )  # fmt: skip


def inputs() -> dict[str, Tensor]:
    torch.manual_seed(1)
    x = torch.randn(2, 4, 2, 4, 4, requires_grad=True)
    return {
        "hidden_states": x,
        "timestep": torch.tensor([10.0, 700.0]),
        "encoder_hidden_states": torch.randn(2, 3, 8),
    }


def by_hand(module: nn.Module, given: dict[str, Tensor], layers: list[str]) -> list[Tensor]:
    found: dict[str, Tensor] = {}
    names = [n.replace("blocks.-2", "blocks.2") for n in layers]
    handles = [
        module.get_submodule(n).register_forward_hook(lambda m, i, o, n=n: found.update({n: o}))
        for n in names
    ]
    module(**given)
    for h in handles:
        h.remove()
    return [found[n].float() for n in names]


def gradients(module: nn.Module, given: dict[str, Tensor], shown: list[Tensor]) -> dict[str, Tensor]:
    named = {"x": given["hidden_states"], **dict(module.named_parameters())}
    named = {n: p for n, p in named.items() if p.requires_grad}
    loss = sum((x.square() * (k + 1)).mean() for k, x in enumerate(shown))
    found = torch.autograd.grad(loss, list(named.values()), allow_unused=True)
    return {n: g for n, g in zip(named, found, strict=True) if g is not None}


def compiled(module: nn.Module) -> None:
    module.compile_repeated_blocks(backend="eager")  # type: ignore[operator]


def compiled_whole(module: nn.Module) -> None:
    module.compile(backend="eager")


def adapted(module: nn.Module) -> None:
    inject(
        module, LoraSettings(kind="lora", rank=2, alpha=2.0, targets=("to_q",)), Names("transformer"), None
    )


def frozen(module: nn.Module) -> None:
    module.requires_grad_(False)


WAYS: dict[str, Callable[[Any], object]] = {
    "plain": lambda module: None,
    "frozen": frozen,
    "adapters": adapted,
    "computed again": CHECKPOINTING["full"],
    "attention kept": CHECKPOINTING["selective"],
    "compiled blocks": compiled,
    "compiled whole": compiled_whole,
}


@pytest.mark.slow
@pytest.mark.parametrize("autocast", [False, True], ids=["float32", "autocast"])
@pytest.mark.parametrize("way", WAYS)
def test_layers_give_what_hooks_see_and_their_gradients(way: str, autocast: bool) -> None:
    reference, module = network(), network()
    if way in ("frozen", "adapters"):
        WAYS[way](reference)
    WAYS[way](module)
    torch.manual_seed(3)
    for n, p in module.named_parameters():
        if "lora_B" in n:
            p.data = torch.randn_like(p)
            reference.get_parameter(n).data = p.data.clone()
    with torch.autocast("cpu", torch.bfloat16) if autocast else nullcontext():
        wanted = by_hand(reference, given := inputs(), LAYERS)
    slopes = gradients(reference, given, wanted)
    component = LoadedComponent("net", module, torch.bfloat16 if autocast else torch.float32, autocast)
    found = component.hidden(LAYERS, **(given := inputs()))
    assert [x.dtype for x in found] == [torch.float32] * 4
    for a, b in zip(wanted, found, strict=True):
        torch.testing.assert_close(a, b)
    own = gradients(module, given, found)
    assert own.keys() == slopes.keys() and "x" in own
    assert len(own) > 1 or way == "frozen"
    for name, slope in slopes.items():
        torch.testing.assert_close(own[name], slope, msg=lambda m, name=name: f"{name}: {m}")


def test_a_call_ends_behind_the_last_layer_and_leaves_no_hook() -> None:
    module, called = network(), []
    for k, block in enumerate(module.blocks):
        block.register_forward_pre_hook(lambda m, i, k=k: called.append(k))
    component = LoadedComponent("net", module)
    component.hidden(["blocks.1", "blocks.0"], **inputs())
    assert called == [0, 1]
    with pytest.raises(TypeError):
        component.hidden(["blocks.0"], hidden_states=1)
    assert not any(m._forward_hooks for m in module.modules())
    component(**inputs())
    assert called == [0, 1, 0, 1, 2, 3]


class Pair(nn.Module):
    """Its layer gives two tensors, and another one is called for half of what it is given, twice."""

    def __init__(self) -> None:
        super().__init__()
        self.two, self.one, self.off = (nn.Linear(2, 2) for _ in range(3))
        self.two.forward = lambda x: (x + 1, x + 2)  # type: ignore[method-assign]

    def forward(self, x: Tensor) -> Tensor:
        self.one(x)
        return self.two(self.one(x + 5))[0]


def test_one_of_several_tensors_and_the_first_of_several_calls() -> None:
    component, x = LoadedComponent("net", Pair(), rows=2), torch.randn(5, 2)
    one, first, second = component.hidden(["one", "two", "two[1]"], x=x)
    module = component.module
    torch.testing.assert_close(one, module.one(x))
    torch.testing.assert_close(first, module.one(x + 5) + 1)
    torch.testing.assert_close(second, first + 1)


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ("two[2]", "gives no tensor at place 2"),
        ("off", "did not call its layer `off`"),
        ("ones", "has no layer `ones`"),
    ],
)
def test_what_a_network_does_not_show_is_told(layer: str, said: str) -> None:
    component = LoadedComponent("net", Pair())
    with pytest.raises(RunError, match=said.replace("(", r"\(")):
        component.hidden([layer], x=torch.randn(1, 2))
    assert not any(m._forward_hooks for m in component.module.modules())


def test_python_that_asks_about_samples_one_by_one_is_told() -> None:
    component, x = LoadedComponent("net", Pair()), torch.randn(3, 2)
    with pytest.raises(RunError, match="not called for all 3 samples"):
        component.hidden_in(["one"], lambda x: [component(x=row[None]) for row in x], x)


def test_layers_are_seen_through_python_that_calls_the_network() -> None:
    component, x = LoadedComponent("net", Pair()), torch.randn(3, 2)
    (one,) = component.hidden_in(["one"], lambda x: component(x=2 * x) + 1, x)
    torch.testing.assert_close(one, component.module.one(2 * x))
