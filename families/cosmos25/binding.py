"""What the declaration cannot say: texts to the states of all layers, latents of given frames, and a tokenizer for the tiny
variants.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from .. import tiny_tokenizers
from ..cosmos.given_frames import given_frames, no_frames
from ..cosmos.padding import resize_without_torchvision

PIPELINE = "Cosmos2_5_PredictBasePipeline"
"""What diffusers runs an export with; a role with random weights has no checkpoint that names it."""

SCHEDULER: Mapping[str, object] = {
    "_class_name": "UniPCMultistepScheduler",
    "use_flow_sigmas": True,
    "use_karras_sigmas": True,
    "prediction_type": "flow_prediction",
    "flow_shift": 5.0,
    "sigma_max": 200.0,
    "sigma_min": 0.01,
}
"""What that pipeline samples with: the levels of the family's own grids."""

SYSTEM = "You are a helpful assistant who will provide prompts to an image generator."
"""What the text model is told before each prompt, to the letter."""

CHAT = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{% for part in m.content %}{{ part.text }}{% endfor %}<|im_end|>\n{% endfor %}"
)
"""How Qwen's tokenizer writes a conversation; a checkpoint's says it itself."""

resize_without_torchvision()


def encode_condition(role: Any, prompt: list[str], shown: Tensor) -> dict[str, Tensor]:
    """Text rows, and the latents of given frames with the mask of them."""
    return {"embeds": text_rows(role, prompt), **given_frames(role, shown)}


def encode_text(role: Any, prompt: list[str]) -> dict[str, Tensor]:
    """Text rows; no frame is given."""
    rows = text_rows(role, prompt)
    return {"embeds": rows, **no_frames(role, rows)}


def text_rows(role: Any, prompt: list[str]) -> Tensor:
    """The states of every layer behind the embedding, side by side, [b, L, layers * width].

    Each token's states of a layer have mean 0 and deviation 1, which no declaration says. Rows of the padding are read
    like others: the text model is given no mask.
    """
    rows = [
        role.tokenizer.module.apply_chat_template(
            [{"role": who, "content": [{"type": "text", "text": text}]} for who, text in said],
            tokenize=True,
            add_generation_prompt=False,
            max_length=role.sizes["L"],
            truncation=True,
            padding="max_length",
            return_dict=True,
        )["input_ids"]
        for said in ((("system", SYSTEM), ("user", p)) for p in prompt)
    ]
    states = role.text_encoder.outputs(
        "", ("hidden_states",), input_ids=torch.tensor(rows), output_hidden_states=True
    )
    return torch.cat([normal(s) for s in states[1:]], dim=-1)


def normal(states: Tensor) -> Tensor:
    """Of mean 0 and deviation 1 (n - 1 in its denominator) along the last dim."""
    deviation = states.std(dim=-1, keepdim=True) + 1e-8
    return (states - states.mean(dim=-1, keepdim=True)) / deviation


def cut_by_encode_condition(role: Any, prompt: list[str]) -> list[int]:
    """How many tokens of each prompt do not fit beside the template's."""
    return cut_by_encode_text(role, prompt)


def cut_by_encode_text(role: Any, prompt: list[str]) -> list[int]:
    """How many tokens of each prompt do not fit beside the template's."""
    room = role.sizes["L"]
    # No token is less than a byte, and the template takes fewer than 40 of a checkpoint's tokenizer.
    if all(len(p.encode()) + 40 < room for p in prompt):
        return [0] * len(prompt)
    plain = role.tokenizer.module([SYSTEM, *prompt], add_special_tokens=False, verbose=False).input_ids
    template = len(plain[0]) + 10
    return [max(0, len(ids) + template - room) for ids in plain[1:]]


def build_tokenizer(config: Mapping[str, object]) -> Any:
    """For random weights."""
    return tiny_tokenizers.of_bytes({"chat_template": CHAT, **config})
