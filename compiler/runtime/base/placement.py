"""Where the weights of a module lie: on its device, and on a CPU at addresses that torch's allocator would give."""

from __future__ import annotations

import torch
from torch import Tensor, nn

ALIGNMENT = 64
"""Bytes. Torch aligns what it allocates on a CPU to them, and matrix products take another path, with other rounding,
for operands that are not."""


def place_module(module: nn.Module, device: torch.device | None) -> None:
    """Moves a module to a device. On a CPU, weights that are mapped from a file are copied where they are not aligned,
    one tensor at a time, so that results do not depend on offsets in that file."""
    module.to(device)
    for tensor in (*module.parameters(), *module.buffers()):
        if not aligned(tensor):
            tensor.data = tensor.data.clone()


def aligned(tensor: Tensor) -> bool:
    """Whether a tensor begins where torch could have allocated it."""
    return tensor.device.type != "cpu" or tensor.data_ptr() % ALIGNMENT == 0
