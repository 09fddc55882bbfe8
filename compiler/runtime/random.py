"""Random numbers as a function, not a state: Philox4x32-10 in torch.

A draw is addressed, never advanced. Its address has two halves:

* the **key** of its stream, 64 bits: the first two words of `philox(counter=(step, site), key=seed)`, where
  step and seed are 64-bit integers and site is the 64-bit BLAKE2b digest of the site's name, each given as
  (low word, high word);
* the **counter** within the stream, four words: (element block, loop iteration, sample low, sample high). A
  block holds four consecutive elements of one sample's row-major draw, one for each word of Philox's output.
  A draw that is `per step` counts under the reserved sample 2⁶⁴ − 1.

So the value of an element depends on nothing but (seed, step, site, global sample, iteration, element): not
on the order of calls, the size of a batch, the number of ranks or a resume.

From the words on, only operations that IEEE 754 rounds exactly are used, each as its own torch call (so
nothing is contracted to a fused multiply-add): library logarithms and cosines differ in the last place
between devices, and even between the body and the tail of one vectorised loop. A float here has the same bits
on every device and for every batch.

Philox: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import torch
from torch import Tensor

Scope = Literal["sample", "step"]

_MASK = 0xFFFFFFFF
_MULTIPLY_0, _MULTIPLY_2 = 0xD2511F53, 0xCD9E8D57
_WEYL_0, _WEYL_1 = 0x9E3779B9, 0xBB67AE85
_ROUNDS = 10
_STEP_SAMPLE = (1 << 64) - 1
FEW = 32
"""Blocks that Python's integers make sooner than a device does: every operation on a tensor has its price."""


def _philox(counter: tuple[int, int, int, int], key: tuple[int, int]) -> tuple[int, int, int, int]:
    c0, c1, c2, c3 = counter
    for k0, k1 in _round_keys(key):
        p0, p2 = c0 * _MULTIPLY_0, c2 * _MULTIPLY_2
        c0, c1, c2, c3 = (p2 >> 32 & _MASK) ^ c1 ^ k0, p2 & _MASK, (p0 >> 32 & _MASK) ^ c3 ^ k1, p0 & _MASK
    return c0, c1, c2, c3


