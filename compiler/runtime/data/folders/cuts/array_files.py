"""One sample's tensor in a file of its own: an `.npy`, or an entry of a `.safetensors`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor

from ....base.media.clips_and_images import MediaError
from ..file_fields import Values


def read_values(path: Path, name: str, wanted: Values) -> Tensor:
    """The tensor of `wanted.dims`: float32 for floats, int64 for `i64`, bool for `mask`. In a safetensors file it is the
    entry `name`, or the only one. Raises MediaError for a file that holds something else."""
    found = _read(path, name)
    problem = _misfit(found.dtype, tuple(found.shape), wanted)
    if problem:
        raise MediaError(path, problem)
    return found.to({"mask": torch.bool, "i64": torch.int64}.get(wanted.dtype, torch.float32))


def values_problem(path: Path, name: str, wanted: Values) -> str:
    """Why a file does not hold what is wanted, as far as its header tells."""
    try:
        dtype, dims = _header(path, name)
    except MediaError as error:
        return error.reason
    return _misfit(dtype, dims, wanted)


def _misfit(dtype: torch.dtype, dims: tuple[int, ...], wanted: Values) -> str:
    kind = (
        "mask"
        if dtype == torch.bool
        else "f32"
        if dtype.is_floating_point
        else "i64"
        if not dtype.is_complex
        else str(dtype)
    )
    fits = {"mask": ("mask", "i64"), "i64": ("i64",)}.get(wanted.dtype, ("f32",))
    if kind in fits and dims == wanted.dims:
        return ""
    held = f"{str(dtype).removeprefix('torch.')}[{', '.join(map(str, dims))}]"
    return f"holds {held}, and {wanted.dtype}[{', '.join(map(str, wanted.dims))}] is wanted"


def holds(path: Path, name: str) -> bool:
    """Whether a safetensors file has an entry of this name; a damaged file is told when it is read."""
    try:
        with safe_open(path, framework="pt") as file:
            return name in file.keys()  # noqa: SIM118, no mapping
    except Exception:  # damaged files raise anything
        return True


def _read(path: Path, name: str) -> Tensor:
    with _reading(path):
        if path.suffix.lower() == ".npy":
            return torch.from_numpy(np.load(path, allow_pickle=False))
        with safe_open(path, framework="pt") as file:
            found: Tensor = file.get_tensor(_entry(path, list(file.keys()), name))
            return found


def _header(path: Path, name: str) -> tuple[torch.dtype, tuple[int, ...]]:
    with _reading(path):
        if path.suffix.lower() == ".npy":
            small = path.stat().st_size < _SMALL  # an empty tensor cannot be mapped
            mapped = np.load(path, mmap_mode=None if small else "r", allow_pickle=False)
            return torch.from_numpy(np.empty(0, mapped.dtype.newbyteorder("="))).dtype, mapped.shape
        with safe_open(path, framework="pt") as file:
            part = file.get_slice(_entry(path, list(file.keys()), name))
            return _DTYPES.get(part.get_dtype(), torch.float32), tuple(part.get_shape())


_SMALL = 4096
_DTYPES = {
    "BOOL": torch.bool,
    **{f"I{n}": getattr(torch, f"int{n}") for n in (8, 16, 32, 64)},
    **{f"U{n}": getattr(torch, f"uint{n}") for n in (8, 16, 32, 64)},
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F64": torch.float64,
}
"""What safetensors calls them; all others are read as float32."""


def _entry(path: Path, names: list[str], name: str) -> str:
    if name not in names and len(names) != 1:
        raise MediaError(path, f"holds {', '.join(names) or 'nothing'}, and no `{name}`")
    return name if name in names else names[0]


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except MediaError:
        raise
    except Exception as error:  # damaged files raise anything from OSError to TypeError
        raise MediaError(path, f"cannot be read ({error})") from error
