"""A residual branch behind a gate that a condition sets: x + y gate.

Peebles and Xie, "Scalable diffusion models with transformers" (2023), §3.2 (adaLN-Zero). The product and the sum are
float32; the result is rounded to x's dtype.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..api.triton import tl, triton
from . import rows


def reference(x: Tensor, y: Tensor, gate: Tensor) -> Tensor:
    """The same in torch."""
    return (rows.full(x) + rows.full(y) * gate).type_as(x)


def gated_residual(x: Tensor, y: Tensor, gate: Tensor) -> Tensor:
    """x and y [b, s, d] in any float dtypes; gate [b, 1, d] or [b, s, d]."""
    if not rows.kernels_for(x):
        return reference(x, y, gate)
    b, s, d = x.shape
    if gate.shape[1] != 1:
        x, y = (v.reshape(b * s, 1, d) for v in (x, y))
        gate = gate.expand(b, s, d).reshape(b * s, 1, d)
    else:
        gate = gate.expand(b, 1, d)
    made: Tensor = _GatedResidual.apply(x, y, gate)  # type: ignore[no-untyped-call]
    return made.view(b, s, d)


class _GatedResidual(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor, gate: Tensor) -> Tensor:
        x, y, gate = (v.contiguous() for v in (x, y, gate))
        b, s, d = x.shape
        made = torch.empty_like(x)
        gated_residual_kernel[(b * s,)](x, y, gate, made, s, **rows.options(d))
        ctx.save_for_backward(y, gate)
        return made

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        y, gate = ctx.saved_tensors
        b, s, d = y.shape
        grad_y = torch.empty_like(y)
        gates = rows.partial(y, d)
        grid = (b * rows.chunks(s),)
        gated_residual_gradient_kernel[grid](
            grad.contiguous(), y, gate, grad_y, gates, s, ROWS=rows.ROWS, **rows.options(d)
        )
        return grad, grad_y, gates.sum(1, keepdim=True).to(gate.dtype)


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
