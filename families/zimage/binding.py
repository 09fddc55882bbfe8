"""What the declaration cannot say: texts to the rows of a language model, and a tokenizer for the tiny variant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from .. import qwen_chat, tiny_tokenizers

__all__ = ["build_tokenizer", "cut_by_encode_text", "encode_text"]

PIPELINE = "ZImagePipeline"
"""What diffusers runs an export with; a role with random weights has no checkpoint that names it."""

GIVES_LEVELS = True
"""The pipeline tells its scheduler the levels 1, (n - 1)/n, ..., 1/n, as the grid of the process has them."""


def encode_text(role: Any, prompt: list[str]) -> dict[str, Tensor]:
    """The states that enter the encoder's last layer, `embeds` [b, L, D], zero past each prompt, and their mask [b, L].

    Python, since a chat that leaves room for thinking is written around the prompt, and texts become tokens here.
    """
    tokens = qwen_chat.tokens(role, prompt, thinking=True)
    mask = tokens.attention_mask.bool()
    rows = role.text_encoder.output(
        "",
        ("hidden_states", -2),
        input_ids=tokens.input_ids,
        attention_mask=mask,
        output_hidden_states=True,
    )
    return {"embeds": rows * mask.unsqueeze(-1).to(rows), "attend": mask.to(rows.device)}


def cut_by_encode_text(role: Any, prompt: list[str]) -> list[int]:
    """How many tokens of each prompt, with the chat around it, `encode_text` leaves out."""
    return qwen_chat.cut(role, prompt, thinking=True)


def build_tokenizer(config: Mapping[str, object]) -> Any:
    """For random weights."""
    return tiny_tokenizers.of_bytes({"chat_template": qwen_chat.CHAT, **config})