@lru_cache(maxsize=4096)
def _round_keys(key: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    k0, k1 = key
    return tuple(((k0 + i * _WEYL_0) & _MASK, (k1 + i * _WEYL_1) & _MASK) for i in range(_ROUNDS))


def _philox_pairs(even: Tensor, odd: Tensor, key: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Philox of counters whose words 0 and 2 are `even`, 1 and 3 `odd`, int64 [2, ...], to words in the same order.

    A product of two words reaches 2⁶⁴ and wraps in int64, but its 64 bits are the right ones, so a masked shift reads
    the high half.
    """
    pair = (2, *[1] * (even.dim() - 1))
    multiply = torch.tensor((_MULTIPLY_0, _MULTIPLY_2), device=even.device).view(pair)
    keys = torch.tensor(_round_keys(key), device=even.device).view(_ROUNDS, *pair)
    even, odd = even.clone(), odd.clone()
    for round_key in keys.unbind(0):
        product = even * multiply
        for here, there in ((0, 1), (1, 0)):
            torch.bitwise_right_shift(product[there], 32, out=even[here])
        even.bitwise_and_(_MASK).bitwise_xor_(odd).bitwise_xor_(round_key)
        for here, there in ((0, 1), (1, 0)):
            torch.bitwise_and(product[there], _MASK, out=odd[here])
    return even, odd


def philox(counter: Tensor, key: Tensor | tuple[int, int]) -> Tensor:
    """Philox4x32-10 of every counter: int64 [..., 4] of 32-bit values to the same; `key` is two of them."""
    k0, k1 = (int(word) for word in key)
    c0, c1, c2, c3 = counter.unbind(-1)
    even, odd = _philox_pairs(torch.stack((c0, c2)), torch.stack((c1, c3)), (k0, k1))
    return torch.stack((even[0], odd[0], even[1], odd[1]), dim=-1)


def _halves(value: int) -> tuple[int, int]:
    """The low and the high word of an integer modulo 2⁶⁴."""
    return value & _MASK, (value >> 32) & _MASK


@lru_cache(maxsize=4096)
def _site_hash(site: str) -> int:
    return int.from_bytes(hashlib.blake2b(site.encode(), digest_size=8).digest(), "little")


@lru_cache(maxsize=4096)
def stream_key(seed: int, step: int, site: str) -> tuple[int, int]:
    """The two key words of the stream of one draw site at one step."""
    words = _philox((*_halves(step), *_halves(_site_hash(site))), _halves(seed))
    return words[0], words[1]


def iteration_word(iteration: tuple[int, ...]) -> int:
    """The counter word of a draw inside loops: `n` nested indices, outermost first, share its 32 bits evenly.

    Raises ValueError when an index does not fit into its 32 // n bits, rather than let two iterations share a
    draw.
    """
    if not iteration:
        return 0
    bits = 32 // len(iteration)
    word = 0
    for index in iteration:
        if not 0 <= index < 1 << bits:
            raise ValueError(f"loop iteration {iteration} does not fit into {bits} bits an index")
        word = word << bits | index
    return word


@dataclass(frozen=True, eq=False)
class Streams:
    """The random streams of one step, for the samples at hand.

    `samples` are the global indices (0 .. 2⁶³-1) of the rows that this process computes now; a draw `per
    sample` has one row for each, in that order. A draw `per step` has no sample dimension. Frames and chunks
    are elements: a draw `per frame` has a shape with a frame dimension.
    """

    seed: int
    step: int
    samples: tuple[int, ...] | Tensor
    device: torch.device | str = "cpu"

    def words(
        self, site: str, shape: tuple[int, ...] = (), iteration: tuple[int, ...] = (), scope: Scope = "sample"
    ) -> Tensor:
        """Raw 32-bit words as int64 [samples, *shape], or [*shape] per step."""
        elements = math.prod(shape)
        even, odd = self._blocks(site, elements, iteration, scope)
        blocks = torch.stack((even[0], odd[0], even[1], odd[1]), dim=-1)
        return self._shaped(blocks.flatten(1), shape, scope)

    def normal(
        self, site: str, shape: tuple[int, ...] = (), iteration: tuple[int, ...] = (), scope: Scope = "sample"
    ) -> Tensor:
        """Standard normal float32 [samples, *shape], or [*shape] per step.

        Box and Muller (1958): words (0, 1) of a block give elements 0 and 1, words (2, 3) elements 2 and 3.
        """
        even, odd = self._blocks(site, math.prod(shape), iteration, scope)
        values = torch.empty(*even.shape[1:], 2, 2, dtype=torch.float32, device=self.device)
        for k, half in enumerate(_box_muller(even, odd)):
            values[..., k] = half.movedim(0, -1)
        return self._shaped(values.flatten(1), shape, scope)

    def uniform(
        self, site: str, shape: tuple[int, ...] = (), iteration: tuple[int, ...] = (), scope: Scope = "sample"
    ) -> Tensor:
        """Uniform float32 in the open interval (0, 1), [samples, *shape] or [*shape] per step.

        The values are the odd multiples of 2⁻²⁴, so neither end is ever drawn and both are equally near.
        """
        words = self.words(site, shape, iteration, scope)
        return ((words >> 9) * 2 + 1).to(torch.float32) * 2.0**-24

    def integer(
        self,
        site: str,
        lo: int,
        hi: int,
        shape: tuple[int, ...] = (),
        iteration: tuple[int, ...] = (),
        scope: Scope = "sample",
    ) -> Tensor:
        """Integers lo <= n < hi as int64, [samples, *shape] or [*shape] per step.

        A word is scaled by the number of choices, which may be at most 2³¹; the bias of a choice is under
        (hi - lo) / 2³² of its probability.
        """
        count = hi - lo
        if not 0 < count <= 1 << 31:
            raise ValueError(f"cannot draw an integer from {lo} .. {hi}")
        return lo + (self.words(site, shape, iteration, scope) * count >> 32)

    def _blocks(
        self, site: str, elements: int, iteration: tuple[int, ...], scope: Scope
    ) -> tuple[Tensor, Tensor]:
        """The words of every block: 0 and 2, then 1 and 3, each [2, rows, blocks]."""
        count, key = -(-elements // 4), stream_key(self.seed, self.step, site)
        samples = (_STEP_SAMPLE,) if scope == "step" else self.samples
        if isinstance(samples, tuple) and len(samples) * count <= FEW:
            word = iteration_word(iteration)
            words = [_philox((i, word, *_halves(row)), key) for row in samples for i in range(count)]
            found = torch.tensor(words, dtype=torch.int64, device=self.device).view(len(samples), count, 4)
            return found.permute(2, 0, 1)[0::2], found.permute(2, 0, 1)[1::2]
        low, high = self._rows(scope)
        even, odd = torch.empty(2, 2, len(low), count, dtype=torch.int64, device=self.device).unbind(0)
        even[0] = torch.arange(count, dtype=torch.int64, device=self.device)
        even[1] = low
        odd[0] = iteration_word(iteration)
        odd[1] = high
        return _philox_pairs(even, odd, key)

    def _rows(self, scope: Scope) -> tuple[Tensor, Tensor]:
        if scope == "step":
            rows = torch.tensor(-1, dtype=torch.int64, device=self.device)  # the bits of 2⁶⁴ - 1
        else:
            rows = torch.as_tensor(self.samples, dtype=torch.int64, device=self.device)
        rows = rows.reshape(-1, 1)
        return rows & _MASK, (rows >> 32) & _MASK

    def _shaped(self, rows: Tensor, shape: tuple[int, ...], scope: Scope) -> Tensor:
        values = rows[:, : math.prod(shape)]
        return values.reshape(shape if scope == "step" else (len(rows), *shape))


def _box_muller(radius: Tensor, angle: Tensor) -> tuple[Tensor, Tensor]:
    """Two independent standard normals in float64 from two 32-bit words."""
    u = (radius.to(torch.float64) + 0.5).mul_(2.0**-32)
    length = _log(u).mul_(-2.0).sqrt_()
    cos, sin = _cos_sin(angle)
    return cos.mul_(length), sin.mul_(length)


def _log(x: Tensor) -> Tensor:
    """Natural logarithm of normal float64 0 < x < 1, within 1e-11 of its size.

    x = m · 2ᵉ with m in [√½, √2), and log m = 2 artanh s at s = (m − 1)/(m + 1), |s| < 0.172.
    """
    bits = x.view(torch.int64)
    exponent = (bits >> 52) - 1022
    mantissa = ((bits & 0xFFFFFFFFFFFFF) | (1022 << 52)).view(torch.float64)
    small = mantissa < math.sqrt(0.5)
    mantissa = torch.where(small, mantissa * 2.0, mantissa)
    exponent -= small.to(torch.int64)
    s = (mantissa - 1.0).div_(mantissa + 1.0)
    series = _polynomial(s * s, _LOG)
    return series.mul_(s).add_(exponent.to(torch.float64).mul_(math.log(2.0)))


def _cos_sin(turn: Tensor) -> tuple[Tensor, Tensor]:
    """Cosine and sine of 2π · turn / 2³² for 32-bit integers, within 1e-11.

    Taylor series about the nearest quarter turn.
    """
    quarter = (turn + (1 << 29)) >> 30
    x = (turn - (quarter << 30)).to(torch.float64).mul_(math.pi * 2.0**-31)
    square = x * x
    cos, sin = _polynomial(square, _COS), _polynomial(square, _SIN).mul_(x)
    odd = (quarter & 1) == 1
    # signs by the quarter: + - - + of the cosine, + + - - of the sine
    return (
        torch.where(odd, sin, cos).mul_(1 - ((quarter + 1) & 2)),
        torch.where(odd, cos, sin).mul_(1 - (quarter & 2)),
    )


_LOG = tuple(2.0 / k for k in range(1, 15, 2))
_COS = tuple((-1) ** k / math.factorial(2 * k) for k in range(7))
_SIN = tuple((-1) ** k / math.factorial(2 * k + 1) for k in range(7))


def _polynomial(x: Tensor, coefficients: tuple[float, ...]) -> Tensor:
    """Σ coefficients[k] · xᵏ by Horner's rule."""
    value = torch.full_like(x, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        value.mul_(x).add_(coefficient)
    return value
