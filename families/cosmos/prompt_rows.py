"""Texts as Cosmos' T5 reads them, for the families that have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor


def prompt_rows(role: Any, prompt: list[str]) -> Tensor:
    """Rows of the text encoder [b, L, D], zero past each prompt's tokens; the network attends to all of them."""
    length = role.sizes["L"]
    tokens = role.tokenizer.module(
        prompt, padding="max_length", max_length=length, truncation=True, return_tensors="pt"
    )
    mask = tokens.attention_mask.bool()
    rows = role.text_encoder(input_ids=tokens.input_ids, attention_mask=mask)
    inside = torch.arange(length) < mask.sum(dim=1, keepdim=True)
    return rows * inside.to(rows.device, rows.dtype).unsqueeze(-1)


def cut(role: Any, prompt: list[str]) -> list[int]:
    """How many tokens of each prompt `prompt_rows` leaves out."""
    length = role.sizes["L"]
    # No token is less than a byte, so that short texts need no look.
    if all(len(p.encode()) < length for p in prompt):
        return [0] * len(prompt)
    tokens = role.tokenizer.module(prompt, add_special_tokens=True, verbose=False).input_ids
    return [max(0, len(ids) - length) for ids in tokens]


def bytes_as_tokens(config: Mapping[str, object]) -> Any:
    """A tokenizer for random weights, which needs no vocabulary file."""
    from transformers import ByT5Tokenizer

    return ByT5Tokenizer(extra_ids=0, **config)
