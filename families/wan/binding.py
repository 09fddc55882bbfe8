"""What the declaration cannot say: text to the text encoder's rows, and a tokenizer for the tiny variant."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

import ftfy
import torch
from torch import Tensor

from .. import tiny_tokenizers
from .blocks import chains
from .original_names import ORIGINAL_NAMES

__all__ = ["ORIGINAL_NAMES", "build_tokenizer", "chains", "cut_by_encode_text", "encode_text"]

LENGTH = 512
_MARKS = 2
"""Tokens that stand for no text: a space before it, the end."""

PIPELINE = "WanPipeline"
"""What diffusers runs an export with; a role with random weights has no checkpoint that names it."""


def encode_text(role: Any, prompt: list[str]) -> dict[str, Tensor]:
    """Rows of the text encoder, `embeds` [b, 512, D], zero past each prompt's tokens.

    The network attends to all 512 rows, so what stands past a prompt matters: the encoder's own output there
    is not zero, and trimming or keeping it changes the prediction. As in diffusers' WanPipeline; longer
    prompts are cut.
    """
    tokens = role.tokenizer.module(
        [clean(p) for p in prompt],
        padding="max_length",
        max_length=LENGTH,
        truncation=True,
        add_special_tokens=True,
        return_attention_mask=True,
        return_tensors="pt",
    )
    mask = tokens.attention_mask
    rows = role.text_encoder(input_ids=tokens.input_ids, attention_mask=mask)
    inside = torch.arange(LENGTH) < mask.sum(dim=1, keepdim=True)
    return {"embeds": rows * inside.to(rows.device, rows.dtype).unsqueeze(-1)}


def cut_by_encode_text(role: Any, prompt: list[str]) -> list[int]:
    """How many tokens of each prompt `encode_text` leaves out."""
    whole = [clean(p) for p in prompt]
    # No token is less than a byte, so that short ones need no look.
    long = [n for n, text in enumerate(whole) if len(text.encode()) > LENGTH - _MARKS]
    cut = [0] * len(prompt)
    if long:
        tokens = role.tokenizer.module(
            [whole[n] for n in long], add_special_tokens=True, verbose=False
        ).input_ids
        for n, ids in zip(long, tokens, strict=True):
            cut[n] = max(0, len(ids) - LENGTH)
    return cut


def clean(text: str) -> str:
    """Mends broken encodings, resolves HTML entities (twice, as captions from the web need) and joins white
    space.
    """
    text = html.unescape(html.unescape(ftfy.fix_text(text)))
    return re.sub(r"\s+", " ", text).strip()


def build_tokenizer(config: Mapping[str, object]) -> Any:
    """For random weights."""
    return tiny_tokenizers.of_bytes(config)
