"""What the declaration cannot say: texts to the rows of three encoders, of which one may be absent, and tiny tokenizers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

from .. import prompts, tiny_tokenizers

__all__ = ["build_tokenizer", "build_tokenizer_2", "build_tokenizer_3", "cut_by_encode_text", "encode_text"]

PIPELINE = "StableDiffusion3Pipeline"
"""What diffusers runs an export with; a role with random weights has no checkpoint that names it."""


def encode_text(role: Any, prompt: list[str]) -> dict[str, Tensor]:
    """Text is tokenized by three tokenizers, and which encoders there are is known of a checkpoint alone.

    `embeds` [b, 77 + L, D] are the states before the last layer of both CLIP encoders side by side, widened with zeros, and
    below them the rows of T5, or zeros without it. `pooled` [b, P] is the projected text of both CLIP encoders. No mask:
    the padding is seen.
    """
    first, second = (
        prompts.clip_states(role.tokenizer, role.text_encoder, prompt),
        prompts.clip_states(role.tokenizer_2, role.text_encoder_2, prompt),
    )
    rows = torch.cat([first[0], second[0]], dim=-1)
    width, length = role.transformer.config.joint_attention_dim, role.sizes["L"]
    rows = pad(rows, (0, width - rows.shape[-1]))
    pooled = torch.cat([first[1], second[1]], dim=-1)
    if "text_encoder_3" not in role.components:
        return {"embeds": pad(rows, (0, 0, 0, length)), "pooled": pooled}
    ids = prompts.padded(role.tokenizer_3, prompt, length).input_ids
    return {"embeds": torch.cat([rows, role.text_encoder_3(input_ids=ids)], dim=1), "pooled": pooled}


def cut_by_encode_text(role: Any, prompt: list[str]) -> list[int]:
    """How many tokens of each prompt no encoder sees, which tokenizers do not say: the longest of them counts."""
    length, tokenizer = prompts.CLIP_LENGTH, role.tokenizer
    if "text_encoder_3" in role.components and role.sizes["L"] >= prompts.CLIP_LENGTH:
        length, tokenizer = role.sizes["L"], role.tokenizer_3
    return prompts.left_out(tokenizer, prompt, length)


def build_tokenizer(config: Mapping[str, object]) -> Any:
    """For random weights. It pads with the mark of a text's end."""
    return tiny_tokenizers.clip()


def build_tokenizer_2(config: Mapping[str, object]) -> Any:
    """For random weights. It pads with "!", which is a token like others."""
    return tiny_tokenizers.clip(pad="!")


def build_tokenizer_3(config: Mapping[str, object]) -> Any:
    """For random weights."""
    return tiny_tokenizers.t5()
