"""Philox against its published answers, and what makes a draw a function of its address."""

from __future__ import annotations

import hashlib
import itertools
import math
from typing import Literal

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fdc.compiler.runtime.random import streams as random
from fdc.compiler.runtime.random.philox import block, blocks, box_muller
from fdc.compiler.runtime.random.streams import Streams, iteration_word, stream_key

# "philox4x32 10" of Random123's known-answer file: counter, key, output.
KNOWN = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]
WORD = st.integers(0, 2**32 - 1)
ROUNDS, MASK = 10, 2**32 - 1


def words(text: str) -> torch.Tensor:
    return torch.tensor([int(word, 16) for word in text.split()])


def philox(counters: list[list[int]], key: list[int]) -> list[list[int]]:
    """Philox in integers, in numpy and in torch, which give the same."""
    pair = (key[0], key[1])
    rows = np.array(counters, np.int64).reshape(-1, 4).T
    one_by_one = [list(block((c[0], c[1], c[2], c[3]), pair)) for c in counters]
    for array in (rows, torch.from_numpy(rows)):
        even, odd = blocks(array[0::2], array[1::2], pair)
        words = np.stack((even[0], odd[0], even[1], odd[1]), -1)
        assert words.tolist() == one_by_one
    return one_by_one


@pytest.mark.parametrize(("counter", "key", "output"), KNOWN)
def test_known_answers(counter: str, key: str, output: str) -> None:
    assert philox([words(counter).tolist()], words(key).tolist()) == [words(output).tolist()]


def reference(counter: list[int], key: list[int]) -> list[int]:
    """The algorithm once more, in unbounded integers."""
    c, k = list(counter), list(key)
    for _ in range(ROUNDS):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [b // 2**32 ^ c[1] ^ k[0], b % 2**32, a // 2**32 ^ c[3] ^ k[1], a % 2**32]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


@given(st.lists(st.lists(WORD, min_size=4, max_size=4), max_size=3), st.lists(WORD, min_size=2, max_size=2))
def test_equals_unbounded_integers(counters: list[list[int]], key: list[int]) -> None:
    assert philox(counters, key) == [reference(counter, key) for counter in counters]


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**40), st.text(max_size=20))
def test_stream_key_is_the_documented_one(seed: int, step: int, site: str) -> None:
    digest = int.from_bytes(hashlib.blake2b(site.encode(), digest_size=8).digest(), "little")
    counter = [step & MASK, step >> 32, digest & MASK, digest >> 32]
    assert list(stream_key(seed, step, site)) == reference(counter, [seed & MASK, seed >> 32])[:2]


def test_counter_layout() -> None:
    sample = 5 + (3 << 32)
    drawn = Streams(7, 11, (sample,)).words("site", (6,), (2, 9))
    key = list(stream_key(7, 11, "site"))
    blocks = [reference([block, 2 << 16 | 9, 5, 3], key) for block in (0, 1)]
    assert drawn[0].tolist() == (blocks[0] + blocks[1])[:6]


GOLDEN_WORDS = [[781483972, 698630849, 2647871948], [1549885685, 2601412304, 854769426]]
GOLDEN_NORMAL = [
    0.9629645347595215,
    1.575026512145996,
    0.8916655778884888,
    -1.1243629455566406,
    -0.879962146282196,
    0.8373206853866577,
]


def test_draws_stay_what_they_are() -> None:
    """A change here changes every run that resumes."""
    streams = Streams(1234, 56, (0, 7))
    drawn = streams.words("noise", (3,)).tolist()
    assert drawn == GOLDEN_WORDS
    assert streams.normal("noise", (3,)).flatten().tolist() == GOLDEN_NORMAL


def draws(streams: Streams) -> dict[str, torch.Tensor]:
    return {
        "normal": streams.normal("a", (3, 5, 7)),
        "uniform": streams.uniform("b", (4,), (3,)),
        "scalar": streams.uniform("c"),
        "integer": streams.integer("d", -2, 9),
    }


def test_a_batch_of_8_is_2_of_4() -> None:
    whole = draws(Streams(3, 14, tuple(range(8))))
    parts = [draws(Streams(3, 14, tuple(range(k, k + 4)))) for k in (0, 4)]
    for name, value in whole.items():
        assert torch.equal(value, torch.cat([part[name] for part in parts])), name


@settings(max_examples=25)
@given(st.lists(st.integers(0, 2**62), min_size=1, max_size=9, unique=True), st.integers(0, 2**32))
def test_a_row_depends_on_its_sample_alone(samples: list[int], seed: int) -> None:
    together = draws(Streams(seed, 2, tuple(samples)))
    for row, sample in enumerate(samples):
        for name, value in draws(Streams(seed, 2, torch.tensor([sample]))).items():
            assert torch.equal(together[name][row], value[0])


