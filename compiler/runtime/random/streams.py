"""Random numbers as a function, not a state.

A draw is addressed, never advanced. Its address has two halves:

* the **key** of its stream, 64 bits: the first two words of `philox(counter=(step, site), key=seed)`, where
  step and seed are 64-bit integers and site is the 64-bit BLAKE2b digest of the site's name, each given as
  (low word, high word);
* the **counter** within the stream, four words: (element block, loop iteration, sample low, sample high). A
  block holds four consecutive elements of one sample's row-major draw, one for each word of Philox's output.
  A draw that is `per step` counts under the reserved sample 2⁶⁴ − 1.

So the value of an element depends on nothing but (seed, step, site, global sample, iteration, element): not
on the order of calls, the size of a batch, the number of ranks or a resume.

A float has the same bits on every device and for every batch (`philox.py`).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from .normal_quantile import quantile_between
from .philox import MASK, Array, block, blocks, box_muller

Scope = Literal["sample", "step"]

_STEP_SAMPLE = (1 << 64) - 1
FEW = 32
"""Blocks that Python's integers make sooner than numpy: every operation on an array has its price."""
CHUNK = 4096
"""Blocks that numpy makes at once: few enough to stay in a processor's cache."""

_Pair = Callable[[Array, Array], tuple[Array, Array]]


def _halves(value: int) -> tuple[int, int]:
    """The low and the high word of an integer modulo 2⁶⁴."""
    return value & MASK, (value >> 32) & MASK


@lru_cache(maxsize=4096)
def _site_hash(site: str) -> int:
    return int.from_bytes(hashlib.blake2b(site.encode(), digest_size=8).digest(), "little")


@lru_cache(maxsize=4096)
def stream_key(seed: int, step: int, site: str) -> tuple[int, int]:
    """The two key words of the stream of one draw site at one step."""
    words = block((*_halves(step), *_halves(_site_hash(site))), _halves(seed))
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
        return self._drawn(site, shape, iteration, scope, lambda even, odd: (even, odd), torch.int64)

    def normal(
        self, site: str, shape: tuple[int, ...] = (), iteration: tuple[int, ...] = (), scope: Scope = "sample"
    ) -> Tensor:
        """Standard normal float32 [samples, *shape], or [*shape] per step.

        Words (0, 1) of a block give elements 0 and 1, words (2, 3) elements 2 and 3.
        """
        return self._drawn(site, shape, iteration, scope, box_muller, torch.float32)

    def normal_between(
        self,
        site: str,
        low: float,
        high: float,
        shape: tuple[int, ...] = (),
        iteration: tuple[int, ...] = (),
        scope: Scope = "sample",
    ) -> Tensor:
        """Standard normals that lie between two numbers, float32 [samples, *shape] or [*shape] per step.

        Each is the quantile of one word, so that no draw is rejected and each element stays a function of its address.
        """

        def made(even: Array, odd: Array) -> tuple[Array, Array]:
            return quantile_between(even, low, high), quantile_between(odd, low, high)

        return self._drawn(site, shape, iteration, scope, made, torch.float32)

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

    def _drawn(
        self,
        site: str,
        shape: tuple[int, ...],
        iteration: tuple[int, ...],
        scope: Scope,
        made: _Pair,
        dtype: torch.dtype,
    ) -> Tensor:
        """What is `made` of each block's words 0 and 2, and 1 and 3, element by element."""
        count = -(-math.prod(shape) // 4)
        key, word = stream_key(self.seed, self.step, site), iteration_word(iteration)
        samples = (_STEP_SAMPLE,) if scope == "step" else self.samples
        rows, size = len(samples), len(samples) * count
        few = isinstance(samples, tuple) and size <= FEW
        device = torch.device("cpu" if few else self.device)
        values = torch.empty(size, 2, 2, dtype=dtype, device=device)
        on_processor = device.type == "cpu"
        out: Array = values.numpy() if on_processor else values
        if few:
            words = [block((i, word, *_halves(row)), key) for row in samples for i in range(count)]
            pairs = np.array(words, np.int64).reshape(size, 2, 2).T
            out[..., 0], out[..., 1] = (half.T for half in made(*pairs))
        else:
            known = torch.as_tensor([-1] if scope == "step" else samples, dtype=torch.int64, device=device)
            numbers: Array = known.numpy() if on_processor else known
            step = CHUNK if on_processor else max(size, 1)
            for first in range(0, size, step):
                here = slice(first, min(first + step, size))
                counters = _counters(numbers, count, word, here)
                out[here, :, 0], out[here, :, 1] = (half.T for half in made(*blocks(*counters, key)))
        drawn = values.to(self.device).view(rows, 4 * count)[:, : math.prod(shape)]
        return drawn.reshape(shape if scope == "step" else (rows, *shape))


def _counters(numbers: Array, count: int, word: int, here: slice) -> tuple[Array, Array]:
    """Words 0 and 2, and 1 and 3, of the counters of these blocks, int64 [2, n]; `count` blocks a sample's number."""
    of: Any
    at: Array
    if isinstance(numbers, np.ndarray):
        of, at = np, np.arange(here.start, here.stop)
    else:
        of, at = torch, torch.arange(here.start, here.stop, device=numbers.device)
    number = numbers[at // count]
    return (
        of.stack((at % count, number & MASK)),
        of.stack((of.full_like(at, word), number >> 32 & MASK)),
    )
