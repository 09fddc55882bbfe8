"""Philox4x32-10, and the normals made of its words, on arrays of numpy or of torch.

numpy serves a processor, where a call of torch takes several times as long, and torch all other devices. Either gives
the same bits: from the words on, only operations that IEEE 754 rounds exactly are used, each as its own call (so
nothing is contracted to a fused multiply-add). Library logarithms and cosines differ in the last place between devices,
and even between the body and the tail of one vectorised loop; so does torch's square root on a processor.

Philox: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
"""

from __future__ import annotations

import math
from functools import lru_cache
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
import torch

Array: TypeAlias = Any
"""A numpy array or a torch tensor; all arrays of a call are of one kind and device."""

MASK = 0xFFFFFFFF
_MULTIPLY_0, _MULTIPLY_2 = 0xD2511F53, 0xCD9E8D57
_WEYL_0, _WEYL_1 = 0x9E3779B9, 0xBB67AE85
_ROUNDS = 10


def block(counter: tuple[int, int, int, int], key: tuple[int, int]) -> tuple[int, int, int, int]:
    """The four words of one counter."""
    c0, c1, c2, c3 = counter
    for k0, k1 in _round_keys(key):
        p0, p2 = c0 * _MULTIPLY_0, c2 * _MULTIPLY_2
        c0, c1, c2, c3 = (p2 >> 32 & MASK) ^ c1 ^ k0, p2 & MASK, (p0 >> 32 & MASK) ^ c3 ^ k1, p0 & MASK
    return c0, c1, c2, c3


def blocks(even: Array, odd: Array, key: tuple[int, int]) -> tuple[Array, Array]:
    """The words of many counters, whose words 0 and 2 are `even` and 1 and 3 `odd`, int64 [2, n], in the same order.

    A product of two words reaches 2⁶⁴ and wraps in int64, but its 64 bits are the right ones, so a masked shift reads
    the high half.
    """
    multiply, keys = _constants(key, None if isinstance(even, np.ndarray) else even.device)
    for round_key in keys:
        product = even * multiply
        even = _swapped(product >> 32 & MASK) ^ odd ^ round_key
        odd = _swapped(product & MASK)
    return even, odd


@lru_cache(maxsize=4096)
def _round_keys(key: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    k0, k1 = key
    return tuple(((k0 + i * _WEYL_0) & MASK, (k1 + i * _WEYL_1) & MASK) for i in range(_ROUNDS))


def _constants(key: tuple[int, int], device: torch.device | None) -> tuple[Array, list[Array]]:
    """The multipliers [2, 1], and the key of each round [2, 1]."""
    rows = np.array(((_MULTIPLY_0, _MULTIPLY_2), *_round_keys(key)), np.int64)[..., None]
    multiply, *keys = rows if device is None else torch.from_numpy(rows).to(device)
    return multiply, keys


def _swapped(pair: Array) -> Array:
    return pair[::-1] if isinstance(pair, np.ndarray) else pair.flip(0)


def box_muller(radius: Array, angle: Array) -> tuple[Array, Array]:
    """Two independent standard normals in float64 from two 32-bit words. (Box, Muller 1958)"""
    of = np if isinstance(radius, np.ndarray) else torch
    u = _float(radius, of)
    u += 0.5
    u *= 2.0**-32
    length = logarithm(u, of)
    length *= -2.0
    length = of.sqrt(length)
    cos, sin = _cos_sin(angle, of)
    cos *= length
    sin *= length
    return cos, sin


def _float(x: Array, of: ModuleType) -> Array:
    return of.asarray(x, dtype=of.float64)


def logarithm(x: Array, of: ModuleType) -> Array:
    """Natural logarithm of normal float64 0 < x < 1, within 1e-11 of its size.

    x = m · 2ᵉ with m in [√½, √2), and log m = 2 artanh s at s = (m − 1)/(m + 1), |s| < 0.172.
    """
    bits = x.view(of.int64)
    exponent = (bits >> 52) - 1022
    mantissa = ((bits & 0xFFFFFFFFFFFFF) | (1022 << 52)).view(of.float64)
    small = mantissa < math.sqrt(0.5)
    mantissa = of.where(small, mantissa * 2.0, mantissa)
    exponent -= of.where(small, 1, 0)
    s = (mantissa - 1.0) / (mantissa + 1.0)
    series = polynomial(s * s, _LOG, of)
    series *= s
    series += _float(exponent, of) * math.log(2.0)
    return series


def _cos_sin(turn: Array, of: ModuleType) -> tuple[Array, Array]:
    """Cosine and sine of 2π · turn / 2³² for 32-bit integers, within 1e-11.

    Taylor series about the nearest quarter turn.
    """
    quarter = (turn + (1 << 29)) >> 30
    x = _float(turn - (quarter << 30), of)
    x *= math.pi * 2.0**-31
    square = x * x
    cos, sin = polynomial(square, _COS, of), polynomial(square, _SIN, of)
    sin *= x
    odd = (quarter & 1) == 1
    # signs by the quarter: + - - + of the cosine, + + - - of the sine
    return (
        of.where(odd, sin, cos) * (1 - ((quarter + 1) & 2)),
        of.where(odd, cos, sin) * (1 - (quarter & 2)),
    )


_LOG = tuple(2.0 / k for k in range(1, 15, 2))
_COS = tuple((-1) ** k / math.factorial(2 * k) for k in range(7))
_SIN = tuple((-1) ** k / math.factorial(2 * k + 1) for k in range(7))


def polynomial(x: Array, coefficients: tuple[float, ...], of: ModuleType) -> Array:
    """Σ coefficients[k] · xᵏ by Horner's rule."""
    value = of.full_like(x, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        value *= x
        value += coefficient
    return value
