"""What the declaration cannot say: texts to the rows of a language model, and a tokenizer for the tiny variant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

__all__ = ["build_tokenizer", "cut_by_encode_text", "encode_text"]

PIPELINE = "Flux2KleinPipeline"
"""What diffusers runs an export with; a role with random weights has no checkpoint that names it."""

GIVES_LEVELS = True
"""The pipeline tells its scheduler the levels 1, (n - 1)/n, ..., 1/n, as the grid of the process has them."""

CHAT = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)
"""How Qwen 3's tokenizer writes a conversation; a checkpoint's says it itself."""

DEPTHS = (1, 2, 3)
"""Quarters of the encoder's layers behind which hidden states are read: 9, 18 and 27 of 36."""


def encode_text(role: Any, prompt: list[str]) -> dict[str, Tensor]:
    """Hidden states of three depths beside each other, `embeds` [b, L, D].

    Python, since a chat is written around the prompt and texts become tokens here. As in diffusers' Flux2KleinPipeline the
    encoder is told which tokens are padding, and the network is not.
    """
    tokens = _tokenized(role, prompt, padding="max_length", truncation=True, max_length=role.sizes["L"])
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


def _tokenized(role: Any, prompt: list[str], **more: Any) -> Any:
    said = [
        role.tokenizer.module.apply_chat_template(
            [{"role": "user", "content": text}],
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=False,
        )
        for text in prompt
    ]
    return role.tokenizer.module(said, return_tensors="pt" if more else None, **more)


def cut_by_encode_text(role: Any, prompt: list[str]) -> list[int]:
    """How many tokens of each prompt, with the chat around it, `encode_text` leaves out."""
    return [max(0, len(ids) - role.sizes["L"]) for ids in _tokenized(role, prompt).input_ids]


def build_tokenizer(config: Mapping[str, object]) -> Any:
    """For random weights: bytes as tokens (259 of them), which needs no vocabulary file."""
    from transformers import ByT5Tokenizer

    return ByT5Tokenizer(extra_ids=0, chat_template=CHAT, **config)