def test_neither_threads_nor_other_draws_matter() -> None:
    streams = Streams(0, 0, tuple(range(4)))
    before = streams.normal("x", (4, 33, 57))
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    torch.set_num_threads(1 if threads > 1 else 2)
    try:
        draws(streams)
        after = streams.normal("x", (4, 33, 57))
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(before, after)
    assert torch.equal(state, torch.get_rng_state())


def test_neither_default_dtype_matters() -> None:
    before = draws(Streams(0, 0, (1,)))
    torch.set_default_dtype(torch.float64)
    try:
        after = draws(Streams(0, 0, (1,)))
    finally:
        torch.set_default_dtype(torch.float32)
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert after["normal"].dtype == after["uniform"].dtype == torch.float32


def test_per_step_is_one_value_on_every_rank() -> None:
    here, there = Streams(0, 5, (0, 1, 2)), Streams(0, 5, (90,))
    for streams in (here, there):
        assert streams.uniform("t", scope="step").shape == ()
        assert streams.normal("n", (2, 3), scope="step").shape == (2, 3)
    assert here.uniform("t", scope="step") == there.uniform("t", scope="step")
    assert here.integer("k", 0, 1000, scope="step") == there.integer("k", 0, 1000, scope="step")
    assert here.uniform("t", scope="step") != Streams(0, 6, (0,)).uniform("t", scope="step")
    assert here.uniform("t", scope="step") not in here.uniform("t")


