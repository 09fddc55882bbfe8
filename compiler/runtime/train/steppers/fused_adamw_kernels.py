"""The kernels of the fused AdamW: a norm in two stages, and AdamW with everything around it in one pass.

All arithmetic is in float32. A product and a sum become one fused multiply-add where `tl.fma` is written and
nowhere else, so both kernels are launched with `enable_fp_fusion=False`; divisions and square roots round to
nearest. That is the arithmetic of `torch.optim.AdamW(fused=True)` on a CPU, operation by operation.

Gradients are read where the backward pass left them, through a table of addresses, one for each tensor; zero
stands for a tensor without a gradient. Every program has a row (tensor, first element of it, its number of
elements, where it begins in the flat buffers) and works on up to BLOCKS × BLOCK elements of that tensor. In the
flat buffers each tensor is padded with zeros to a multiple of 16 elements, so that all loads and stores there are
wide; zeros stay zeros.
"""

from __future__ import annotations

from ...api.triton import tl, triton


@triton.jit  # type: ignore[untyped-decorator]
def piece(gradient, start, left, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]
    """BLOCK elements from `start`, zero beyond `left`; in wide loads where the tensor's length allows."""
    i = start + tl.arange(0, BLOCK)
    if left % 16 == 0:
        g = tl.load(gradient + i, mask=i < tl.multiple_of(left, 16), other=0.0)
    else:
        g = tl.load(gradient + i, mask=i < left, other=0.0)
    return g


@triton.jit  # type: ignore[untyped-decorator]
def squares(partials, addresses, rows, like, BLOCK: tl.constexpr, BLOCKS: tl.constexpr):  # type: ignore[no-untyped-def]
    """partials[i] = Σ g² over the elements of program i; `like` only tells the gradients' dtype."""
    program = tl.program_id(0)
    row = rows + program.to(tl.int64) * 4
    first = tl.multiple_of(tl.load(row + 1), 16)
    left = tl.minimum(tl.load(row + 2) - first, BLOCK * BLOCKS).to(tl.int32)
    address = tl.multiple_of(tl.load(addresses + tl.load(row)), 16)
    total = tl.zeros([BLOCK], tl.float32)
    if address != 0:
        gradient = address.to(like.dtype) + first
        for start in range(0, left, BLOCK):
            g = piece(gradient, start, left, BLOCK).to(tl.float32)
            total = tl.fma(g, g, total)
    tl.store(partials + program, tl.sum(total, axis=0))


@triton.jit  # type: ignore[untyped-decorator]
def finish(result, partials, count, clip, WIDE: tl.constexpr):  # type: ignore[no-untyped-def]
    """result = (√Σ partials, min(1, clip / (norm + 1e-6))); the sum is taken in float64, in order."""
    total = tl.zeros([WIDE], tl.float64)
    for start in range(0, count, WIDE):
        i = start + tl.arange(0, WIDE)
        total += tl.load(partials + i, mask=i < count, other=0.0).to(tl.float64)
    norm = tl.sqrt(tl.sum(total, axis=0)).to(tl.float32)
    tl.store(result, norm)
    # torch divides a number by a tensor as a reciprocal and a product
    factor = tl.div_rn(1.0, norm + 1e-6) * clip
    tl.store(result + 1, tl.where(factor > 1.0, 1.0, factor))


@triton.jit
def toward(start, end, share):  # type: ignore[no-untyped-def]
    """start + share (end - start) in one fused multiply-add, counted from the nearer end as `torch.lerp` does."""
    share = tl.full(start.shape, share, tl.float32)
    near = share < 0.5
    return tl.fma(tl.where(near, share, share - 1.0), end - start, tl.where(near, start, end))


@triton.jit  # type: ignore[untyped-decorator]
def adamw(  # type: ignore[no-untyped-def]
    addresses,
    rows,
    factor,
    param,
    master,
    exp_avg,
    exp_avg_sq,
    averages,
    shares,
    keep,
    share_1,
    beta_2,
    share_2,
    step_size,
    root,
    eps,
    CAST: tl.constexpr,
    AVERAGES: tl.constexpr,
    BLOCK: tl.constexpr,
    BLOCKS: tl.constexpr,
):
    """One element: g = factor × gradient, then

        m = m + (1 - β₁)(g - m)                     share_1 = 1 - β₁
        v = β₂ v + (1 - β₂) g²                      share_2 = 1 - β₂
        w = (1 - lr λ) w - lr/(1 - β₁ⁿ) m / (√v / √(1 - β₂ⁿ) + ε)      keep, step_size, root
        a = a + share (w - a)                       for each average

    With CAST, w is the float32 master and `param` gets it rounded; without, `master` is `param` itself.
    Clipping rounds the gradient to its own dtype, as clipping in place does.
    """
    row = rows + tl.program_id(0).to(tl.int64) * 4
    first = tl.multiple_of(tl.load(row + 1), 16)
    left = tl.minimum(tl.load(row + 2) - first, BLOCK * BLOCKS).to(tl.int32)
    address = tl.multiple_of(tl.load(addresses + tl.load(row)), 16)
    if address != 0:
        gradient = address.to(param.dtype) + first
        place = tl.multiple_of(tl.load(row + 3), 16) + first
        clip = tl.load(factor)
        padded = tl.multiple_of((left + 15) // 16 * 16, 16)
        for start in range(0, left, BLOCK):
            i = start + tl.arange(0, BLOCK)
            here = i < padded
            g = piece(gradient, start, left, BLOCK)
            g = (g.to(tl.float32) * clip).to(g.dtype).to(tl.float32)
            w = tl.load(master + place + i, mask=here, other=0.0).to(tl.float32)
            m = tl.load(exp_avg + place + i, mask=here, other=0.0).to(tl.float32)
            v = tl.load(exp_avg_sq + place + i, mask=here, other=0.0).to(tl.float32)
            w = w * keep
            m = toward(m, g, share_1)
            v = tl.fma(share_2 * g, g, beta_2 * v)
            w = w - tl.div_rn(step_size * m, tl.div_rn(tl.sqrt_rn(v), root) + eps)
            tl.store(exp_avg + place + i, m.to(exp_avg.dtype.element_ty), mask=here)
            tl.store(exp_avg_sq + place + i, v.to(exp_avg_sq.dtype.element_ty), mask=here)
            stored = w.to(master.dtype.element_ty)
            tl.store(master + place + i, stored, mask=here)
            if CAST:
                tl.store(param + place + i, w.to(param.dtype.element_ty), mask=here)
            # an average follows what is stored
            w = stored.to(tl.float32)
            for k in tl.static_range(AVERAGES):
                a = tl.load(averages[k] + place + i, mask=here, other=0.0)
                tl.store(averages[k] + place + i, toward(a, w, shares[k]), mask=here)
