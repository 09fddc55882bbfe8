"""What the declaration cannot say: texts to the rows of two encoders, what stands for no text, tiny tokenizers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from .. import prompts, tiny_tokenizers

__all__ = ["build_tokenizer", "build_tokenizer_2", "cut_by_encode_text", "encode_text", "frame", "no_text"]

PIPELINE = "StableDiffusionXLPipeline"
"""What diffusers runs an export with; a role with random weights has no checkpoint that names it."""


def encode_text(role: Any, prompt: list[str]) -> dict[str, Tensor]:
    """Text is tokenized by two tokenizers, which pad differently, and each encoder gives the states before its last layer.

    `embeds` [b, 77, D] are those of both side by side, without a final norm; `pooled` [b, P] is the second one's projected
    text. No mask: the padding is seen.
    """
    first, _ = prompts.clip_states(role.tokenizer, role.text_encoder, prompt)
    second, pooled = prompts.clip_states(role.tokenizer_2, role.text_encoder_2, prompt)
    return {"embeds": torch.cat([first, second], dim=-1), "pooled": pooled}


def no_text(role: Any, prompt: list[str]) -> dict[str, Tensor]:
    """No text is zeros, which no encoder makes; the texts say only how many."""
    width = role.text_encoder.config.hidden_size + role.text_encoder_2.config.hidden_size
    zeros = torch.zeros(len(prompt), prompts.CLIP_LENGTH, width, device=role.text_encoder_2.device)
    return {"embeds": zeros, "pooled": zeros[:, 0, : role.text_encoder_2.config.projection_dim]}


def frame(role: Any, c: Mapping[str, Tensor], size: Tensor, crop: Tensor) -> dict[str, Tensor]:
    """Words, and beside them what is said of the picture: two numbers of each sample for its size, and two for its cut."""
    return {**c, "size": size, "crop": crop}


def cut_by_encode_text(role: Any, prompt: list[str]) -> list[int]:
    """How many tokens of each prompt `encode_text` leaves out, which tokenizers do not say."""
    return prompts.left_out(role.tokenizer, prompt, prompts.CLIP_LENGTH)


def build_tokenizer(config: Mapping[str, object]) -> Any:
    """For random weights. It pads with the mark of a text's end."""
    return tiny_tokenizers.clip()


def build_tokenizer_2(config: Mapping[str, object]) -> Any:
    """For random weights. It pads with "!", which is a token like others."""
    return tiny_tokenizers.clip(pad="!")
