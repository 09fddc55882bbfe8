"""Files of adapters on this machine, by their headers: whose layers they adapt, and of which rank they are."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ...base import limits
from ...base.frozen import struct
from ..config_files import BadConfig, Reader, whole
from .adapter_keys import Names, parts_by_layer
from .layer_lists import Network

FILES = ("pytorch_lora_weights.safetensors", "adapter_model.safetensors")
"""What diffusers and peft call them, in this order."""


@struct
class Misfit:
    """Why a file is none of this network's. `rank` is what the program's should be, where that is all."""

    message: str
    help: str
    rank: int | None = None


def local_file(text: str, bases: Sequence[Path]) -> Path | None:
    """The adapter's file that a path means: itself, or the one of a known name in a folder. None where it is not clear, or
    not here."""
    if len(text) > limits.PATH_CHARACTERS or "\0" in text:
        return None
    for base in bases:
        try:
            path = base / Path(text).expanduser()
        except RuntimeError:  # `~` of nobody
            continue
        if os.path.isdir(path):
            return next((path / name for name in FILES if os.path.isfile(path / name)), None)
        if os.path.isfile(path):
            return path
    return None


def misfits(
    path: Path, shown: str, names: Names, network: Network, cls: str, rank: int | None, read: Reader
) -> Iterator[Misfit]:
    """What a run would refuse of an adapter before its first step. `rank` is the program's, of LoRA that goes on from it."""
    try:
        header = read.header(path).values
    except (BadConfig, OSError) as e:
        yield Misfit(f"{shown} {e}", "an adapter is a .safetensors file")
        return
    keys = [k for k in header if k != "__metadata__"]
    layers = sorted({n.rpartition(".")[0] for n in network.weights if n.endswith(".weight")})
    found, strange = parts_by_layer(keys, names, layers)
    if strange or not found:
        more = f" and {len(strange) - 3} more" if len(strange) > 3 else ""
        held = f"{', '.join(strange[:3])}{more}" if strange else "nothing"
        yield Misfit(
            f"{shown} holds {held}, which is no adapter of a layer of `{cls}`",
            "the adapter is of another network, or of a kind that is not read: LoRA and LoKr are",
        )
        return
    for layer, parts in found.items():
        there = _rank(header.get(parts["lora_A"])) if "lora_A" in parts else None
        if rank is not None and there is not None and there != rank:
            yield Misfit(
                f"`{layer}` has an adapter of rank {there} in {shown}", f"write `rank = {there}`", there
            )
            return


def _rank(entry: object) -> int | None:
    shape = entry.get("shape") if isinstance(entry, Mapping) else None
    return whole(shape[0]) if isinstance(shape, list) and shape else None
