"""The activation of a gated MLP: value times an activation of its gate, the two halves of one projection.

Shazeer, "GLU variants improve transformer" (2020), eq. 5 and 6: SwiGLU with silu, GEGLU with gelu. The arithmetic is
float32; the result is rounded to the dtype of the input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ..api.triton import tl, triton
from . import rows
from .differentiable import differentiable

ACTIVATIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "silu": F.silu,
    "gelu": F.gelu,
    "gelu_tanh": partial(F.gelu, approximate="tanh"),
}
BLOCK = 1024
_ROOT_HALF, _ROOT_TWO_OVER_PI = tl.constexpr(0.5**0.5), tl.constexpr((2 / 3.141592653589793) ** 0.5)
_DENSITY = tl.constexpr((2 * 3.141592653589793) ** -0.5)


def reference(both: Tensor, activation: str) -> Tensor:
    """The same in torch."""
    value, gate = both.chunk(2, dim=-1)
    return (rows.full(value) * ACTIVATIONS[activation](rows.full(gate))).type_as(both)


def gated_activation(both: Tensor, activation: str) -> Tensor:
    """[..., 2 n], the values before their gates, to [..., n]; an activation of `ACTIVATIONS`."""
    if not rows.kernels_for(both):
        return reference(both, activation)
    return differentiable(_forward, _gradient, (both,), (activation,))


def _launch(kernel: Any, pointers: Sequence[Tensor], count: int, n: int, activation: str) -> None:
    kernel[(triton.cdiv(count, BLOCK),)](
        *pointers, count, N=n, KIND=activation, BLOCK=BLOCK, enable_fp_fusion=False
    )


def _forward(both: Tensor, activation: str) -> tuple[Tensor, tuple[Tensor, ...]]:
    n = both.shape[-1] // 2
    made = torch.empty(*both.shape[:-1], n, dtype=both.dtype, device=both.device)
    _launch(gated_activation_kernel, (both, made), made.numel(), n, activation)
    return made, (both,)


def _gradient(grad: Tensor, both: Tensor, activation: str) -> tuple[Tensor]:
    grad_both = torch.empty_like(both)
    pointers = (grad, both, grad_both)
    _launch(gated_activation_gradient_kernel, pointers, grad.numel(), both.shape[-1] // 2, activation)
    return (grad_both,)


@triton.jit  # type: ignore[untyped-decorator]
def _activated(x, KIND: tl.constexpr):  # type: ignore[no-untyped-def]
    """The activation of float32 x, and its derivative."""
    if KIND == "silu":
        sigmoid = tl.sigmoid(x)
        value = x * sigmoid
        slope = sigmoid * (1.0 + x * (1.0 - sigmoid))
    elif KIND == "gelu":
        below = 0.5 * (1.0 + tl.erf(x * _ROOT_HALF))
        value = x * below
        slope = below + x * tl.exp(-0.5 * x * x) * _DENSITY
    else:
        inner = _ROOT_TWO_OVER_PI * (x + 0.044715 * x * x * x)
        tanh = 2.0 * tl.sigmoid(2.0 * inner) - 1.0
        value = 0.5 * x * (1.0 + tanh)
        along = _ROOT_TWO_OVER_PI * (1.0 + 0.134145 * x * x)
        slope = 0.5 * (1.0 + tanh) + 0.5 * x * (1.0 - tanh * tanh) * along
    return value, slope


@triton.jit(do_not_specialize=["count"])  # type: ignore[untyped-decorator]
def gated_activation_kernel(  # type: ignore[no-untyped-def]
    both_ptr, made_ptr, count, N: tl.constexpr, KIND: tl.constexpr, BLOCK: tl.constexpr
):
    i = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = i < count
    at = i // N * (2 * N) + i % N
    value = tl.load(both_ptr + at, inside, other=0.0).to(tl.float32)
    gate = tl.load(both_ptr + at + N, inside, other=0.0).to(tl.float32)
    activated, _ = _activated(gate, KIND)
    tl.store(made_ptr + i, value * activated, inside)


@triton.jit(do_not_specialize=["count"])  # type: ignore[untyped-decorator]
def gated_activation_gradient_kernel(  # type: ignore[no-untyped-def]
    grad_ptr,
    both_ptr,
    grad_both_ptr,
    count,
    N: tl.constexpr,
    KIND: tl.constexpr,
    BLOCK: tl.constexpr,
):
    i = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = i < count
    at = i // N * (2 * N) + i % N
    grad = tl.load(grad_ptr + i, inside, other=0.0).to(tl.float32)
    value = tl.load(both_ptr + at, inside, other=0.0).to(tl.float32)
    gate = tl.load(both_ptr + at + N, inside, other=0.0).to(tl.float32)
    activated, slope = _activated(gate, KIND)
    tl.store(grad_both_ptr + at, grad * activated, inside)
    tl.store(grad_both_ptr + at + N, grad * value * slope, inside)
