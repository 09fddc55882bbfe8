"""One sample's tensor in a file of its own: an `.npy`, or an entry of a `.safetensors`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor

from ....base.media import MediaError
from ..file_fields import Values


def read_values(path: Path, name: str, wanted: Values) -> Tensor:
    """The tensor of `wanted.dims`: float32 for floats, int64 for `i64`, bool for `mask`. In a safetensors file it is the
    entry `name`, or the only one. Raises MediaError for a file that holds something else."""
    found = _read(path, name)
    kind = (
        "mask"
        if found.dtype == torch.bool
        else "f32"
        if found.is_floating_point()
        else "i64"
        if not found.is_complex()
        else str(found.dtype)
    )
    fits = {"mask": ("mask", "i64"), "i64": ("i64",)}.get(wanted.dtype, ("f32",))
    if kind not in fits or tuple(found.shape) != wanted.dims:
        dims = ", ".join(map(str, found.shape))
        asked = f"{wanted.dtype}[{', '.join(map(str, wanted.dims))}]"
        raise MediaError(
            path, f"holds {str(found.dtype).removeprefix('torch.')}[{dims}], and {asked} is wanted"
        )
    return found.to({"mask": torch.bool, "i64": torch.int64}.get(wanted.dtype, torch.float32))


def holds(path: Path, name: str) -> bool:
    """Whether a safetensors file has an entry of this name; a damaged file is told when it is read."""
    try:
        with safe_open(path, framework="pt") as file:
            return name in file.keys()  # noqa: SIM118, no mapping
    except Exception:  # damaged files raise anything
        return True


def _read(path: Path, name: str) -> Tensor:
    try:
        if path.suffix.lower() == ".npy":
            return torch.from_numpy(np.load(path, allow_pickle=False))
        with safe_open(path, framework="pt") as file:
            names = list(file.keys())
            if name not in names and len(names) != 1:
                raise MediaError(path, f"holds {', '.join(names) or 'nothing'}, and no `{name}`")
            found: Tensor = file.get_tensor(name if name in names else names[0])
            return found
    except MediaError:
        raise
    except Exception as error:  # damaged files raise anything from OSError to TypeError
        raise MediaError(path, f"cannot be read ({error})") from error
