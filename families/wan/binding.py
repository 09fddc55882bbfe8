"""What the declaration cannot say: text to the text encoder's rows, and a tokenizer for the tiny variant."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

import ftfy
from torch import Tensor

from .. import prompts, tiny_tokenizers
from .blocks import chains
from .original_names import ORIGINAL_NAMES

__all__ = ["ORIGINAL_NAMES", "build_tokenizer", "chains", "cut_by_encode_text", "encode_text"]

LENGTH = 512

PIPELINE = "WanPipeline"
"""What diffusers runs an export with; a role with random weights has no checkpoint that names it."""


def encode_text(role: Any, prompt: list[str]) -> dict[str, Tensor]:
    """Rows of the text encoder, `embeds` [b, 512, D], zero past each prompt's tokens.

    The network attends to all 512 rows, so what stands past a prompt matters: the encoder's own output there
    is not zero, and trimming or keeping it changes the prediction. As in diffusers' WanPipeline; longer
    prompts are cut.
    """
    return {"embeds": prompts.t5_rows(role, [clean(p) for p in prompt], LENGTH)}


def cut_by_encode_text(role: Any, prompt: list[str]) -> list[int]:
    """How many tokens of each prompt `encode_text` leaves out."""
    return prompts.left_out(role.tokenizer, [clean(p) for p in prompt], LENGTH)


def clean(text: str) -> str:
    """Mends broken encodings, resolves HTML entities (twice, as captions from the web need) and joins white
    space.
    """
    text = html.unescape(html.unescape(ftfy.fix_text(text)))
    return re.sub(r"\s+", " ", text).strip()


def build_tokenizer(config: Mapping[str, object]) -> Any:
    """For random weights."""
    return tiny_tokenizers.of_bytes(config)
