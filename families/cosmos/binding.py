"""What the declaration cannot say: latents of given frames, texts to rows, and a tokenizer for the tiny variant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import tiny_tokenizers
from .given_frames import encode_condition
from .padding import resize_without_torchvision
from .prompt_rows import cut

__all__ = ["build_tokenizer", "cut_by_encode_condition", "encode_condition"]

PIPELINE = "Cosmos2VideoToWorldPipeline"
"""What diffusers runs an export with; a role with random weights has no checkpoint that names it."""

SCHEDULER: Mapping[str, object] = {
    "_class_name": "FlowMatchEulerDiscreteScheduler",
    "use_karras_sigmas": True,
}
"""What that pipeline samples with: the levels of the family's own grids."""

resize_without_torchvision()


def cut_by_encode_condition(role: Any, prompt: list[str]) -> list[int]:
    """How many tokens of each prompt are left out."""
    return cut(role, prompt)


def build_tokenizer(config: Mapping[str, object]) -> Any:
    """For random weights."""
    return tiny_tokenizers.of_bytes(config)
