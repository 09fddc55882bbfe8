"""Adaptive layer norm: a layer norm without parameters, scaled and shifted by a condition.

    norm(x) (1 + scale) + shift,    norm(x) = (x - mean x) / √(var x + eps)

Peebles and Xie, "Scalable diffusion models with transformers" (2023), §3.2. Means and variances are taken in float32
over the last dim; the result is rounded to x's dtype, and nothing before it is. The backward pass needs x, the scale
and two numbers a row.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ..api.triton import tl, triton
from . import rows
from .differentiable import differentiable


def reference(x: Tensor, scale: Tensor, shift: Tensor, eps: float) -> Tensor:
    """The same in torch."""
    return (F.layer_norm(rows.full(x), x.shape[-1:], eps=eps) * (1 + scale) + shift).type_as(x)


def modulated_norm(x: Tensor, scale: Tensor, shift: Tensor, eps: float) -> Tensor:
    """x [b, s, d] in any float dtype; scale and shift [b, 1, d] or [b, s, d]."""
    if not rows.kernels_for(x):
        return reference(x, scale, shift, eps)
    activations, conditions = rows.one_condition_a_sample((x,), (scale, shift))
    return differentiable(_forward, _gradient, (*activations, *conditions), (eps,)).view(x.shape)


def _forward(x: Tensor, scale: Tensor, shift: Tensor, eps: float) -> tuple[Tensor, tuple[Tensor, ...]]:
    made = torch.empty_like(x)
    mean, factor = torch.empty(2, *x.shape[:2], device=x.device).unbind(0)
    rows.launch_rows(modulated_norm_kernel, x, (x, scale, shift, made, mean, factor), (eps,))
    return made, (x, scale, mean, factor)


def _gradient(
    grad: Tensor, x: Tensor, scale: Tensor, mean: Tensor, factor: Tensor, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    grad_x, scales, shifts = torch.empty_like(x), rows.partial_sums(x), rows.partial_sums(x)
    pointers = (grad, x, scale, mean, factor, grad_x, scales, shifts)
    rows.launch_chunks(modulated_norm_gradient_kernel, x, pointers)
    return grad_x, scales.sum(1, keepdim=True), shifts.sum(1, keepdim=True)


@triton.jit(do_not_specialize=["s"])  # type: ignore[untyped-decorator]
def modulated_norm_kernel(  # type: ignore[no-untyped-def]
    x_ptr,
    scale_ptr,
    shift_ptr,
    made_ptr,
    mean_ptr,
    factor_ptr,
    s,
    eps,
    D: tl.constexpr,
    WIDE: tl.constexpr,
):
    row = tl.program_id(0)
    column = tl.arange(0, WIDE)
    inside = column < D
    at = row.to(tl.int64) * D + column
    condition = (row // s).to(tl.int64) * D + column
    x = tl.load(x_ptr + at, inside, other=0.0).to(tl.float32)
    scale = tl.load(scale_ptr + condition, inside, other=0.0).to(tl.float32)
    shift = tl.load(shift_ptr + condition, inside, other=0.0).to(tl.float32)
    mean = tl.div_rn(tl.sum(x, axis=0), D * 1.0)
    apart = tl.where(inside, x - mean, 0.0)
    variance = tl.div_rn(tl.sum(apart * apart, axis=0), D * 1.0)
    factor = tl.div_rn(1.0, tl.sqrt_rn(variance + eps))
    tl.store(made_ptr + at, apart * factor * (1.0 + scale) + shift, inside)
    tl.store(mean_ptr + row, mean)
    tl.store(factor_ptr + row, factor)


@triton.jit(do_not_specialize=["s"])  # type: ignore[untyped-decorator]
def modulated_norm_gradient_kernel(  # type: ignore[no-untyped-def]
    grad_ptr,
    x_ptr,
    scale_ptr,
    mean_ptr,
    factor_ptr,
    grad_x_ptr,
    scales_ptr,
    shifts_ptr,
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
    scale = 1.0 + tl.load(scale_ptr + sample.to(tl.int64) * D + column, inside, other=0.0).to(tl.float32)
    scales = tl.zeros([WIDE], tl.float32)
    shifts = tl.zeros([WIDE], tl.float32)
    for i in range(first, tl.minimum(first + ROWS, s)):
        row = sample.to(tl.int64) * s + i
        at = row * D + column
        grad = tl.load(grad_ptr + at, inside, other=0.0).to(tl.float32)
        x = tl.load(x_ptr + at, inside, other=0.0).to(tl.float32)
        factor = tl.load(factor_ptr + row)
        normal = tl.where(inside, (x - tl.load(mean_ptr + row)) * factor, 0.0)
        scales += grad * normal
        shifts += grad
        inner = grad * scale
        along = tl.div_rn(tl.sum(inner * normal, axis=0), D * 1.0)
        level = tl.div_rn(tl.sum(inner, axis=0), D * 1.0)
        tl.store(grad_x_ptr + at, factor * (inner - level - normal * along), inside)
    tl.store(scales_ptr + program.to(tl.int64) * D + column, scales, inside)
    tl.store(shifts_ptr + program.to(tl.int64) * D + column, shifts, inside)
