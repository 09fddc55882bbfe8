"""How the kernels of network blocks go over activations [b, s, d]: row by row, and in chunks of rows where a parameter's
gradient is the sum over all rows of a sample.

Sums are taken in float32 in a fixed order: over a row inside one program, over the rows of a chunk one after another,
over chunks by torch.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..api.triton import runs_on

ROWS = 32
"""Rows of a chunk."""


def kernels_for(*tensors: Tensor) -> bool:
    """Whether kernels compute this: on a GPU or under the interpreter, for anything that has elements."""
    return all(t.numel() and runs_on(t.device) for t in tensors)


def full(x: Tensor) -> Tensor:
    """In float32, or in float64 if it is that."""
    return x if x.dtype == torch.float64 else x.float()


def wide(d: int) -> int:
    """The power of two that holds a row."""
    return 1 << max(0, d - 1).bit_length()


def options(d: int) -> dict[str, Any]:
    """A launch's constants. Each thread keeps at most 16 elements of a row, so that nothing is spilled."""
    width = wide(d)
    return {
        "D": d,
        "WIDE": width,
        "num_warps": min(16, max(4, width // 512)),
        "enable_fp_fusion": False,
    }


def chunks(s: int) -> int:
    return -(-s // ROWS)


def partial(x: Tensor, d: int) -> Tensor:
    """Room for the sums of the chunks of x [b, s, ...], [b, chunks, d]."""
    return torch.empty(x.shape[0], chunks(x.shape[1]), d, dtype=torch.float32, device=x.device)
