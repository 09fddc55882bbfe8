"""What the declaration cannot say: texts to the rows of a language model, and a tokenizer for the tiny variant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from .. import tiny_tokenizers
from ..hunyuan.prompt_rows import as_mask, left_out, prompt_rows

PIPELINE = "QwenImagePipeline"
"""What diffusers runs an export with; a role with random weights has no checkpoint that names it."""

GIVES_LEVELS = True
"""The pipeline tells its scheduler the levels 1, (n - 1)/n, ..., 1/n, as the grid of the process has them."""

BEFORE = (
    "<|im_start|>system\nDescribe the image by detailing the color, shape, size, texture, quantity, text, spatial "
    "relationships of the objects and background:<|im_end|>\n<|im_start|>user\n"
)
BEHIND = "<|im_end|>\n<|im_start|>assistant\n"
"""What the text encoder is told around each prompt, to the letter; with Qwen 2.5's marks 34 tokens stand before it."""


def encode_text(role: Any, prompt: list[str], skipped: int) -> dict[str, Tensor]:
    """The text encoder's last states [b, L, D], behind its final norm, zero past each prompt, and their mask [b, L].

    Python, since a template is written around the prompt, and left out again by the count of its tokens.
    """

    def tokenize(texts: list[str]) -> tuple[Tensor, Tensor]:
        length, tokenizer = role.sizes["L"] + skipped, role.tokenizer.module
        ids = tokenizer([f"{BEFORE}{t}{BEHIND}" for t in texts], verbose=False).input_ids
        # cut as the pipeline cuts rows: what a tokenizer puts at an end is not moved up
        tokens = tokenizer.pad(
            {"input_ids": [i[:length] for i in ids]},
            padding="max_length",
            max_length=length,
            return_tensors="pt",
        )
        return tokens.input_ids, tokens.attention_mask

    rows, mask = prompt_rows(role.text_encoder, tokenize, prompt, skipped, tap=-1)
    return {"embeds": rows * mask.unsqueeze(-1).to(rows), "attend": as_mask(mask)}


def cut_by_encode_text(role: Any, prompt: list[str], skipped: int = 0) -> list[int]:
    """How many tokens of each prompt, with what stands behind it, `encode_text` leaves out."""
    tokens = role.tokenizer.module([f"{t}{BEHIND}" for t in prompt], verbose=False).input_ids
    return left_out([len(ids) for ids in tokens], role.sizes["L"])


def build_tokenizer(config: Mapping[str, object]) -> Any:
    """For random weights."""
    return tiny_tokenizers.of_bytes(config)
