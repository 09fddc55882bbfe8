"""Texts as Cosmos' T5 reads them, for the families that have it."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from .. import prompts


def prompt_rows(role: Any, prompt: list[str]) -> Tensor:
    """Rows of the text encoder [b, L, D], zero past each prompt's tokens; the network attends to all of them."""
    return prompts.t5_rows(role, prompt, role.sizes["L"])


def cut(role: Any, prompt: list[str]) -> list[int]:
    """How many tokens of each prompt `prompt_rows` leaves out."""
    return prompts.left_out(role.tokenizer, prompt, role.sizes["L"])
