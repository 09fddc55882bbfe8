"""What the declaration cannot say: latents of given frames, texts to rows, and a tokenizer for the tiny variant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..cosmos.given_frames import encode_condition
from ..cosmos.padding import resize_without_torchvision
from ..cosmos.prompt_rows import bytes_as_tokens, cut

__all__ = ["build_tokenizer", "cut_by_encode_condition", "encode_condition"]

PIPELINE = "CosmosVideoToWorldPipeline"
"""What diffusers runs an export with; a role with random weights has no checkpoint that names it."""

resize_without_torchvision()


def cut_by_encode_condition(role: Any, prompt: list[str]) -> list[int]:
    """How many tokens of each prompt are left out."""
    return cut(role, prompt)


def build_tokenizer(config: Mapping[str, object]) -> Any:
    """For random weights."""
    return bytes_as_tokens(config)
