"""What the declaration cannot say: given frames inside of the network's call, their latents, and texts to rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from .given_frames import encode_condition
from .padding import resize_without_torchvision
from .prompt_rows import bytes_as_tokens, cut

__all__ = ["build_tokenizer", "cut_by_encode_condition", "denoise", "encode_condition"]

PIPELINE = "Cosmos2VideoToWorldPipeline"
"""What diffusers runs an export with; a role with random weights has no checkpoint that names it."""

GIVEN = 1e-4 / (1 + 1e-4)
"""The noise level that the network is told of given frames: a sigma of 1e-4 of exploding noise."""

resize_without_torchvision()


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
