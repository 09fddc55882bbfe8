"""Given frames as Cosmos' networks are told them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .prompt_rows import prompt_rows


def encode_condition(role: Any, prompt: list[str], shown: Tensor) -> dict[str, Tensor]:
    """Text rows, and the latents of given frames with the mask of them."""
    return {"embeds": prompt_rows(role, prompt), **given_frames(role, shown)}


def given_frames(role: Any, shown: Tensor) -> dict[str, Tensor]:
    """Latents `first` [b, c, t, h, w] of the frames that are shown [b, 3, G, H, W], and which are given [b, 1, t, 1, 1].

    The codecs are causal, so that the first latent frames are those of the frames that are shown alone; behind them the last
    of them is repeated, and not read. Latents of a record are put together of parts, which no declaration says.
    """
    made = role.vae.encode(x=shown)
    given = torch.arange(role.sizes["t"], device=made.device) < made.shape[2]
    rest = made[:, :, -1:].expand(-1, -1, int((~given).sum()), -1, -1)
    return {
        "first": torch.cat([made, rest], dim=2),
        "given": given.view(1, 1, -1, 1, 1).expand(len(made), -1, -1, -1, -1),
    }


def no_frames(role: Any, like: Tensor) -> dict[str, Tensor]:
    """The same where no frame is given, for as many samples as `like` has."""
    t, h, w = (role.sizes[axis] for axis in ("t", "h", "w"))
    return {
        "first": like.new_zeros(len(like), role.vae.config["z_dim"], t, h, w),
        "given": like.new_zeros(len(like), 1, t, 1, 1, dtype=torch.bool),
    }
