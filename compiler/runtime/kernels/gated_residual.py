"""A residual branch behind a gate that a condition sets: x + y gate.

Peebles and Xie, "Scalable diffusion models with transformers" (2023), §3.2 (adaLN-Zero). The product and the sum are
float32; the result is rounded to x's dtype.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..api.triton import tl, triton
from . import rows
from .differentiable import differentiable


def reference(x: Tensor, y: Tensor, gate: Tensor) -> Tensor:
    """The same in torch."""
    return (rows.full(x) + rows.full(y) * gate).type_as(x)


def gated_residual(x: Tensor, y: Tensor, gate: Tensor) -> Tensor:
    """x and y [b, s, d] in any float dtypes; gate [b, 1, d] or [b, s, d]."""
    if not rows.kernels_for(x):
        return reference(x, y, gate)
    activations, gates = rows.one_condition_a_sample((x, y), (gate,))
    return differentiable(_forward, _gradient, (*activations, *gates)).view(x.shape)


def _forward(x: Tensor, y: Tensor, gate: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
    made = torch.empty_like(x)
    rows.launch_rows(gated_residual_kernel, x, (x, y, gate, made))
    return made, (y, gate)


def _gradient(grad: Tensor, y: Tensor, gate: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    grad_y, gates = torch.empty_like(y), rows.partial_sums(y)
    rows.launch_chunks(gated_residual_gradient_kernel, y, (grad, y, gate, grad_y, gates))
    return grad, grad_y, gates.sum(1, keepdim=True)


@triton.jit(do_not_specialize=["s"])  # type: ignore[untyped-decorator]
def gated_residual_kernel(x_ptr, y_ptr, gate_ptr, made_ptr, s, D: tl.constexpr, WIDE: tl.constexpr):  # type: ignore[no-untyped-def]
    row = tl.program_id(0)
    column = tl.arange(0, WIDE)
    inside = column < D
    at = row.to(tl.int64) * D + column
    x = tl.load(x_ptr + at, inside, other=0.0).to(tl.float32)
    y = tl.load(y_ptr + at, inside, other=0.0).to(tl.float32)
    gate = tl.load(gate_ptr + (row // s).to(tl.int64) * D + column, inside, other=0.0).to(tl.float32)
    tl.store(made_ptr + at, x + y * gate, inside)


@triton.jit(do_not_specialize=["s"])  # type: ignore[untyped-decorator]
def gated_residual_gradient_kernel(  # type: ignore[no-untyped-def]
    grad_ptr,
    y_ptr,
    gate_ptr,
    grad_y_ptr,
    gates_ptr,
    s,
    ROWS: tl.constexpr,
    D: tl.constexpr,
    WIDE: tl.constexpr,
):
    program = tl.program_id(0)
    sample = program // tl.cdiv(s, ROWS)
    first = program % tl.cdiv(s, ROWS) * ROWS
    column = tl.arange(0, WIDE)
    inside = column < D
    gate = tl.load(gate_ptr + sample.to(tl.int64) * D + column, inside, other=0.0).to(tl.float32)
    gates = tl.zeros([WIDE], tl.float32)
    for i in range(first, tl.minimum(first + ROWS, s)):
        at = (sample.to(tl.int64) * s + i) * D + column
        grad = tl.load(grad_ptr + at, inside, other=0.0).to(tl.float32)
        y = tl.load(y_ptr + at, inside, other=0.0).to(tl.float32)
        gates += grad * y
        tl.store(grad_y_ptr + at, grad * gate, inside)
    tl.store(gates_ptr + program.to(tl.int64) * D + column, gates, inside)