def test_few_blocks_are_those_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made by Python's integers or by numpy's."""

    def draws(
        samples: tuple[int, ...], shape: tuple[int, ...], scope: Literal["sample", "step"]
    ) -> list[torch.Tensor]:
        s = Streams(7, 3, samples)
        return [
            s.words("s", shape, (2,), scope),
            s.normal("s", shape, (2,), scope),
            s.uniform("s", shape, (2,), scope),
            s.integer("s", 0, 5, shape, (2,), scope),
        ]

    scopes: tuple[Literal["sample", "step"], ...] = ("sample", "step")
    for asked in itertools.product(((), (0,), (5, 1 << 40, 3)), ((), (3,), (2, 5)), scopes):
        few = draws(*asked)
        with monkeypatch.context() as changed:
            changed.setattr(random, "FEW", -1)
            many = draws(*asked)
        for a, b in zip(few, many):
            assert a.shape == b.shape and a.dtype == b.dtype and torch.equal(a, b)


def test_shapes() -> None:
    streams = Streams(0, 0, (0, 1, 2))
    assert streams.normal("x", ()).shape == (3,)
    assert streams.normal("x", (2, 0)).shape == (3, 2, 0)
    assert Streams(0, 0, ()).normal("x", (2,)).shape == (0, 2)


BASE: dict[str, object] = {"seed": 1, "step": 2, "site": "s", "sample": 3, "iteration": (4,)}
OTHER = [{"seed": 2}, {"seed": 1 + 2**33}, {"step": 3}, {"site": "t"}, {"sample": 4}, {"iteration": (5,)}]


@pytest.mark.parametrize("change", OTHER, ids=str)
def test_every_part_of_the_address_counts(change: dict[str, object]) -> None:
    def draw(seed: int, step: int, site: str, sample: int, iteration: tuple[int, ...]) -> torch.Tensor:
        return Streams(seed, step, (sample,)).normal(site, (20_000,), iteration)[0]

    one, other = draw(**BASE), draw(**{**BASE, **change})  # type: ignore[arg-type]
    assert not torch.equal(one, other)
    assert abs(float((one * other).mean())) < 5 / math.sqrt(20_000)


@given(st.data())
def test_iterations_do_not_collide(data: st.DataObject) -> None:
    depth = data.draw(st.integers(1, 4))
    index = st.integers(0, 2 ** (32 // depth) - 1)
    one, other = (data.draw(st.tuples(*[index] * depth)) for _ in range(2))
    assert (iteration_word(one) == iteration_word(other)) == (one == other)
    assert 0 <= iteration_word(one) < 2**32


@pytest.mark.parametrize("iteration", [(2**32,), (-1,), (0, 2**16), (0, 0, 2**10)])
def test_an_iteration_that_does_not_fit_is_refused(iteration: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        Streams(0, 0, (0,)).uniform("x", iteration=iteration)


def test_normals_are_normal() -> None:
    x = Streams(0, 0, tuple(range(4))).normal("x", (100_000,)).flatten().double()
    count = len(x)
    for power, moment, variance in [(1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)]:
        assert abs(float((x**power).mean()) - moment) < 5 * math.sqrt(variance / count), power
    expected = 0.5 * torch.erfc(-x.sort().values / math.sqrt(2))
    distance = (expected - (torch.arange(count) + 0.5) / count).abs().max()
    assert float(distance) < 1.95 / math.sqrt(count)  # Kolmogorov-Smirnov at 0.1 %
    blocks = x.reshape(-1, 4)
    correlation = (blocks.T @ blocks) / len(blocks) - torch.eye(4)
    assert float(correlation.abs().max()) < 6 * math.sqrt(2 / len(blocks))


def test_box_muller_against_library_functions() -> None:
    streams = Streams(9, 9, (0,))
    word = streams.words("x", (40_000,)).double().reshape(-1, 2)
    length, angle = (-2 * ((word[:, 0] + 0.5) / 2**32).log()).sqrt(), word[:, 1] / 2**32 * 2 * math.pi
    expected = torch.stack([length * angle.cos(), length * angle.sin()], -1).flatten()
    assert torch.allclose(streams.normal("x", (40_000,))[0].double(), expected, rtol=1e-7, atol=1e-9)


def test_torch_and_numpy_make_the_same_normals_to_the_last_bit() -> None:
    angles = np.random.default_rng(1).integers(0, 2**32, (2, 50_000))
    angles[:, :4] = [0, 1, 2**31, 2**32 - 1]
    here = box_muller(angles, angles[::-1].copy())
    there = box_muller(torch.from_numpy(angles), torch.from_numpy(angles[::-1].copy()))
    for a, b in zip(here, there):
        # in float32: torch's square root on a processor is not always the nearest float64
        assert a.dtype == np.float64 and np.array_equal(a.astype(np.float32), b.float().numpy())


def test_torch_and_numpy_count_the_same_blocks() -> None:
    numbers = np.array([-1, 5, 1 << 40])
    for a, b in zip(
        random._counters(numbers, 7, 9, slice(3, 20)),
        random._counters(torch.from_numpy(numbers), 7, 9, slice(3, 20)),
    ):
        assert a.dtype == np.int64 and np.array_equal(a, b.numpy())


def test_many_chunks_are_one_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Streams(1, 2, (3, 1 << 40)).normal("x", (5, 101))
    monkeypatch.setattr(random, "CHUNK", 7)
    assert torch.equal(Streams(1, 2, (3, 1 << 40)).normal("x", (5, 101)), whole)


def test_uniforms_are_uniform_and_open() -> None:
    u = Streams(0, 0, tuple(range(4))).uniform("x", (50_000,)).flatten()
    assert u.min() > 0 and u.max() < 1
    assert abs(float(u.mean()) - 0.5) < 5 * math.sqrt(1 / 12 / len(u))
    counts = torch.histc(u, 64, 0, 1).double()
    assert float(((counts - len(u) / 64) ** 2 / (len(u) / 64)).sum()) < 113  # chi², 63 degrees, 0.01 %
    ends = torch.tensor([0, 2**32 - 1])
    assert (((ends >> 9) * 2 + 1).float() * 2.0**-24).tolist() == [2.0**-24, 1 - 2.0**-24]


@given(st.integers(-(2**40), 2**40), st.integers(1, 2**31))
def test_integers_stay_in_range(lo: int, count: int) -> None:
    drawn = Streams(0, 0, (0, 1)).integer("x", lo, lo + count, (20,))
    assert drawn.dtype == torch.int64
    assert lo <= int(drawn.min()) and int(drawn.max()) < lo + count


def test_integers_are_even() -> None:
    drawn = Streams(0, 0, tuple(range(3000))).integer("x", 2, 5, (4,))
    share = torch.bincount(drawn.flatten()).double() / drawn.numel()
    assert share[:2].tolist() == [0, 0]
    assert float((share[2:] - 1 / 3).abs().max()) < 5 * math.sqrt(2 / 9 / drawn.numel())


@pytest.mark.parametrize(("lo", "hi"), [(3, 3), (4, 3), (0, 2**31 + 1)])
def test_no_integer_from_nothing(lo: int, hi: int) -> None:
    with pytest.raises(ValueError, match="cannot draw"):
        Streams(0, 0, (0,)).integer("x", lo, hi)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_draws_the_same_bits() -> None:
    here = draws(Streams(3, 4, tuple(range(6))))
    there = draws(Streams(3, 4, tuple(range(6)), "cuda"))
    for name, value in here.items():
        assert torch.equal(value, there[name].cpu()), name
    large = Streams(0, 1, (8,)).normal("x", (400_000,))
    assert torch.equal(large, Streams(0, 1, (8,), "cuda").normal("x", (400_000,)).cpu())
