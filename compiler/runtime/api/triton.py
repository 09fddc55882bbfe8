"""Triton where it is installed. Without it kernels stay definitions that nobody launches: the torch references
run instead."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import torch


def _same(function: Any = None, **options: Any) -> Any:
    return function if function is not None else _same


triton: Any = SimpleNamespace(jit=_same)
tl: Any = SimpleNamespace(constexpr=lambda value=None: value)
try:
    import triton as _triton
    import triton.language as _language
except ImportError:
    INSTALLED = False
else:
    triton, tl, INSTALLED = _triton, _language, True


def runs_on(device: torch.device) -> bool:
    """Whether kernels run there: on a GPU, or anywhere under Triton's interpreter."""
    if not INSTALLED:
        return False
    return device.type == "cuda" or os.environ.get("TRITON_INTERPRET") == "1"
