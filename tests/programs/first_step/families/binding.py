"""The networks of small families: one convolution wide, and every input of a denoiser that a method may use reaches
the result, so that a gradient which is lost on its way shows."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from fdc.families.mini.binding import SpaceToDepth

__all__ = ["Network", "SpaceToDepth", "TokenJudge", "Tower", "encode_text"]

LENGTH, WIDTH = 8, 16


def encode_text(role: Any, prompt: list[str]) -> dict[str, Tensor]:
    """The record `text`: one cosine a byte of the prompt, [b, 8, 16]; zero past its end."""
    rows = []
    for text in prompt:
        codes = torch.zeros(LENGTH)
        known = torch.tensor([float(byte) for byte in text.encode()[:LENGTH]])
        codes[: len(known)] = known
        rows.append(torch.cos(codes[:, None] * torch.arange(1, WIDTH + 1)) * (codes > 0)[:, None])
    return {"embeds": torch.stack(rows)}


class Network(ModelMixin, ConfigMixin):
    """A denoiser: latents [b, c, t, h, w]; one or two times, [b] or [b, t]; text [b, n, d]; perhaps past latents."""

    @register_to_config
    def __init__(
        self, channels: int = 12, width: int = 16, past: bool = False, two_times: bool = False
    ) -> None:
        super().__init__()
        self.inner = nn.Conv3d(channels, width, 3, padding=1)
        self.before = nn.Conv3d(channels, width, 3, padding=1) if past else None
        self.time = nn.Linear(2, width)
        self.until = nn.Linear(2, width) if two_times else None
        self.text = nn.Linear(WIDTH, width)
        self.outer = nn.Conv3d(width, channels, 3, padding=1)

    def hidden(
        self, x: Tensor, t: Tensor, c: Tensor, r: Tensor | None = None, past: Tensor | None = None
    ) -> Tensor:
        """[b, width, t, h, w]"""
        h = self.inner(x) + self.text(c.to(x).mean(1))[:, :, None, None, None] + _of_time(self.time, t, x)
        if self.until is not None and r is not None:
            h = h + _of_time(self.until, r, x)
        if self.before is not None and past is not None:
            h = h + self.before(past)
        return torch.tanh(h)

    def forward(
        self, x: Tensor, t: Tensor, c: Tensor, r: Tensor | None = None, past: Tensor | None = None
    ) -> Tensor:
        """[b, c, t, h, w]"""
        return self.outer(self.hidden(x, t, c, r, past))


def _of_time(layer: nn.Linear, t: Tensor, x: Tensor) -> Tensor:
    """Of ticks [b] or [b, t], spread over the latents."""
    level = t.to(x) / 1000
    found = layer(torch.stack((level, level.square()), -1))
    return found[:, :, None, None, None] if t.dim() == 1 else found.transpose(1, 2)[..., None, None]


class Tower(Network):
    """A denoiser of which the hidden values are features."""

    def features(self, x: Tensor, t: Tensor, c: Tensor) -> list[Tensor]:
        """[b, t*h*w, width] twice."""
        h = self.hidden(x, t, c)
        return [h.flatten(2).transpose(1, 2), h.square().flatten(2).transpose(1, 2)]


class TokenJudge(ModelMixin, ConfigMixin):
    """A head: features [b, n, width] to one logit a sample, [b]."""

    @register_to_config
    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.inner = nn.Linear(width, width)
        self.outer = nn.Linear(width, 1)

    def forward(self, h: Tensor) -> Tensor:
        return self.outer(torch.tanh(self.inner(h)).mean(1))[:, 0]
