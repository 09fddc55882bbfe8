"""What encoders made, found again: exactly, or not at all."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from lowering import Net, role, run
from torch import Tensor, nn

from fdc.compiler.runtime.base.encoder_cache import Cache, Statistics, key_hash, tensors_hash, weights_hash

KEY = {"content": "abc", "weights": "w1", "space": "wan21", "dtype": "bf16"}


def made(value: float = 1.0) -> dict[str, Tensor]:
    return {
        "latents": torch.arange(24, dtype=torch.bfloat16).reshape(2, 3, 4).transpose(0, 2) * value,
        "mask": torch.tensor([True, False]),
        "scale": torch.tensor(value),
        "none": torch.zeros(0, 3),
    }


def fail() -> dict[str, Tensor]:
    raise AssertionError("made though it was there")


def equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(
        torch.equal(one[name], other[name]) and one[name].dtype == other[name].dtype for name in one
    )


def test_the_second_run_reads(tmp_path: Path) -> None:
    first = Cache(tmp_path / "cache", print)
    assert equal(first.get_or_make(KEY, made), made())
    assert first.statistics == Statistics(hits=0, misses=1)
    second = Cache(tmp_path / "cache", print)
    assert equal(second.get_or_make(dict(reversed(KEY.items())), fail), made())
    assert second.statistics == Statistics(hits=1, misses=0)


@pytest.mark.parametrize("part", KEY)
def test_every_part_of_the_key_counts(tmp_path: Path, part: str) -> None:
    cache = Cache(tmp_path, print)
    cache.get_or_make(KEY, made)
    other = cache.get_or_make({**KEY, part: "other"}, lambda: made(2.0))
    assert equal(other, made(2.0))
    assert equal(cache.get_or_make(KEY, fail), made())


@given(*[st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=3)] * 2)
def test_keys_do_not_run_into_each_other(one: dict[str, str], other: dict[str, str]) -> None:
    assert (key_hash(one) == key_hash(other)) == (one == other)


def test_what_comes_back_is_nobody_elses(tmp_path: Path) -> None:
    weight = nn.Parameter(torch.ones(3))
    cache = Cache(tmp_path, print)
    got = cache.get_or_make(KEY, lambda: {"a": weight * 2, "b": weight, "c": weight[1:]})
    assert not any(tensor.requires_grad for tensor in got.values())
    got["b"].zero_()
    assert weight.tolist() == [1, 1, 1]
    again = cache.get_or_make(KEY, fail)
    assert [tensor.tolist() for tensor in again.values()] == [[2, 2, 2], [1, 1, 1], [1, 1]]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-30] ^= 4
    path.write_bytes(content)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("not tensors")


def another(path: Path) -> None:
    cache = Cache(path.parent / "other", print)
    other = {**KEY, "content": "other"}
    cache.get_or_make(other, lambda: made(3.0))
    os.replace(cache.path(other), path)


@pytest.mark.parametrize("damage", [cut, flip, empty, text, another])
def test_a_damaged_entry_is_reported_once_and_made_anew(tmp_path: Path, damage: object) -> None:
    said: list[str] = []
    Cache(tmp_path, print).get_or_make(KEY, made)
    cache = Cache(tmp_path, said.append)
    assert callable(damage)
    damage(cache.path(KEY))
    assert equal(cache.get_or_make(KEY, made), made())
    assert equal(cache.get_or_make(KEY, fail), made())
    assert cache.statistics == Statistics(hits=1, misses=1, damaged=1)
    assert len(said) == 1 and str(cache.path(KEY)) in said[0] and "made anew" in said[0]


def test_a_batch_makes_what_is_missing_at_once(tmp_path: Path) -> None:
    cache = Cache(tmp_path, print)
    keys = [{**KEY, "content": str(n)} for n in (0, 1, 2, 1, 3)]
    cache.get_or_make(keys[0], lambda: made(0.0))
    asked: list[list[int]] = []

    def make(missing: list[int]) -> list[dict[str, Tensor]]:
        asked.append(missing)
        return [made(float(keys[index]["content"])) for index in missing]

    for _ in range(2):
        got = cache.get_or_make_batch(keys, make)
        assert all(equal(entry, made(float(key["content"]))) for entry, key in zip(got, keys))
    assert asked == [[1, 2, 4]]
    assert cache.statistics == Statistics(hits=0 + 2 + 5, misses=1 + 3)
    assert cache.get_or_make_batch([], make) == []
    with pytest.raises(ValueError, match="1 entries were to be made, and 0 were"):
        cache.get_or_make_batch([{**KEY, "content": "new"}], lambda _: [])


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    cache = Cache(tmp_path, print)
    with pytest.raises(AssertionError):
        cache.get_or_make(KEY, fail)
    assert list(tmp_path.rglob("*")) == []


def test_a_full_disk_stops_the_keeping_not_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fdc.compiler.runtime.base import encoder_cache as module

    def full(tensors: dict[str, Tensor], path: Path, metadata: dict[str, str]) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "save_file", full)
    said: list[str] = []
    cache = Cache(tmp_path, said.append)
    for content in "abc":
        assert equal(cache.get_or_make({**KEY, "content": content}, made), made())
    assert len(said) == 1 and "No space left" in said[0]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_place_that_cannot_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    said: list[str] = []
    cache = Cache(tmp_path / "file", said.append)
    assert equal(cache.get_or_make(KEY, made), made())
    assert said


def test_threads_share_it(tmp_path: Path) -> None:
    cache = Cache(tmp_path, print)
    keys = [{**KEY, "content": str(n)} for n in range(6)]
    wrong: list[object] = []

    def work() -> None:
        for n, key in enumerate(keys):
            got = cache.get_or_make(key, lambda n=n: made(float(n)))  # type: ignore[misc]
            if not equal(got, made(float(n))):
                wrong.append(key)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    statistics = cache.statistics
    assert statistics.hits + statistics.misses == 24 and statistics.damaged == 0
    assert not list(tmp_path.rglob("*.part"))


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).to(torch.bfloat16)


def test_weights_hash_is_stable_and_sees_every_bit() -> None:
    expected = weights_hash(network())
    assert weights_hash(network().requires_grad_(False).eval()) == expected
    changed = network()
    with torch.no_grad():
        changed[0].bias[2] = torch.nextafter(changed[0].bias[2], torch.tensor(9.0, dtype=torch.bfloat16))
    buffered = network()
    buffered[1].running_mean[0] = 1
    others = [changed, buffered, network().float(), nn.Sequential(*reversed(list(network())))]
    assert len({expected, *map(weights_hash, others)}) == 5


GOLDEN_HASH = "7279aa8fdc517171f3639b9e03c3b051d82398cdd047ab05d63397049e59d217"


def test_tensors_hash_of_known_tensors() -> None:
    tensors = {"b": torch.tensor([[1.0, 2.0]]), "a": torch.tensor(3, dtype=torch.int64)}
    assert tensors_hash(tensors) == tensors_hash(dict(reversed(tensors.items())))
    assert tensors_hash(tensors) == GOLDEN_HASH
    assert tensors_hash({**tensors, "b": tensors["b"].T}) != GOLDEN_HASH
    wide = torch.arange(6.0).reshape(2, 3)
    assert tensors_hash({"x": wide.T}) == tensors_hash({"x": wide.T.contiguous()})


def test_rows_are_told_apart_by_which_argument_a_field_is(tmp_path: Path) -> None:
    at = run({})
    at.cache, at.encoder_keys = Cache(tmp_path, print), {"one.encode": {"stage": "encode"}}
    batch = {"a": ["x", "y"], "b": ["1", "2"], "c": ["x", "y"]}
    made: list[list[str]] = []

    def encode(*fields: str) -> torch.Tensor:
        def make(rows: dict[str, list[str]]) -> torch.Tensor:
            made.append(["".join(row) for row in zip(*(rows[f] for f in fields))])
            return torch.tensor([[float(ord(c)) for c in row] for row in made[-1]])

        found = at.cached(role("one", Net(1)), "encode", batch, fields, make)
        assert isinstance(found, torch.Tensor)
        return found

    assert torch.equal(encode("a", "b").flip(1), encode("b", "a"))
    assert torch.equal(encode("a", "b"), encode("c", "b"))  # the same texts, of another field
    assert made == [["x1", "y2"], ["1x", "2y"]]
