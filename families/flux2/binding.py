"""What the declaration cannot say: texts to the rows of a language model, and a tokenizer for the tiny variant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from .. import qwen_chat, tiny_tokenizers

__all__ = ["build_tokenizer", "cut_by_encode_text", "encode_text"]

GIVES_LEVELS = True
"""The pipeline tells its scheduler the levels 1, (n - 1)/n, ..., 1/n, as the grid of the process has them."""

DEPTHS = (1, 2, 3)
"""Quarters of the encoder's layers behind which hidden states are read: 9, 18 and 27 of 36."""


def encode_text(role: Any, prompt: list[str]) -> dict[str, Tensor]:
    """Hidden states of three depths beside each other, `embeds` [b, L, D].

    Python, since a chat is written around the prompt and texts become tokens here. As in diffusers' Flux2KleinPipeline the
    encoder is told which tokens are padding, and the network is not.
    """
    tokens = qwen_chat.tokens(role, prompt, thinking=False)
    states = role.text_encoder.outputs(
        "",
        ("hidden_states",),
        input_ids=tokens.input_ids,
        attention_mask=tokens.attention_mask,
        output_hidden_states=True,
        use_cache=False,
    )
    layers = len(states) - 1
    return {"embeds": torch.cat([states[layers * k // 4] for k in DEPTHS], dim=-1)}


def cut_by_encode_text(role: Any, prompt: list[str]) -> list[int]:
    """How many tokens of each prompt, with the chat around it, `encode_text` leaves out."""
    return qwen_chat.cut(role, prompt, thinking=False)


def build_tokenizer(config: Mapping[str, object]) -> Any:
    """For random weights."""
    return tiny_tokenizers.of_bytes({"chat_template": qwen_chat.CHAT, **config})
