"""Adaptive layer norm: a layer norm without parameters, scaled and shifted by a condition.

    norm(x) (1 + scale) + shift,    norm(x) = (x - mean x) / √(var x + eps)

Peebles and Xie, "Scalable diffusion models with transformers" (2023), §3.2. Means and variances are taken in float32
over the last dim; the result is rounded to x's dtype, and nothing before it is. The backward pass needs x, the scale
and two numbers a row.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ..api.triton import tl, triton
from . import rows


def reference(x: Tensor, scale: Tensor, shift: Tensor, eps: float) -> Tensor:
    """The same in torch."""
    return (F.layer_norm(rows.full(x), x.shape[-1:], eps=eps) * (1 + scale) + shift).type_as(x)


def modulated_norm(x: Tensor, scale: Tensor, shift: Tensor, eps: float) -> Tensor:
    """x [b, s, d] in any float dtype; scale and shift [b, 1, d] or [b, s, d]."""
    if not rows.kernels_for(x):
        return reference(x, scale, shift, eps)
    b, s, d = x.shape
    if scale.shape[1] != 1:  # a condition of each token: every token is a sample of one row
        x = x.reshape(b * s, 1, d)
        scale, shift = (v.expand(b, s, d).reshape(b * s, 1, d) for v in (scale, shift))
    else:
        scale, shift = (v.expand(b, 1, d) for v in (scale, shift))
    made: Tensor = _ModulatedNorm.apply(x, scale, shift, eps)  # type: ignore[no-untyped-call]
    return made.view(b, s, d)


class _ModulatedNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, scale: Tensor, shift: Tensor, eps: float) -> Tensor:
        x, scale, shift = (v.contiguous() for v in (x, scale, shift))
        b, s, d = x.shape
        made = torch.empty_like(x)
        mean, factor = torch.empty(2, b, s, device=x.device).unbind(0)
        modulated_norm_kernel[(b * s,)](x, scale, shift, made, mean, factor, s, eps, **rows.options(d))
        ctx.save_for_backward(x, scale, mean, factor)
        ctx.dtypes = scale.dtype, shift.dtype
        return made

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, scale, mean, factor = ctx.saved_tensors
        b, s, d = x.shape
        grad_x = torch.empty_like(x)
        scales, shifts = rows.partial(x, d), rows.partial(x, d)
        grid = (b * rows.chunks(s),)
        modulated_norm_gradient_kernel[grid](
            grad.contiguous(),
            x,
            scale,
            mean,
            factor,
            grad_x,
            scales,
            shifts,
            s,
            ROWS=rows.ROWS,
            **rows.options(d),
        )
        grad_scale, grad_shift = (
            v.sum(1, keepdim=True).to(dtype) for v, dtype in zip((scales, shifts), ctx.dtypes)
        )
        return grad_x, grad_scale, grad_shift, None


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
