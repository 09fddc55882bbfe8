"""What the declaration cannot say: texts to the rows of two encoders, and tokenizers for the tiny variant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from .. import tiny_tokenizers
from ..hunyuan.prompt_rows import as_mask, left_out, prompt_rows

PIPELINE = "HunyuanVideo15Pipeline"
"""What diffusers runs an export with; a role with random weights has no checkpoint that names it."""

_GAP = " " * 9
SYSTEM = (
    "You are a helpful assistant. Describe the video by detailing the following aspects:"
    f"{_GAP}1. The main content and theme of the video."
    f"{_GAP}2. The color, shape, size, texture, quantity, text, and spatial relationships of the objects."
    f"{_GAP}3. Actions, events, behaviors temporal relationships, physical movement changes of the objects."
    f"{_GAP}4. background environment, light, style and atmosphere."
    f"{_GAP}5. camera angles, movements, and transitions used in the video."
)
"""What the text encoder is told before each prompt, to the letter; with Qwen 2.5's marks around it, 108 tokens."""

QUOTED = re.compile(r'"(.*?)"|“(.*?)”')
CHAT = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""How Qwen's tokenizer writes a conversation; a checkpoint's says it itself."""


def encode_text(role: Any, prompt: list[str], skipped: int) -> dict[str, Tensor]:
    """Qwen's rows and mask, and those of what stands in quotes, letter by letter.

    Tokens are counted by tokenizers, and the template's are left out, which no declaration says. Rows of prompts that
    quote nothing are zero, and none of them is attended.
    """
    length = role.sizes["L"] + skipped

    def tokenize(texts: list[str]) -> tuple[Tensor, Tensor]:
        said = [[{"role": "system", "content": SYSTEM}, {"role": "user", "content": t or " "}] for t in texts]
        tokens = role.tokenizer.module.apply_chat_template(
            said,
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            padding="max_length",
            max_length=length,
            truncation=True,
            return_tensors="pt",
        )
        return tokens["input_ids"], tokens["attention_mask"]

    rows, mask = prompt_rows(role.text_encoder, tokenize, prompt, skipped)
    letters, shown = _letters(role, prompt)
    return {"embeds": rows, "attend": as_mask(mask), "glyphs": letters, "attend_glyphs": as_mask(shown)}


def _letters(role: Any, prompt: list[str]) -> tuple[Tensor, Tensor]:
    """Rows [b, G, E] and mask [b, G] of what is quoted."""
    texts = [quoted(t) for t in prompt]
    tokens = role.tokenizer_2.module(
        [t or "" for t in texts],
        padding="max_length",
        max_length=role.sizes["G"],
        truncation=True,
        add_special_tokens=True,
        return_tensors="pt",
    )
    some = torch.tensor([t is not None for t in texts]).unsqueeze(1)
    rows = role.text_encoder_2(input_ids=tokens.input_ids, attention_mask=tokens.attention_mask.float())
    return rows * some.unsqueeze(2).to(rows), tokens.attention_mask * some


def quoted(text: str) -> str | None:
    """What a text has in double quotes, as the second encoder is told it; None where it quotes nothing."""
    found = list(dict.fromkeys(a or b for a, b in QUOTED.findall(text)))
    return "".join(f'Text "{t}". ' for t in found) if found else None


def cut_by_encode_text(role: Any, prompt: list[str]) -> list[int]:
    """How many tokens of each prompt Qwen's rows have no room for."""
    # No token is less than a byte, and a few end the template.
    if all(len(t.encode()) + 8 < role.sizes["L"] for t in prompt):
        return [0] * len(prompt)
    tokens = role.tokenizer.module(prompt, add_special_tokens=False, verbose=False).input_ids
    return left_out([len(ids) + 5 for ids in tokens], role.sizes["L"])


def build_tokenizer(config: Mapping[str, object]) -> Any:
    """For random weights."""
    return tiny_tokenizers.of_bytes({"chat_template": CHAT, **config})


build_tokenizer_2 = build_tokenizer
"""That of the letters has bytes as tokens in every size."""
