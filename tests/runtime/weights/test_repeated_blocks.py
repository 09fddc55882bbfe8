"""Blocks of networks whose class names them for compiling, for splitting, or not at all; times in networks of bf16."""

from __future__ import annotations

import copy

import pytest
import torch
from diffusers import CosmosTransformer3DModel, SD3Transformer2DModel
from diffusers.models.transformers.transformer_hunyuan_video15 import HunyuanVideo15TimeEmbedding
from references.images.sd35 import TRANSFORMER
from torch import Tensor, nn

from fdc.compiler.contracts.networks.adapter_keys import Names
from fdc.compiler.runtime.weights.adapters.targets import chosen_layers
from fdc.compiler.runtime.weights.preparation.activation_checkpointing import keep_attention
from fdc.compiler.runtime.weights.preparation.precision import take_float32_times
from fdc.compiler.runtime.weights.repeated_blocks import repeated_blocks


@pytest.fixture(scope="module")
def network() -> SD3Transformer2DModel:
    """Its class names no blocks for compiling."""
    torch.manual_seed(0)
    return SD3Transformer2DModel(**TRANSFORMER)


def test_a_class_that_names_blocks_only_for_splitting_has_them(network: SD3Transformer2DModel) -> None:
    assert not network._repeated_blocks and not CosmosTransformer3DModel._repeated_blocks
    assert [n for n, _ in repeated_blocks(network)] == [f"transformer_blocks.{i}" for i in range(3)]


def test_without_a_name_they_are_what_its_outermost_lists_hold() -> None:
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Linear(2, 2)
            inner = [nn.Sequential(nn.ModuleList([nn.Sequential(nn.Linear(2, 2))])) for _ in range(2)]
            self.layers = nn.ModuleList([*inner, nn.Dropout()])

    assert [n for n, _ in repeated_blocks(Own())] == ["layers.0", "layers.1"]
    assert repeated_blocks(nn.Linear(2, 2)) == []


def test_adapters_of_all_linear_layers_lie_within_blocks(network: SD3Transformer2DModel) -> None:
    found = chosen_layers(network, None, Names("transformer", ()), None)
    assert found and all(n.startswith("transformer_blocks.") for n in found)


def test_such_a_network_keeps_what_attention_gives_with_the_same_gradient(
    network: SD3Transformer2DModel,
) -> None:
    given = {
        "hidden_states": torch.randn(1, 16, 4, 4),
        "timestep": torch.tensor([500.0]),
        "encoder_hidden_states": torch.randn(1, 5, 64),
        "pooled_projections": torch.randn(1, 48),
    }

    def gradient(model: nn.Module) -> list[Tensor]:
        model.train()(**given).sample.square().mean().backward()
        return [p.grad for p in model.parameters() if p.grad is not None]

    other = copy.deepcopy(network)
    assert keep_attention(other)
    for a, b in zip(gradient(copy.deepcopy(network)), gradient(other), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)


def test_a_class_that_casts_to_the_dtype_of_times_takes_them_in_float32() -> None:
    embedding = HunyuanVideo15TimeEmbedding(8).to(torch.bfloat16)
    times = torch.tensor([999.0, 12.5])
    with pytest.raises(RuntimeError, match="dtype"):
        embedding(times)
    take_float32_times(embedding)
    found = embedding(times)
    wanted = copy.deepcopy(embedding).float()(times)
    assert found.dtype == torch.bfloat16
    torch.testing.assert_close(found.float(), wanted, rtol=0.03, atol=0.01)
