"""How many parameters a component has, and the bytes of its weights, by the headers of its files on this machine."""

from __future__ import annotations

import json
from math import prod
from pathlib import Path

from ...base.frozen import struct

STEMS = ("diffusion_pytorch_model", "model")
MOST = 100_000_000
"""Bytes of a header, as the format has it."""


@struct
class WeightSizes:
    parameters: int
    bytes: int


def weight_sizes(folder: Path) -> WeightSizes | None:
    """Of the weights in a component's folder; None where it has none that can be read."""
    for stem in STEMS:
        single, index = folder / f"{stem}.safetensors", folder / f"{stem}.safetensors.index.json"
        try:
            if single.is_file():
                return _sum([single])
            if index.is_file():
                shards = json.loads(index.read_text("utf-8"))["weight_map"].values()
                return _sum([folder / name for name in dict.fromkeys(shards)])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
    return None


def _sum(files: list[Path]) -> WeightSizes:
    parameters = size = 0
    for path in files:
        with path.open("rb") as f:
            length = int.from_bytes(f.read(8), "little")
            if length > MOST:
                raise ValueError("no header")
            header = json.loads(f.read(length))
        for name, entry in header.items():
            if name != "__metadata__":
                parameters += prod(entry["shape"])
                first, last = entry["data_offsets"]
                size += last - first
    return WeightSizes(parameters, size)
