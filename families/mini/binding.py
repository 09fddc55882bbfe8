"""What `mini.fdl` cannot say in FDL: an exactly invertible codec, a tokenizer that needs no file, and text to a record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor

LENGTH = 40
PAD, END, FIRST_BYTE = 0, 1, 3


class SpaceToDepth(ModelMixin, ConfigMixin):
    """A codec without weights: each `block` x `block` square of pixels becomes 3 * block**2 channels, and back."""

    config_name = "config.json"

    @register_to_config
    def __init__(self, block: int = 2, latents_mean: float = 0.0, latents_std: float = 1.0) -> None:
        super().__init__()

    def encode(self, x: Tensor) -> Tensor:
        """Pixels [b, 3, F, H, W] to [b, 3*block**2, F, H/block, W/block]."""
        n = self.config.block
        b, c, f, h, w = x.shape
        parts = x.reshape(b, c, f, h // n, n, w // n, n).permute(0, 1, 4, 6, 2, 3, 5)
        return parts.reshape(b, c * n * n, f, h // n, w // n)

    def decode(self, z: Tensor) -> Tensor:
        """The inverse of `encode`."""
        n = self.config.block
        b, c, f, h, w = z.shape
        parts = z.reshape(b, c // (n * n), n, n, f, h, w).permute(0, 1, 4, 5, 2, 6, 3)
        return parts.reshape(b, c // (n * n), f, h * n, w * n)


class ByteTokenizer:
    """UTF-8 bytes as tokens (offset by 3), an end mark, and padding, to a fixed length; longer texts are cut."""

    def __call__(self, texts: list[str]) -> tuple[Tensor, Tensor]:
        """Token ids and mask, both int64 [b, 40]."""
        ids = torch.full((len(texts), LENGTH), PAD)
        for row, text in zip(ids, texts):
            tokens = [FIRST_BYTE + byte for byte in text.encode()[: LENGTH - 1]] + [END]
            row[: len(tokens)] = torch.tensor(tokens)
        return ids, (ids != PAD).long()

    def save_pretrained(self, folder: str, **_: Any) -> None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "ByteTokenizer"}))

    @classmethod
    def from_pretrained(cls, folder: str, **_: Any) -> ByteTokenizer:
        if not (Path(folder) / "tokenizer_config.json").is_file():
            raise OSError(f"{folder} holds no tokenizer_config.json")
        return cls()


def encode_text(role: Any, prompt: list[str]) -> dict[str, Tensor]:
    """The record `text`: embeddings [b, 40, 64], zero past the end of each prompt."""
    ids, mask = role.tokenizer(prompt)
    embeds = role.text_encoder(input_ids=ids, attention_mask=mask)
    return {"embeds": embeds * mask[..., None].to(embeds)}
