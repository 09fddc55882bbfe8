"""Wan's blocks with kernels in them are diffusers' blocks: results, gradients, weights."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from diffusers import WanTransformer3DModel
from kernels.interpreted import round_to_nearest
from peft import LoraConfig, inject_adapter_in_model
from torch import Tensor

from fdc.families.wan import blocks


@pytest.fixture(autouse=True)
def nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    round_to_nearest(monkeypatch)


def model(dtype: torch.dtype = torch.float32) -> WanTransformer3DModel:
    torch.manual_seed(3)
    made = WanTransformer3DModel(
        patch_size=(1, 2, 2),
        num_attention_heads=2,
        attention_head_dim=12,
        in_channels=4,
        out_channels=4,
        text_dim=16,
        freq_dim=16,
        ffn_dim=32,
        num_layers=2,
        cross_attn_norm=True,
        qk_norm="rms_norm_across_heads",
        rope_max_seq_len=32,
    )
    with torch.no_grad():
        for p in made.parameters():
            p.add_(0.05 * torch.randn_like(p))
    return made.to(dtype)


def inputs(dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(2, 4, 2, 4, 6, generator=generator)
    return x.to(dtype), torch.tensor([100.0, 700.0]), torch.randn(2, 5, 16, generator=generator).to(dtype)


def run(
    m: WanTransformer3DModel,
    dtype: torch.dtype = torch.float32,
    of: Callable[[str], bool] = lambda name: True,
) -> tuple[Tensor, dict[str, Tensor]]:
    """The prediction, and the gradients of the weights and of the latents."""
    x, t, c = inputs(dtype)
    x.requires_grad_()
    made = m(hidden_states=x, timestep=t, encoder_hidden_states=c, return_dict=False)[0]
    weights = {n: p for n, p in m.named_parameters() if p.requires_grad and of(n)}
    upstream = torch.randn(made.shape, generator=torch.Generator().manual_seed(2)).to(made.dtype)
    found = torch.autograd.grad(made, [x, *weights.values()], upstream)
    return made.detach(), dict(zip(["x", *weights], found))


def chained(m: WanTransformer3DModel) -> WanTransformer3DModel:
    made = copy.deepcopy(m)
    blocks.chains(made)
    return made


def apart(a: Tensor, b: Tensor) -> float:
    return float((a.float() - b.float()).abs().max() / b.float().abs().max().clamp(min=1e-6))


def test_results_and_gradients_in_float32() -> None:
    plain = model()
    (a, ga), (b, gb) = run(plain), run(chained(plain))
    assert apart(b, a) < 1e-5 and ga.keys() == gb.keys()
    for name in ga:
        assert apart(gb[name], ga[name]) < 1e-4, name


def test_results_and_gradients_in_bf16_are_no_further_from_float32_than_the_plain_ones() -> None:
    plain = model()
    exact, exact_gradients = run(plain)
    short = copy.deepcopy(plain).to(torch.bfloat16)
    (a, ga), (b, gb) = run(short, torch.bfloat16), run(chained(short), torch.bfloat16)
    assert apart(b, exact) <= 2 * apart(a, exact) + 2**-7
    for name, g in exact_gradients.items():
        assert apart(gb[name], g) <= 2 * apart(ga[name], g) + 2**-6, name


def test_under_autocast() -> None:
    plain = model()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        (a, ga), (b, gb) = run(plain), run(chained(plain))
    assert a.dtype == b.dtype and apart(b, a) < 2**-5
    for name in ga:
        assert ga[name].dtype == gb[name].dtype and apart(gb[name], ga[name]) < 0.1, name


def test_weights_keep_their_names_and_a_copy_its_own() -> None:
    plain = model()
    made = chained(plain)
    assert list(made.state_dict()) == list(plain.state_dict())
    before = run(made)[0]
    other = copy.deepcopy(made)
    with torch.no_grad():
        for p in other.parameters():
            p.mul_(0.5)
    assert torch.equal(run(made)[0], before) and not torch.equal(run(other)[0], before)
    blocks.chains(made)
    assert torch.equal(run(made)[0], before)
    assert type(plain.blocks[0]) is not type(made.blocks[0])


def test_with_checkpointed_activations() -> None:
    plain = chained(model())
    kept, kept_gradients = run(plain)
    plain.enable_gradient_checkpointing()
    plain.train()
    again, gradients = run(plain)
    assert torch.equal(kept, again)
    for name, g in kept_gradients.items():
        assert apart(gradients[name], g) < 1e-6


def test_with_adapters() -> None:
    config = LoraConfig(r=2, lora_alpha=2, target_modules=["to_q", "to_k", "to_v"], init_lora_weights=False)
    plain = model()
    torch.manual_seed(4)
    inject_adapter_in_model(config, plain)
    made = chained(plain)
    (a, ga), (b, gb) = (run(m, of=lambda name: "lora" in name) for m in (plain, made))
    assert apart(b, a) < 1e-5 and len(ga) > 1
    for name in ga:
        assert apart(gb[name], ga[name]) < 1e-4, name


def test_a_condition_of_each_token() -> None:
    plain = model().blocks[0]
    made = copy.deepcopy(plain)
    made.__class__ = blocks.ChainedBlock
    made.attn1.processor = blocks.ChainedAttention()
    generator = torch.Generator().manual_seed(6)
    x = torch.randn(2, 6, 24, generator=generator)
    c = torch.randn(2, 5, 24, generator=generator)
    condition = torch.randn(2, 6, 6, 24, generator=generator)
    angle = torch.rand(1, 6, 1, 6, generator=generator).repeat_interleave(2, dim=-1)
    turn = (angle.cos(), angle.sin())
    assert apart(made(x, c, condition, turn), plain(x, c, condition, turn)) < 1e-5
