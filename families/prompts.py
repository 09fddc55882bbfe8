"""Prompts as tokens, and what text encoders of several families make of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

CLIP_LENGTH = 77
"""Tokens that CLIP reads."""
MARKS = 2
"""The most tokens that tokenizers put around a text: its start, its end."""


def padded(tokenizer: Any, texts: Sequence[str], length: int) -> Any:
    """Token ids and mask [b, length] of texts, cut and padded as the tokenizer does it."""
    return tokenizer.module(
        list(texts), padding="max_length", max_length=length, truncation=True, return_tensors="pt"
    )


def left_out(tokenizer: Any, texts: Sequence[str], length: int) -> list[int]:
    """How many tokens of each text `padded` leaves out, which tokenizers do not say."""
    # No token is less than a byte, so that short texts need no look.
    long = [n for n, text in enumerate(texts) if len(text.encode()) + MARKS > length]
    found = [0] * len(texts)
    if long:
        ids = tokenizer.module([texts[n] for n in long], verbose=False).input_ids
        for n, row in zip(long, ids, strict=True):
            found[n] = max(0, len(row) - length)
    return found


def t5_rows(role: Any, texts: Sequence[str], length: int) -> Tensor:
    """Rows of a role's T5 [b, length, D], zero past each text's tokens.

    Networks attend to all of them: the encoder's own rows of the padding are not zero, and trimming or keeping them is
    another input.
    """
    tokens = padded(role.tokenizer, texts, length)
    mask = tokens.attention_mask
    rows: Tensor = role.text_encoder(input_ids=tokens.input_ids, attention_mask=mask)
    inside = torch.arange(length) < mask.sum(dim=1, keepdim=True)
    return rows * inside.to(rows.device, rows.dtype).unsqueeze(-1)


def clip_states(tokenizer: Any, encoder: Any, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
    """The states before the last layer of a CLIP encoder [b, 77, d], without a final norm, and the first of what it returns:
    the projected text [b, p] where its class projects it. No mask: the padding is seen."""
    ids = padded(tokenizer, texts, CLIP_LENGTH).input_ids
    made = encoder.module(ids.to(encoder.device), output_hidden_states=True)
    return made.hidden_states[-2].float(), made[0].float()
