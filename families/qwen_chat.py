"""Prompts as Qwen 3 is asked about them: the one message of a user, and the start of an answer."""

from __future__ import annotations

from typing import Any

from ..compiler.runtime.base.errors import RunError

CHAT = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)
"""How Qwen 3's tokenizer writes a conversation; a checkpoint's says it itself."""


def tokens(role: Any, prompt: list[str], thinking: bool) -> Any:
    """Token ids and mask [b, L] of prompts with the chat around them, padded behind and cut; `thinking` leaves room for
    thoughts, and without it they are there, and empty.
    """
    said = _said(role, prompt, thinking)
    return role.tokenizer.module(
        said, padding="max_length", truncation=True, max_length=role.sizes["L"], return_tensors="pt"
    )


def cut(role: Any, prompt: list[str], thinking: bool) -> list[int]:
    """How many tokens of each prompt, with the chat around it, `tokens` leaves out."""
    ids = role.tokenizer.module(_said(role, prompt, thinking), verbose=False).input_ids
    return [max(0, len(row) - role.sizes["L"]) for row in ids]


def _said(role: Any, prompt: list[str], thinking: bool) -> list[str]:
    """Raises RunError where the tokenizer does not say how it writes a chat."""
    if role.tokenizer.module.chat_template is None:
        raise RunError(
            "config-mismatch",
            f"the tokenizer of `{role.name}` has no chat template, and the text encoder reads prompts inside of one",
            help="the template is `chat_template.jinja` in the checkpoint's `tokenizer`, or in its `tokenizer_config.json`",
        )
    return [
        role.tokenizer.module.apply_chat_template(
            [{"role": "user", "content": text}],
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=thinking,
        )
        for text in prompt
    ]
