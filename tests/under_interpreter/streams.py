"""Kernels draw what `random.Streams` draws, bit for bit."""

from __future__ import annotations

import pytest
import torch
import triton
import triton.language as tl

from fdc.compiler.runtime.api import kernel_draws
from fdc.compiler.runtime.random.streams import Streams, iteration_word, stream_key


@triton.jit
def draw(floats, integers, rows, key_0, key_1, iteration, count, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]
    sample = tl.program_id(1)
    element = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    row, at, inside = tl.load(rows + sample), sample * count + element, element < count
    w0, w1, w2, w3 = kernel_draws.words(key_0, key_1, iteration, row, element)
    tl.store(floats + at, kernel_draws.normal(key_0, key_1, iteration, row, element), inside)
    lane = element % 4
    word = tl.where(lane < 2, tl.where(lane == 0, w0, w1), tl.where(lane == 2, w2, w3))
    tl.store(integers + at, word.to(tl.int64), inside)


@pytest.mark.parametrize("count", [1, 3, 1024, 5003])
@pytest.mark.parametrize(
    ("seed", "step", "site", "iteration"),
    [(0, 1, "x", ()), (7, 3, "student.eps", (4,)), ((1 << 40) + 5, 1 << 33, "a.b", (65535, 2))],
)
def test_words_and_normals(seed: int, step: int, site: str, iteration: tuple[int, ...], count: int) -> None:
    samples = (5, (1 << 40) + 3, 0)
    expected = Streams(seed, step, samples)
    floats, integers = torch.empty(3, count), torch.empty(3, count, dtype=torch.int64)
    key = [word - (1 << 32) if word >= 1 << 31 else word for word in stream_key(seed, step, site)]
    word = iteration_word(iteration)
    word = word - (1 << 32) if word >= 1 << 31 else word
    grid = (triton.cdiv(count, 1024), 3)
    draw[grid](floats, integers, torch.tensor(samples), *key, word, count, BLOCK=1024)
    assert torch.equal(integers, expected.words(site, (count,), iteration))
    assert torch.equal(floats, expected.normal(site, (count,), iteration))
