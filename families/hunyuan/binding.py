"""What the declaration cannot say: texts to the rows of two encoders, and tokenizers for the tiny variant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from .. import prompts, tiny_tokenizers
from .prompt_rows import as_mask, left_out, prompt_rows

PIPELINE = "HunyuanVideoPipeline"
"""What diffusers runs an export with; a role with random weights has no checkpoint that names it."""

BEFORE = (
    "<|start_header_id|>system<|end_header_id|>\n\nDescribe the video by detailing the following aspects: "
    "1. The main content and theme of the video."
    "2. The color, shape, size, texture, quantity, text, and spatial relationships of the objects."
    "3. Actions, events, behaviors temporal relationships, physical movement changes of the objects."
    "4. background environment, light, style and atmosphere."
    "5. camera angles, movements, and transitions used in the video:<|eot_id|>"
    "<|start_header_id|>user<|end_header_id|>\n\n"
)
AFTER = "<|eot_id|>"
"""The template that the network was trained with, to the letter; for Llama 3's tokenizer `BEFORE` is 95 tokens."""


def encode_text(role: Any, prompt: list[str], guidance: float, skipped: int) -> dict[str, Tensor]:
    """Llama's rows and mask, CLIP's pooled text, and the scale of guidance that the network is told.

    Tokens are counted by tokenizers, and the template's are left out, which no declaration says. `pooled` is of the final
    norm at the end of the text, and is not projected.
    """
    length = role.sizes["L"] + skipped

    def tokenize(texts: list[str]) -> tuple[Tensor, Tensor]:
        tokens = role.tokenizer.module(
            [f"{BEFORE}{t}{AFTER}" for t in texts],
            max_length=length,
            padding="max_length",
            truncation=True,
            return_tensors="pt",
            return_attention_mask=True,
        )
        return tokens.input_ids, tokens.attention_mask

    rows, mask = prompt_rows(role.text_encoder, tokenize, prompt, skipped)
    ids = prompts.padded(role.tokenizer_2, prompt, prompts.CLIP_LENGTH).input_ids
    return {
        "embeds": rows,
        "attend": as_mask(mask),
        "pooled": role.text_encoder_2.output("", ("pooler_output",), input_ids=ids),
        "guidance": torch.full((len(prompt),), float(guidance), device=rows.device),
    }


def cut_by_encode_text(role: Any, prompt: list[str]) -> list[int]:
    """How many tokens of each prompt Llama's rows have no room for."""
    # No token is less than a byte, so that short texts need no look.
    if all(len(t.encode()) < role.sizes["L"] for t in prompt):
        return [0] * len(prompt)
    tokens = role.tokenizer.module(prompt, add_special_tokens=False, verbose=False).input_ids
    return left_out([len(ids) + 1 for ids in tokens], role.sizes["L"])


def build_tokenizer(config: Mapping[str, object]) -> Any:
    """For random weights."""
    return tiny_tokenizers.of_bytes(config)


build_tokenizer_2 = build_tokenizer
"""CLIP's, likewise."""
