"""What the declaration cannot say: texts to the text encoder's rows, and a tokenizer for the tiny variant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from .. import tiny_tokenizers
from ..cosmos.padding import resize_without_torchvision
from ..cosmos.prompt_rows import cut, prompt_rows

PIPELINE = "Cosmos2TextToImagePipeline"
"""What diffusers runs an export with; a role with random weights has no checkpoint that names it."""

SCHEDULER: Mapping[str, object] = {
    "_class_name": "FlowMatchEulerDiscreteScheduler",
    "use_karras_sigmas": True,
}
"""What that pipeline samples with: the levels of the family's own grids."""

resize_without_torchvision()


def encode_text(role: Any, prompt: list[str]) -> dict[str, Tensor]:
    """Texts are tokenised, which no declaration says."""
    return {"embeds": prompt_rows(role, prompt)}


def cut_by_encode_text(role: Any, prompt: list[str]) -> list[int]:
    """How many tokens of each prompt are left out."""
    return cut(role, prompt)


def build_tokenizer(config: Mapping[str, object]) -> Any:
    """For random weights."""
    return tiny_tokenizers.of_bytes(config)
