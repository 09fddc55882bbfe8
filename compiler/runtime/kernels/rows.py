"""How the kernels of network blocks go over activations [b, s, d]: row by row, and in chunks of rows where a parameter's
gradient is the sum over all rows of a sample.

Sums are taken in float32 in a fixed order: over a row inside one program, over the rows of a chunk one after another,
over chunks by torch.
"""

from __future__ import annotations

from collections.abc import Sequence
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


def launch_rows(
    kernel: Any, x: Tensor, pointers: Sequence[Tensor], scalars: Sequence[float] = (), **constants: Any
) -> None:
    """One program a row of x [b, s, d]."""
    b, s, d = x.shape
    kernel[(b * s,)](*pointers, s, *scalars, **constants, **options(d))


def launch_chunks(kernel: Any, x: Tensor, pointers: Sequence[Tensor], **constants: Any) -> None:
    """One program a chunk of rows of x [b, s, d]."""
    b, s, d = x.shape
    kernel[(b * _chunks(s),)](*pointers, s, ROWS=ROWS, **constants, **options(d))


def options(d: int) -> dict[str, Any]:
    """A launch's constants. Each thread keeps at most 16 elements of a row, so that nothing is spilled."""
    width = wide(d)
    return {
        "D": d,
        "WIDE": width,
        "num_warps": min(16, max(4, width // 512)),
        "enable_fp_fusion": False,
    }


def _chunks(s: int) -> int:
    return -(-s // ROWS)


def partial_sums(x: Tensor) -> Tensor:
    """Room for the sums of the chunks of x [b, s, d], float32 [b, chunks, d]."""
    b, s, d = x.shape
    return torch.empty(b, _chunks(s), d, dtype=torch.float32, device=x.device)


def one_condition_a_sample(
    activations: Sequence[Tensor], conditions: Sequence[Tensor]
) -> tuple[list[Tensor], list[Tensor]]:
    """Activations [b, s, d] and conditions [b, 1, d] or [b, s, d] as the kernels take them, conditions [b, 1, d].

    With a condition for each token, every token is a sample of one row.
    """
    b, s, d = activations[0].shape
    if conditions[0].shape[1] == 1:
        return list(activations), [c.expand(b, 1, d) for c in conditions]
    tokens = [a.reshape(b * s, 1, d) for a in activations]
    return tokens, [c.expand(b, s, d).reshape(b * s, 1, d) for c in conditions]
