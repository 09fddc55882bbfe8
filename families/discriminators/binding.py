"""Heads that tell data from samples by the hidden states of a network that stays as it is."""

from __future__ import annotations

import math

import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn
from torch.nn import functional

FREQUENCIES = 32
"""Sines, and as many cosines, by which a head is told the noise level."""


class Head(nn.Module):
    """A logit [b] of the rows [b, n, width] of one layer, which it mixes with those beside them."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.narrow = nn.Linear(width, hidden)
        self.level = nn.Linear(2 * FREQUENCIES, 2 * hidden)
        self.mix = nn.Conv1d(hidden, hidden, 9, padding=4)
        self.out = nn.Linear(2 * hidden, 1)

    def forward(self, rows: Tensor, level: Tensor) -> Tensor:
        scale, shift = self.level(level)[:, None].chunk(2, dim=-1)
        x = functional.silu(self.narrow(self.norm(rows)) * (1 + scale) + shift)
        x = x + functional.silu(self.mix(x.mT)).mT
        return self.out(torch.cat([x.mean(1), x.amax(1)], dim=-1))[:, 0]


class Heads(ModelMixin, ConfigMixin):
    """A head for each of `layers` hidden tensors of `width` channels; the mean of their logits.

    As the heads of Sauer et al., "Fast high-resolution image synthesis with latent adversarial diffusion distillation"
    (2024), which stand on several layers of a network that is told the noise level.
    """

    config_name = "config.json"

    @register_to_config
    def __init__(self, width: int, layers: int = 1, hidden: int = 256) -> None:
        super().__init__()
        self.heads = nn.ModuleList(Head(width, hidden) for _ in range(layers))

    def forward(self, h: list[Tensor], t: Tensor) -> Tensor:
        """Hidden tensors [b, n, width], or maps [b, width, y, x], and noise levels [b] in [0, 1] to logits [b]."""
        level = _waves(t)
        made = [head(_rows(x), level) for head, x in zip(self.heads, h, strict=True)]
        return torch.stack(made).mean(0)


def _rows(x: Tensor) -> Tensor:
    return x.flatten(2).mT if x.dim() == 4 else x


def _waves(t: Tensor) -> Tensor:
    """Sines and cosines [b, 2 * FREQUENCIES] of noise levels, of wavelengths from 2 down to a thousandth."""
    speeds = torch.exp(torch.linspace(0, math.log(2000.0), FREQUENCIES, device=t.device)) * math.pi
    angles = t.float()[:, None] * speeds
    return torch.cat([angles.sin(), angles.cos()], dim=-1)
