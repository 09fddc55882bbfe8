"""A given first frame as Cosmos' networks are told it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .prompt_rows import prompt_rows


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
