"""What the declaration cannot say is what that of HunyuanVideo 1.5 cannot: texts to rows, tokenizers of the tiny variant."""

from __future__ import annotations

from ..hunyuan15.binding import (
    PIPELINE,
    build_tokenizer,
    build_tokenizer_2,
    cut_by_encode_text,
    encode_text,
)

__all__ = ["PIPELINE", "build_tokenizer", "build_tokenizer_2", "cut_by_encode_text", "encode_text"]
