"""What the declaration cannot say: texts to the rows of a language model, and a tokenizer for the tiny variant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

__all__ = ["build_tokenizer", "cut_by_encode_text", "encode_text"]

PIPELINE = "ZImagePipeline"
"""What diffusers runs an export with; a role with random weights has no checkpoint that names it."""

GIVES_LEVELS = True
"""The pipeline tells its scheduler the levels 1, (n - 1)/n, ..., 1/n, as the grid of the process has them."""

CHAT = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)
"""How Qwen 3's tokenizer writes a conversation; a checkpoint's says it itself."""


def encode_text(role: Any, prompt: list[str]) -> dict[str, Tensor]:
    """The states that enter the encoder's last layer, `embeds` [b, L, D], zero past each prompt, and their mask [b, L].

    Python, since a chat that leaves room for thinking is written around the prompt, and texts become tokens here.
    """
    tokens = _tokenized(role, prompt, padding="max_length", truncation=True, max_length=role.sizes["L"])
    mask = tokens.attention_mask.bool()
    rows = role.text_encoder.output(
        "",
        ("hidden_states", -2),
        input_ids=tokens.input_ids,
        attention_mask=mask,
        output_hidden_states=True,
    )
    return {"embeds": rows * mask.unsqueeze(-1).to(rows), "attend": mask.to(rows.device)}


def _tokenized(role: Any, prompt: list[str], **more: Any) -> Any:
    said = [
        role.tokenizer.module.apply_chat_template(
            [{"role": "user", "content": text}],
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=True,
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
