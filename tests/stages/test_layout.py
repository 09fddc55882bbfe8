"""Tensors in other layouts: what is packed comes back as it was, in the order that diffusers' pipelines have."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from diffusers import FlowMatchEulerDiscreteScheduler, Flux2KleinPipeline, FluxPipeline
from diffusers.pipelines.flux2.pipeline_flux2_klein import compute_empirical_mu
from hypothesis import given
from hypothesis import strategies as st

from fdc.compiler.program.shifts import DynamicShift, exponential
from fdc.stages.layout import layout_of, packed, positions, samples, text_of, unpacked
from fdc.stages.statistics import length_of_tokens
from fdc.stages.times import grid

ROWS = "(h/2 w/2) (c h%2 w%2)"


@pytest.mark.parametrize(
    "text", [ROWS, "(c h%2 w%2) h/2 w/2", "c 1 h w", "(h w) c", "w (c h)", "(w%3 c) h (w/3 1)"]
)
def test_a_layout_is_undone(text: str) -> None:
    x = torch.randn(2, 5, 4, 6)
    y = packed(x, "c h w", text)
    assert torch.equal(unpacked(y, "c h w", text, (5, 4, 6)), x)
    assert text_of(layout_of(text)) == text
    assert y.numel() == x.numel() and len(y) == 2


def test_rows_are_those_of_flux() -> None:
    x = torch.randn(2, 16, 4, 6)
    assert torch.equal(packed(x, "c h w", ROWS), FluxPipeline._pack_latents(x, *x.shape))
    assert torch.equal(
        packed(x, "c h w", "(c h%2 w%2) h/2 w/2"), Flux2KleinPipeline._patchify_latents(x).contiguous()
    )


@given(st.permutations(["c", "h/2", "h%2", "w"]), st.integers(1, 3))
def test_any_order_is_undone(parts: list[str], first: int) -> None:
    text = f"({' '.join(parts[:first])}) ({' '.join(parts[first:])})"
    x = torch.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    assert torch.equal(unpacked(packed(x, "c h w", text), "c h w", text, (3, 4, 5)), x)


def test_places_are_those_of_flux() -> None:
    wanted = FluxPipeline._prepare_latent_image_ids(1, 3, 4, "cpu", torch.int64)
    assert torch.equal(positions([1, 3, 4]), wanted)
    assert torch.equal(positions([1, 1, 1, 3])[:, 3], torch.arange(3))


def test_samples_by_themselves() -> None:
    x, mask = torch.randn(2, 3, 4), torch.tensor([[1, 1, 0], [0, 1, 1]])
    assert [tuple(s.shape) for s in samples(x)] == [(3, 4)] * 2
    first, second = samples(x, mask)
    assert torch.equal(first, x[0, :2]) and torch.equal(second, x[1, 1:])


def test_lengths_are_those_of_packed_tokens() -> None:
    x = torch.randn(2, 16, 4, 6, requires_grad=True)
    rows = FluxPipeline._pack_latents(x, *x.shape).norm(dim=-1, keepdim=True).expand(-1, -1, 64)
    wanted = FluxPipeline._unpack_latents(rows, 32, 48, 8)
    torch.testing.assert_close(length_of_tokens(x, (2, 2)), wanted)
    whole = x.flatten(1).norm(dim=1).view(-1, 1, 1, 1).expand_as(x)
    torch.testing.assert_close(length_of_tokens(x, (0, 0)), whole)
    length_of_tokens(x * 0, (2, 2)).sum().backward()
    assert x.grad is not None and not x.grad.any()


@pytest.mark.parametrize("steps", [2, 3, 28])
@pytest.mark.parametrize("tokens", [16, 1024, 4096, 16384])
@pytest.mark.parametrize("terminal", [0.0, 0.02])
@pytest.mark.parametrize("kind", ["exponential", "linear"])
def test_grids_are_those_of_the_scheduler(steps: int, tokens: int, terminal: float, kind: str) -> None:
    line = (256.0, 0.5), (8192.0, 0.9)
    shift = DynamicShift(exponential("tokens", *line, kind == "exponential"), sizes={"tokens": tokens})
    found = shift.of(None)
    assert found is not None
    scheduler = FlowMatchEulerDiscreteScheduler(
        use_dynamic_shifting=True, shift_terminal=terminal or None, time_shift_type=kind
    )
    mu = 0.5 + 0.4 / (8192 - 256) * (tokens - 256)
    scheduler.set_timesteps(sigmas=np.linspace(1, 1 / steps, steps), mu=mu)
    torch.testing.assert_close(
        torch.tensor(grid(steps, found, terminal=terminal)), scheduler.sigmas, atol=2e-6, rtol=0
    )


def test_one_step_has_no_last_level_before_data() -> None:
    with pytest.raises(ValueError, match="before data"):
        grid(1, 1.0, terminal=0.02)


@pytest.mark.parametrize("steps", [4, 28, 50])
@pytest.mark.parametrize("side", [16, 64, 65, 66])
def test_the_shift_of_klein(steps: int, side: int) -> None:
    """By the number of steps up to 4,300 tokens, and another beyond."""
    from paths import ROOT

    from fdc.compiler.base.source import Source
    from fdc.compiler.driver.pipeline import check_source

    text = (
        (ROOT / "families/flux2/flux2.fdl").read_text("utf-8")
        + f"""
program p {{
  sizes {{ H = {16 * side}, W = {16 * side} }}
  role teacher = flux2.tiny(tiny(seed = 0))
  data prompts = lines("prompts.txt") {{ prompt: str }}
  produce made = teacher.sample(batch, steps = {steps}) to shards("made") {{ count = 1 }}
}}
"""
    )
    path = ROOT / "families/flux2/flux2.fdl"
    (program,) = check_source(Source(str(path), text), path).programs
    found = program.roles["teacher"].family.process.shift_of(steps)
    assert found is not None
    assert math.isclose(found, math.exp(compute_empirical_mu(side * side, steps)), rel_tol=1e-9)
