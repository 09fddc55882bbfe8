"""Queries and keys on their way to attention: an RMS norm over all heads, then the rotation of their position.

    z = x w / √(mean x² + eps),    (z₀, z₁) → (z₀ cos - z₁ sin, z₀ sin + z₁ cos) for every pair of neighbours

Zhang and Sennrich, "Root mean square layer normalization" (2019), eq. 4; Su et al., "RoFormer" (2021), eq. 34. All of it
is float32 until the result is rounded to x's dtype; torch's own chain rounds after the norm as well.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ..api.triton import tl, triton
from . import rows
from .differentiable import differentiable


def reference(x: Tensor, weight: Tensor, cos: Tensor, sin: Tensor, eps: float) -> Tensor:
    """The same in torch."""
    b, length, d = x.shape
    head = cos.shape[-1]
    z = F.rms_norm(x, (d,), weight, eps).view(b, length, d // head, head // 2, 2)
    c, s = (v.reshape(1, length, 1, head // 2, 2) for v in (cos, sin))
    c, s, even, odd = c[..., 0], s[..., 1], z[..., 0], z[..., 1]
    turned = torch.stack((even * c - odd * s, even * s + odd * c), dim=-1)
    return turned.view(b, length, d).type_as(x)


def rotary_norm(x: Tensor, weight: Tensor, cos: Tensor, sin: Tensor, eps: float) -> Tensor:
    """x [b, s, heads head] in any float dtype; weight [heads head]; cos and sin [..., s, ..., head] have the angle of
    each pair twice, one after the other. Angles get no gradient."""
    if not rows.kernels_for(x):
        return reference(x, weight, cos, sin, eps)
    angles = (v.detach().reshape(-1, v.shape[-1]).float() for v in (cos, sin))
    return differentiable(_forward, _gradient, (x, weight, *angles), (eps,))


def _forward(
    x: Tensor, weight: Tensor, cos: Tensor, sin: Tensor, eps: float
) -> tuple[Tensor, tuple[Tensor, ...]]:
    made = torch.empty_like(x)
    factor = torch.empty(x.shape[:2], device=x.device)
    rows.launch_rows(rotary_norm_kernel, x, (x, weight, cos, sin, made, factor), (eps,), HEAD=cos.shape[-1])
    return made, (x, weight, cos, sin, factor)


def _gradient(
    grad: Tensor, x: Tensor, weight: Tensor, cos: Tensor, sin: Tensor, factor: Tensor, eps: float
) -> tuple[Tensor | None, ...]:
    grad_x, weights = torch.empty_like(x), rows.partial_sums(x)
    pointers = (grad, x, weight, cos, sin, factor, grad_x, weights)
    rows.launch_chunks(rotary_norm_gradient_kernel, x, pointers, HEAD=cos.shape[-1])
    return grad_x, weights.sum((0, 1)), None, None


@triton.jit(do_not_specialize=["s"])  # type: ignore[untyped-decorator]
def rotary_norm_kernel(  # type: ignore[no-untyped-def]
    x_ptr,
    weight_ptr,
    cos_ptr,
    sin_ptr,
    made_ptr,
    factor_ptr,
    s,
    eps,
    HEAD: tl.constexpr,
    D: tl.constexpr,
    WIDE: tl.constexpr,
):
    row = tl.program_id(0)
    column = tl.arange(0, WIDE)
    inside = column < D
    other = column ^ 1
    start = row.to(tl.int64) * D
    x = tl.load(x_ptr + start + column, inside, other=0.0).to(tl.float32)
    factor = tl.div_rn(1.0, tl.sqrt_rn(tl.div_rn(tl.sum(x * x, axis=0), D * 1.0) + eps))
    z = x * factor * tl.load(weight_ptr + column, inside, other=0.0).to(tl.float32)
    x_other = tl.load(x_ptr + start + other, inside, other=0.0).to(tl.float32)
    z_other = x_other * factor * tl.load(weight_ptr + other, inside, other=0.0).to(tl.float32)
    angle = (row % s) * HEAD + column % HEAD
    cos = tl.load(cos_ptr + (angle & -2), inside, other=0.0)
    sin = tl.load(sin_ptr + (angle | 1), inside, other=0.0)
    sign = tl.where(column % 2 == 0, -1.0, 1.0)
    tl.store(made_ptr + start + column, z * cos + sign * z_other * sin, inside)
    tl.store(factor_ptr + row, factor)


@triton.jit(do_not_specialize=["s"])  # type: ignore[untyped-decorator]
def rotary_norm_gradient_kernel(  # type: ignore[no-untyped-def]
    grad_ptr,
    x_ptr,
    weight_ptr,
    cos_ptr,
    sin_ptr,
    factor_ptr,
    grad_x_ptr,
    weights_ptr,
    s,
    HEAD: tl.constexpr,
    ROWS: tl.constexpr,
    D: tl.constexpr,
    WIDE: tl.constexpr,
):
    program = tl.program_id(0)
    sample = program // tl.cdiv(s, ROWS)
    first = program % tl.cdiv(s, ROWS) * ROWS
    column = tl.arange(0, WIDE)
    inside = column < D
    sign = tl.where(column % 2 == 0, 1.0, -1.0)
    weights = tl.zeros([WIDE], tl.float32)
    for i in range(first, tl.minimum(first + ROWS, s)):
        row = sample.to(tl.int64) * s + i
        start = row * D
        angle = i * HEAD + column % HEAD
        cos = tl.load(cos_ptr + (angle & -2), inside, other=0.0)
        sin = tl.load(sin_ptr + (angle | 1), inside, other=0.0)
        grad = tl.load(grad_ptr + start + column, inside, other=0.0).to(tl.float32)
        grad_other = tl.load(grad_ptr + start + (column ^ 1), inside, other=0.0).to(tl.float32)
        turned = grad * cos + sign * grad_other * sin
        x = tl.load(x_ptr + start + column, inside, other=0.0).to(tl.float32)
        factor = tl.load(factor_ptr + row)
        normal = x * factor
        weights += turned * normal
        # read again for every row: kept, it would cost registers that a wide row does not have
        inner = turned * tl.load(weight_ptr + column, inside, other=0.0).to(tl.float32)
        along = tl.div_rn(tl.sum(inner * normal, axis=0), D * 1.0)
        tl.store(grad_x_ptr + start + column, factor * (inner - normal * along), inside)
    tl.store(weights_ptr + program.to(tl.int64) * D + column, weights, inside)
