"""Rows of a prompt inside of a template: what a text encoder says of the prompt alone, with the template's rows left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from ...compiler.runtime.base.errors import RunError

Tokenize = Callable[[list[str]], tuple[Tensor, Tensor]]
"""Prompts to token ids and mask, both [b, n], the template's tokens included."""

TAP = -3
"""Which hidden states HunyuanVideo's networks read: those that enter the last layer but one."""


def prompt_rows(
    encoder: Any, tokenize: Tokenize, prompt: list[str], skipped: int, tap: int = TAP
) -> tuple[Tensor, Tensor]:
    """Hidden states `tap` [b, n - skipped, D] and mask [b, n - skipped] of prompts.

    Raises RunError where the template does not take exactly `skipped` tokens, so that rows of it would be read as the
    prompt's or the reverse, and where padding does not stand behind the text: networks count the tokens of a mask and take
    as many rows from the left.
    """
    ids, mask = tokenize(prompt)
    if bool((mask[:, 1:] > mask[:, :-1]).any()):
        raise RunError(
            "config-mismatch",
            "the tokenizer pads before the text, and the network reads as many rows from the left as there are tokens",
            help='the tokenizer\'s `padding_side` is "right"',
        )
    found = template_length(tokenize)
    if found != skipped:
        length = f"{found} tokens long" if found < ids.shape[1] else f"{found} tokens long or more"
        raise RunError(
            "config-mismatch",
            f"the template of a prompt is {length} for this tokenizer, and the family skips {skipped}",
            help="the checkpoint's tokenizer is not the one that its text encoder was trained with",
        )
    rows = encoder.output(
        "", ("hidden_states", tap), input_ids=ids, attention_mask=mask, output_hidden_states=True
    )
    return rows[:, skipped:], mask[:, skipped:].to(rows.device)


def template_length(tokenize: Tokenize) -> int:
    """How many tokens stand before the prompt: where the tokens of two prompts begin to differ, or all that there is room
    for.
    """
    ids, _ = tokenize(["A", "B"])
    differs = ids[0] != ids[1]
    return int(differs.int().argmax()) if bool(differs.any()) else ids.shape[1]


def left_out(lengths: Sequence[int], room: int) -> list[int]:
    """How many tokens of each text do not fit."""
    return [max(0, n - room) for n in lengths]


def as_mask(mask: Tensor) -> Tensor:
    return mask.to(torch.bool)
