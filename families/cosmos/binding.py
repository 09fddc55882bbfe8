"""What the declaration cannot say: given frames inside of the network's call, their latents, and texts to rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from .padding import resize_without_torchvision
from .prompt_rows import bytes_as_tokens, cut, prompt_rows

PIPELINE = "Cosmos2VideoToWorldPipeline"
"""What diffusers runs an export with; a role with random weights has no checkpoint that names it."""

GIVEN = 1e-4 / (1 + 1e-4)
"""The noise level that the network is told of given frames: a sigma of 1e-4 of exploding noise."""

resize_without_torchvision()


def encode_condition(role: Any, prompt: list[str], image: Tensor) -> dict[str, Tensor]:
    """Text rows, and the latents of a first frame with the mask of it.

    The codec is causal, so that the first latent frame is that of an image alone; the others are not read. Latents of a
    record are put together of parts, which no declaration says.
    """
    first = role.vae.encode(x=image.unsqueeze(2))
    frames = role.sizes["t"]
    given = torch.zeros(len(first), 1, frames, *first.shape[3:], dtype=torch.bool, device=first.device)
    given[:, :, 0] = True
    return {
        "embeds": prompt_rows(role, prompt),
        "first": first.expand(-1, -1, frames, -1, -1).contiguous(),
        "given": given,
    }


def denoise(role: Any, x: Tensor, t: Tensor, c: Mapping[str, Tensor]) -> Tensor:
    """The velocity eps - x0: of given frames the one that ends at them, whatever the network says there.

    Given frames are handed over as they are, with a time of their own, and a mask tells the network which they are. Its
    mask of padding has one row for all samples. None of this is an argument that stands for itself, so that no declaration
    says it.
    """
    given = c["given"]
    frames = given[:, :, :, :1, :1]
    level = t.view(-1, 1, 1, 1, 1)
    said = role.transformer(
        hidden_states=torch.where(given, c["first"], x),
        timestep=torch.where(frames, GIVEN, level),
        encoder_hidden_states=c["embeds"],
        condition_mask=given.to(x.dtype),
        padding_mask=x.new_zeros(1, 1, role.sizes["H"], role.sizes["W"]),
        fps=FPS,
    )
    return torch.where(given, (x - c["first"]) / level, said)


FPS = 16
"""Frames a second of the clips that the network was trained on, by which it counts time."""


def cut_by_encode_condition(role: Any, prompt: list[str]) -> list[int]:
    """How many tokens of each prompt are left out."""
    return cut(role, prompt)


def build_tokenizer(config: Mapping[str, object]) -> Any:
    """For random weights."""
    return bytes_as_tokens(config)
