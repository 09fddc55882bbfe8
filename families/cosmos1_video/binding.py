"""What the declaration cannot say: given frames inside of the network's call, their latents, and texts to rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ..cosmos.given_frames import encode_condition
from ..cosmos.padding import resize_without_torchvision
from ..cosmos.prompt_rows import bytes_as_tokens, cut

__all__ = ["build_tokenizer", "cut_by_encode_condition", "denoise", "encode_condition"]

PIPELINE = "CosmosVideoToWorldPipeline"
"""What diffusers runs an export with; a role with random weights has no checkpoint that names it."""

AUGMENT = 0.001
"""The sigma of the noise that is laid over given frames, anew at every call; below it, they are as noisy as all others."""

DEVIATION, FPS = 0.5, 30
"""Of the latents, and frames a second of the clips that the network was trained on."""

resize_without_torchvision()


def denoise(role: Any, x: Tensor, t: Tensor, c: Mapping[str, Tensor]) -> Tensor:
    """EDM's F for latents at noise level `t`, which is sigma/(1 + sigma): of given frames the one that ends at them,
    whatever the network says there.

    Given frames are handed over with noise of their own and scaled by its sigma, and a mask tells the network which they
    are. Its mask of padding has one row for all samples. None of this is an argument that stands for itself, so that no
    declaration says it. The noise is torch's, which a run seeds at each step.
    """
    sigma = (t / (1 - t)).view(-1, 1, 1, 1, 1)
    root = (sigma**2 + DEVIATION**2).sqrt()
    given = c["given"] & (sigma > AUGMENT)
    first = c["first"]
    laid_over = (first + AUGMENT * noise_like(first)) / (AUGMENT**2 + DEVIATION**2) ** 0.5
    said = role.transformer(
        hidden_states=torch.where(given, laid_over, x / root),
        timestep=0.25 * sigma.flatten().log(),
        encoder_hidden_states=c["embeds"],
        condition_mask=c["given"].to(x.dtype),
        padding_mask=x.new_zeros(1, 1, role.sizes["H"], role.sizes["W"]),
        fps=FPS,
    )
    exact = (sigma * first - DEVIATION**2 * (x - first) / sigma) / (DEVIATION * root)
    return torch.where(given, exact, said)


def noise_like(x: Tensor) -> Tensor:
    return torch.randn_like(x)


def cut_by_encode_condition(role: Any, prompt: list[str]) -> list[int]:
    """How many tokens of each prompt are left out."""
    return cut(role, prompt)


def build_tokenizer(config: Mapping[str, object]) -> Any:
    """For random weights."""
    return bytes_as_tokens(config)
