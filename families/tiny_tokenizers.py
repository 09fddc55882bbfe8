"""Tokenizers for random weights, of libraries' own classes: every byte is a token, which needs no vocabulary file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CLIP_TOKENS = 514
"""Every byte, every byte that ends a word, and the marks of a text's start and end."""
T5_TOKENS = 100
"""The marks of padding, end and what is unknown, the space before a word, and printable characters of ASCII."""


def of_bytes(config: Mapping[str, object]) -> Any:
    """A `ByT5Tokenizer`: every byte is a token, behind three marks, and texts end in `</s>`."""
    from transformers import ByT5Tokenizer

    return ByT5Tokenizer(extra_ids=0, **config)


def clip(pad: str = "<|endoftext|>") -> Any:
    """A `CLIPTokenizer` of 77 places whose rest is filled with `pad`."""
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import CLIPTokenizer

    letters = sorted(ByteLevel.alphabet())
    pieces = [*letters, *(f"{x}</w>" for x in letters), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {piece: k for k, piece in enumerate(pieces)}
    return CLIPTokenizer(vocabulary, [], pad_token=pad, model_max_length=77)


def t5(length: int = 512) -> Any:
    """A `T5TokenizerFast`, whose texts end in `</s>`."""
    from transformers import T5TokenizerFast

    letters = [chr(k) for k in range(33, 127)]
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -1.0), *((x, -2.0) for x in letters)]
    return T5TokenizerFast(pieces, extra_ids=0, model_max_length=length)
