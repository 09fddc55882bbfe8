"""Arrays of a store as the tensors of a field: compared with what is declared, and records padded as they say."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...base.media.clips_and_images import MediaError
from ..folders.file_fields import Values
from .store_fields import RecordPart, RecordValues

Given = NDArray[np.generic] | Tensor


def tensor_of(found: Given, name: str, wanted: Values, label: str) -> Tensor:
    """float32 for floats, int64 for `i64`, bool for `mask`. Raises MediaError for another shape or kind."""
    tensor = (
        found if isinstance(found, Tensor) else torch.from_numpy(np.require(found, requirements=("C", "W")))
    )
    kind = "mask" if tensor.dtype == torch.bool else "f32" if tensor.is_floating_point() else "i64"
    fits = {"mask": ("mask", "i64"), "i64": ("i64",)}.get(wanted.dtype, ("f32",))
    if kind not in fits or tuple(tensor.shape) != wanted.dims:
        dims = ", ".join(map(str, tensor.shape))
        asked = f"{wanted.dtype}[{', '.join(map(str, wanted.dims))}]"
        dtype = str(tensor.dtype).removeprefix("torch.")
        raise MediaError(Path(label), f"holds {dtype}[{dims}] as `{name}`, and {asked} is wanted")
    tensor = tensor.to({"mask": torch.bool, "i64": torch.int64}.get(wanted.dtype, torch.float32))
    if not bool(tensor.isfinite().all()):
        raise MediaError(Path(label), f"holds numbers that are not finite as `{name}`")
    return tensor


def record_of(found: Mapping[str, Given], name: str, wanted: RecordValues, label: str) -> dict[str, Tensor]:
    """The tensors of a record. Rows without a token are filled where the record says with what, and a mask over tokens that
    the store lacks is made. Raises MediaError."""
    made: dict[str, Tensor] = {}
    tokens = 0
    for part, rule in wanted.parts.items():
        if part not in found:
            continue
        given = found[part]
        tokens = max(tokens, given.shape[0] if len(rule.values.dims) == 2 and given.ndim else 0)
        made[part] = tensor_of(_padded(given, rule), f"{name}.{part}", rule.values, label)
    for part, rule in wanted.parts.items():
        if part in made:
            continue
        if rule.values.dtype not in ("mask", "i64") or len(rule.values.dims) != 1 or rule.one in _NOT_TOKENS:
            raise MediaError(Path(label), f"has no `{name}.{part}`")
        there = torch.arange(rule.values.dims[0]) < tokens
        there = ~there if rule.one == "skip" else there
        made[part] = there.to(torch.bool if rule.values.dtype == "mask" else torch.int64)
    return {part: made[part] for part in wanted.parts}


_NOT_TOKENS = ("given", "generated")


def _padded(given: Given, rule: RecordPart) -> Given:
    """With rows of zeros up to the declared length, where a record says that such rows are zero or masked."""
    dims = rule.values.dims
    short = rule.pad in ("zero", "mask") and given.ndim == len(dims) == 2 and given.shape[0] < dims[0]
    if not short or given.shape[1] != dims[1]:
        return given
    tensor = (
        given if isinstance(given, Tensor) else torch.from_numpy(np.require(given, requirements=("C", "W")))
    )
    return torch.cat([tensor, tensor.new_zeros(dims[0] - tensor.shape[0], dims[1])])


def tensor_key(tensors: Mapping[str, Tensor]) -> str:
    """A hash of the content of a field's tensors."""
    digest = hashlib.sha256()
    for name, tensor in tensors.items():
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}\0".encode())
        digest.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return f"values-1 {digest.hexdigest()}"
