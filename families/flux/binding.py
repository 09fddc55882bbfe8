"""What the declaration cannot say: texts to the encoders' rows, and tokenizers for the tiny variant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from .. import prompts, tiny_tokenizers

__all__ = ["build_tokenizer", "build_tokenizer_2", "cut_by_encode_text", "encode_text"]

PIPELINE = "FluxPipeline"
"""What diffusers runs an export with; a role with random weights has no checkpoint that names it."""

GIVES_LEVELS = True
"""The pipeline tells its scheduler the levels 1, (n - 1)/n, ..., 1/n, as the grid of the process has them."""


def encode_text(role: Any, prompt: list[str], guidance: float) -> dict[str, Tensor]:
    """The rows of T5 `embeds` [b, L, D], CLIP's pooled state [b, P], and `guidance` [b].

    Python, since texts become tokens here. As in diffusers' FluxPipeline neither encoder is given a mask: what stands behind
    a prompt is part of the input, and so is the length L.
    """
    ids = prompts.padded(role.tokenizer, prompt, prompts.CLIP_LENGTH).input_ids
    pooled = role.text_encoder.output("", ("pooler_output",), input_ids=ids)
    rows = prompts.padded(role.tokenizer_2, prompt, role.sizes["L"]).input_ids
    embeds = role.text_encoder_2(input_ids=rows)
    return {"embeds": embeds, "pooled": pooled, "guidance": torch.full((len(prompt),), float(guidance))}


def cut_by_encode_text(role: Any, prompt: list[str], guidance: float = 0.0) -> list[int]:
    """How many tokens of each prompt T5 does not see. CLIP, whose pooled state is one row, cuts at 77."""
    return prompts.left_out(role.tokenizer_2, prompt, role.sizes["L"])


def build_tokenizer(config: Mapping[str, object]) -> Any:
    """For random weights. Pipelines ask it how much CLIP reads."""
    return tiny_tokenizers.of_bytes({"model_max_length": prompts.CLIP_LENGTH, **config})


def build_tokenizer_2(config: Mapping[str, object]) -> Any:
    """The same for T5, of any length."""
    return tiny_tokenizers.of_bytes(config)
