"""The random streams of `runtime.random` inside Triton kernels: the same words to the last bit, and the same normals.

Kernels that draw must be launched with `enable_fp_fusion=False`: a multiplication and an addition that the
device contracts to one would round differently from torch.
"""

from __future__ import annotations

import math

from .triton import tl, triton

_ROUNDS = tl.constexpr(10)
_MULTIPLY_0, _MULTIPLY_2 = tl.constexpr(0xD2511F53), tl.constexpr(0xCD9E8D57)
_WEYL_0, _WEYL_1 = tl.constexpr(0x9E3779B9), tl.constexpr(0xBB67AE85)
_HALF_ROOT, _LOG_2 = tl.constexpr(math.sqrt(0.5)), tl.constexpr(math.log(2.0))
_TURN = tl.constexpr(math.pi * 2.0**-31)


@triton.jit
def philox(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    """Philox4x32-10 of uint32 counters and keys: four uint32 words."""
    for _ in tl.static_range(_ROUNDS):
        a, b = c0, c2
        c0 = tl.umulhi(b, tl.full(b.shape, _MULTIPLY_2, tl.uint32)) ^ c1 ^ k0
        c2 = tl.umulhi(a, tl.full(a.shape, _MULTIPLY_0, tl.uint32)) ^ c3 ^ k1
        c1 = b * tl.full(b.shape, _MULTIPLY_2, tl.uint32)
        c3 = a * tl.full(a.shape, _MULTIPLY_0, tl.uint32)
        k0 = k0 + tl.full(k0.shape, _WEYL_0, tl.uint32)
        k1 = k1 + tl.full(k1.shape, _WEYL_1, tl.uint32)
    return c0, c1, c2, c3


@triton.jit
def words(key_0, key_1, iteration, row, element):  # type: ignore[no-untyped-def]
    """Four uint32 words of the block of four elements that each of `element` (int32) lies in, for the sample
    with the global index `row` (int64)."""
    zero = tl.zeros_like(element).to(tl.uint32)
    block = (element // 4).to(tl.uint32)
    low, high = (row & 0xFFFFFFFF).to(tl.uint32), ((row >> 32) & 0xFFFFFFFF).to(tl.uint32)
    return philox(
        block,
        zero + iteration.to(tl.uint32),
        zero + low,
        zero + high,
        zero + key_0.to(tl.uint32),
        zero + key_1.to(tl.uint32),
    )


@triton.jit
def normal(key_0, key_1, iteration, row, element):  # type: ignore[no-untyped-def]
    """Standard normals in float32, as `random.Streams.normal` gives them."""
    w0, w1, w2, w3 = words(key_0, key_1, iteration, row, element)
    lane = element % 4
    radius, angle = tl.where(lane < 2, w0, w2), tl.where(lane < 2, w1, w3)
    u = (radius.to(tl.float64) + 0.5) * 2.3283064365386963e-10  # 2⁻³²
    length = tl.sqrt(_log(u) * -2.0)
    cos, sin = _cos_sin(angle.to(tl.int64))
    return (length * tl.where(lane % 2 == 0, cos, sin)).to(tl.float32)


@triton.jit
def _log(x):  # type: ignore[no-untyped-def]
    bits = x.to(tl.int64, bitcast=True)
    exponent = (bits >> 52) - 1022
    mantissa = ((bits & 0xFFFFFFFFFFFFF) | (1022 << 52)).to(tl.float64, bitcast=True)
    small = mantissa < _HALF_ROOT
    mantissa = tl.where(small, mantissa * 2.0, mantissa)
    exponent = exponent - small.to(tl.int64)
    s = (mantissa - 1.0) / (mantissa + 1.0)
    square = s * s
    series = tl.full(x.shape, 2.0 / 13, tl.float64)
    for i in tl.static_range(6):
        series = series * square + 2.0 / (11 - 2 * i)
    return s * series + exponent.to(tl.float64) * _LOG_2


@triton.jit
def _cos_sin(turn):  # type: ignore[no-untyped-def]
    quarter = (turn + (1 << 29)) >> 30
    x = (turn - (quarter << 30)).to(tl.float64) * _TURN
    square = x * x
    cos = tl.full(x.shape, 1.0 / 479001600, tl.float64)
    cos = cos * square + -1.0 / 3628800
    cos = cos * square + 1.0 / 40320
    cos = cos * square + -1.0 / 720
    cos = cos * square + 1.0 / 24
    cos = cos * square + -1.0 / 2
    cos = cos * square + 1.0
    sin = tl.full(x.shape, 1.0 / 6227020800, tl.float64)
    sin = sin * square + -1.0 / 39916800
    sin = sin * square + 1.0 / 362880
    sin = sin * square + -1.0 / 5040
    sin = sin * square + 1.0 / 120
    sin = sin * square + -1.0 / 6
    sin = sin * square + 1.0
    sin = x * sin
    odd = (quarter & 1) == 1
    cos_sign = 1.0 - (((quarter + 1) >> 1) & 1).to(tl.float64) * 2.0
    sin_sign = 1.0 - ((quarter >> 1) & 1).to(tl.float64) * 2.0
    return tl.where(odd, sin, cos) * cos_sign, tl.where(odd, cos, sin) * sin_sign
