"""Calls of a module that takes a few samples at a time: how many there are, those of a part, and the results put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor


def samples(inputs: Any) -> int:
    """How many samples a module is given: the rows of its largest tensor, 0 without one."""
    if isinstance(inputs, Tensor):
        return inputs.shape[0] if inputs.dim() else 0
    parts = inputs.values() if isinstance(inputs, Mapping) else inputs if isinstance(inputs, list) else ()
    return max(map(samples, parts), default=0)


def of_samples(inputs: Any, part: slice, size: int) -> Any:
    """The rows of these samples; what has none of its own, a table of one row, is for all of them."""
    if isinstance(inputs, Tensor):
        return inputs[part] if inputs.dim() and inputs.shape[0] == size else inputs
    if isinstance(inputs, Mapping):
        return {n: of_samples(x, part, size) for n, x in inputs.items()}
    return [of_samples(x, part, size) for x in inputs] if isinstance(inputs, list) else inputs


def joined(made: Sequence[Any]) -> Any:
    """Tensors, or lists and dictionaries of them, below one another."""
    first = made[0]
    if isinstance(first, Tensor):
        return torch.cat(list(made))
    if isinstance(first, dict):
        return {n: torch.cat([m[n] for m in made]) for n in first}
    return [torch.cat(several) for several in zip(*made, strict=True)]
