"""Wan as fdc loads it says what diffusers' own classes and its pipeline say, to 1e-5 in float32."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import torch
from checkpoints import euler_on_the_shifted_grid, typed_role, wan_checkpoint
from diffusers import WanPipeline
from torch import Tensor

from fdc.compiler.runtime.api.components import Role
from fdc.compiler.runtime.weights.load_roles import Registry, load_role

CPU = torch.device("cpu")
PROMPTS = ["A cat  walks\n &amp;amp; sits", "", "a dog, " * 90]
SHIFT = 3.0


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wan_checkpoint(tmp_path_factory.mktemp("wan"), shift=SHIFT)


@pytest.fixture(scope="module")
def pipeline(checkpoint: Path) -> WanPipeline:
    found = WanPipeline.from_pretrained(checkpoint)
    found.set_progress_bar_config(disable=True)
    return found


@pytest.fixture(scope="module")
def role(checkpoint: Path) -> Role:
    return load_role(typed_role(source=checkpoint), Registry(), allow_python=False, device=CPU)


def near(a: Tensor, b: Tensor) -> None:
    assert a.dtype == torch.float32
    torch.testing.assert_close(a, b.float(), rtol=0, atol=1e-5)


@torch.no_grad()
def test_text(role: Role, pipeline: WanPipeline) -> None:
    """Equal rows, zero past each prompt, 512 of them however long the prompt."""
    rows = role.binding.encode_text(role, PROMPTS)["embeds"]
    expected, _ = pipeline.encode_prompt(PROMPTS, do_classifier_free_guidance=False, max_sequence_length=512)
    assert rows.shape == (3, 512, 32)
    near(rows, expected)
    lengths = [int((r.abs().sum(-1) > 0).sum()) for r in rows]
    assert lengths == [len("A cat walks & sits") + 1, 1, 512]


@torch.no_grad()
def test_forward(role: Role, pipeline: WanPipeline) -> None:
    x, t, c = torch.randn(2, 16, 3, 8, 8), torch.tensor([937.5, 3.25]), torch.randn(2, 512, 32)
    near(
        role.transformer(hidden_states=x, timestep=t, encoder_hidden_states=c),
        pipeline.transformer(x, t, c).sample,
    )


@torch.no_grad()
def test_encode_gives_the_mode_and_its_constants_normalise(role: Role, pipeline: WanPipeline) -> None:
    video = torch.rand(2, 3, 9, 64, 64) * 2 - 1
    vae = role.vae
    z = vae.encode(x=video)
    near(z, pipeline.vae.encode(video).latent_dist.mode())
    mean, std = (vae.constant(f"latents_{n}", 1, 5) for n in ("mean", "std"))
    expected = [(z[:, c] - m) / s for c, (m, s) in enumerate(zip(*(pipeline.vae.config[k] for k in KEYS)))]
    near((z - mean) / std, torch.stack(expected, dim=1))


KEYS = ("latents_mean", "latents_std")


@torch.no_grad()
def test_decode(role: Role, pipeline: WanPipeline) -> None:
    z = torch.randn(2, 16, 3, 8, 8)
    near(role.vae.decode(z=z), pipeline.vae.decode(z).sample)


@pytest.mark.slow
@torch.no_grad()
def test_a_guided_sample(role: Role, pipeline: WanPipeline) -> None:
    """Euler with guidance from the same noise: latents and pixels of WanPipeline."""
    steps, scale, noise = 4, 5.0, torch.randn(2, 16, 3, 8, 8)
    prompts, negative = ["a cat", "two dogs"], "blurred"
    pipeline.scheduler = euler_on_the_shifted_grid(steps, SHIFT)
    given = {"prompt": prompts, "negative_prompt": [negative] * 2, "height": 64, "width": 64, "num_frames": 9}
    asked = {"num_inference_steps": steps, "guidance_scale": scale, "latents": noise.clone()}
    latents = pipeline(**given, **asked, output_type="latent").frames
    video = pipeline(**given, **asked, output_type="pt").frames

    c = role.binding.encode_text(role, prompts)["embeds"]
    u = role.binding.encode_text(role, [negative] * 2)["embeds"]
    level = torch.linspace(1, 0, steps + 1)
    level = SHIFT * level / (1 + (SHIFT - 1) * level)
    x = noise
    for s, after in pairwise(level):
        t = (1000 * s).expand(2)
        cond = role.transformer(hidden_states=x, timestep=t, encoder_hidden_states=c)
        uncond = role.transformer(hidden_states=x, timestep=t, encoder_hidden_states=u)
        x = x + (after - s) * (uncond + scale * (cond - uncond))
    near(x, latents)
    mean, std = (role.vae.constant(k, 1, 5) for k in KEYS)
    pixels = role.vae.decode(z=x * std + mean)
    near((pixels / 2 + 0.5).clamp(0, 1), video.transpose(1, 2))


def test_the_tiny_variant_trains_from_a_seed_alone() -> None:
    """No checkpoint, no download: the whole stage graph, with a gradient at the end."""
    role = load_role(typed_role(train="full"), Registry(), allow_python=False, device=CPU)
    with torch.no_grad():
        c = role.binding.encode_text(role, ["a cat"])["embeds"]
        z = role.vae.encode(x=torch.rand(1, 3, 9, 64, 64) * 2 - 1)
    assert c.shape == (1, 512, 32) and z.shape == (1, 16, 3, 8, 8)
    p = role.transformer(hidden_states=z, timestep=torch.tensor([500.0]), encoder_hidden_states=c)
    p.square().mean().backward()
    assert all(w.grad is not None for w in role.parameters())
