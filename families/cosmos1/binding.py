"""What the declaration cannot say: texts to rows, latents of given frames, and a tokenizer for the tiny variants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from .. import tiny_tokenizers
from ..cosmos.given_frames import encode_condition
from ..cosmos.padding import resize_without_torchvision
from ..cosmos.prompt_rows import cut, prompt_rows

__all__ = [
    "build_tokenizer",
    "cut_by_encode_condition",
    "cut_by_encode_text",
    "encode_condition",
    "encode_text",
]

resize_without_torchvision()


def encode_text(role: Any, prompt: list[str]) -> dict[str, Tensor]:
    """Texts are tokenised, which no declaration says."""
    return {"embeds": prompt_rows(role, prompt)}


cut_by_encode_text = cut_by_encode_condition = cut


def build_tokenizer(config: Mapping[str, object]) -> Any:
    """For random weights."""
    return tiny_tokenizers.of_bytes(config)
