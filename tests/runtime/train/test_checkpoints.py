"""Checkpoints are whole or not there, whatever happens while one is written."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from toys import same

from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.train import checkpoints
from fdc.compiler.runtime.train.checkpoints import Snapshot, complete, load, newest, save


def made(step: int) -> Snapshot:
    tensors: dict[str, dict[str, Tensor]] = {
        "student.weights": {"a": torch.full((3, 2), float(step)), "b": torch.randn(2, 2).t()},
        "student.optimizer": {
            "a::step": torch.tensor(float(step)),
            "a::m": torch.randn(3).to(torch.bfloat16),
        },
        "state": {"flags": torch.tensor([True, False]), "none": torch.empty(0), "n": torch.arange(3)},
    }
    return Snapshot(step, tensors, {"step": step, "state": {"count": step, "name": "ä"}})


def equal(a: Snapshot, b: Snapshot) -> bool:
    groups = a.tensors.keys() == b.tensors.keys() and all(same(a.tensors[g], b.tensors[g]) for g in a.tensors)
    return groups and a.step == b.step and a.values == b.values


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))


def test_what_was_saved_comes_back_to_the_last_bit(tmp_path: Path) -> None:
    written = made(3)
    path = save(tmp_path, written, "p", 2)
    assert path == tmp_path / "step-3" and equal(load(path, {"p"}), written)
    saved, passed = newest(tmp_path, {"p"})
    assert saved is not None and equal(saved, written) and passed == []


def test_a_checkpoint_holds_safetensors_and_json_and_its_manifest_names_every_file(tmp_path: Path) -> None:
    path = save(tmp_path, made(3), "p", 2)
    assert {p.suffix for p in path.iterdir()} == {".safetensors", ".json"}
    manifest = json.loads((path / "manifest.json").read_text())
    assert manifest["step"] == 3 and manifest["program"] == "p"
    assert set(manifest["files"]) == {p.name for p in path.iterdir()} - {"manifest.json"}


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    for step in (5, 10, 100, 15):
        save(tmp_path, made(step), "p", 2)
    assert names(tmp_path) == ["step-100", "step-15"]
    assert [p.name for p in complete(tmp_path)] == ["step-100", "step-15"]


def test_nothing_saved_is_no_checkpoint(tmp_path: Path) -> None:
    assert newest(tmp_path / "nowhere", {"p"}) == (None, [])


DAMAGE: dict[str, Callable[[Path], None]] = {
    "bit flipped": lambda p: damage(p / "student.weights.safetensors"),
    "truncated": lambda p: (p / "student.weights.safetensors").write_bytes(b"\x08"),
    "file gone": lambda p: (p / "student.optimizer.safetensors").unlink(),
    "state gone": lambda p: (p / "state.json").unlink(),
    "state damaged": lambda p: (p / "state.json").write_text("{"),
    "manifest damaged": lambda p: (p / "manifest.json").write_text('{"format": 1,'),
    "manifest empty": lambda p: (p / "manifest.json").write_text("[]"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_checkpoint_is_named_and_passed_over(kind: str, tmp_path: Path) -> None:
    older = made(10)
    save(tmp_path, older, "p", 3)
    DAMAGE[kind](save(tmp_path, made(20), "p", 3))
    saved, passed = newest(tmp_path, {"p"})
    assert saved is not None and equal(saved, older)
    assert len(passed) == 1 and "step-20" in passed[0]


def test_a_checkpoint_without_its_manifest_was_never_finished(tmp_path: Path) -> None:
    older = made(10)
    save(tmp_path, older, "p", 3)
    (save(tmp_path, made(20), "p", 3) / "manifest.json").unlink()
    saved, passed = newest(tmp_path, {"p"})
    assert saved is not None and equal(saved, older)
    assert len(passed) == 1 and "step-20 has no manifest" in passed[0]
    save(tmp_path, made(30), "p", 3)
    assert names(tmp_path) == ["step-10", "step-30"]


def test_a_run_whose_checkpoints_are_all_damaged_does_not_start_from_nothing(tmp_path: Path) -> None:
    for step in (10, 20):
        damage(save(tmp_path, made(step), "p", 3) / "student.weights.safetensors")
    with pytest.raises(RunError) as caught:
        newest(tmp_path, {"p"})
    assert len(caught.value.facts) == 2 and caught.value.help


def test_a_damaged_checkpoint_of_the_same_step_is_replaced(tmp_path: Path) -> None:
    damage(save(tmp_path, made(10), "p", 3) / "student.weights.safetensors")
    again = made(10)
    save(tmp_path, again, "p", 3)
    assert equal(load(tmp_path / "step-10", {"p"}), again) and names(tmp_path) == ["step-10"]


def test_a_checkpoint_of_another_program_is_refused(tmp_path: Path) -> None:
    save(tmp_path, made(10), "p", 3)
    with pytest.raises(RunError) as caught:
        newest(tmp_path, {"q"})
    assert caught.value.exit_status == 2 and "another program" in caught.value.message


WANTED = {"a": torch.zeros(2), "b": torch.zeros(3)}
UNFIT = {
    "missing": ({"a": torch.ones(2)}, "lacks b"),
    "extra": ({**WANTED, "c": torch.ones(1)}, "also holds c"),
    "shape": ({"a": torch.ones(2), "b": torch.ones(4)}, "b is float32[4] there and float32[3] here"),
    "dtype": ({"a": torch.ones(2), "b": torch.ones(3).half()}, "b is float16[3] there and float32[3] here"),
}


@pytest.mark.parametrize("kind", UNFIT)
def test_what_does_not_fit_is_named_and_nothing_is_overwritten(kind: str) -> None:
    saved, words = UNFIT[kind]
    into = {n: v.clone() for n, v in WANTED.items()}
    with pytest.raises(RunError) as caught:
        checkpoints.restore(into, saved, "weights")
    assert caught.value.code == "config-mismatch" and words in caught.value.message
    assert same(into, WANTED)


# a disk that is full, and a process that is killed


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("failing", ["save_file", "_sync", "_digest"])
def test_a_full_disk_and_a_broken_one_lose_nothing_that_was_saved(
    failing: str, error: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: Any, **__: Any) -> Any:
        raise OSError(error, os.strerror(error))

    before = made(10)
    save(tmp_path, before, "p", 1)
    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, failing, full_disk)
        with pytest.raises(RunError) as caught:
            save(tmp_path, made(20), "p", 1)
    assert caught.value.exit_status == 1 and os.strerror(error) in caught.value.message
    assert names(tmp_path) == ["step-10"], "nothing half written stays"
    saved, passed = newest(tmp_path, {"p"})
    assert saved is not None and equal(saved, before) and not passed


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_disk_that_is_really_full_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = checkpoints.save_file

    def onto_full(tensors: dict[str, Tensor], path: Path) -> None:
        real(tensors, path)
        with open("/dev/full", "wb", buffering=0) as f:
            f.write(path.read_bytes())

    monkeypatch.setattr(checkpoints, "save_file", onto_full)
    with pytest.raises(RunError, match="No space left"):
        save(tmp_path, made(20), "p", 1)
    assert names(tmp_path) == []


SAVING = textwrap.dedent(
    """
    import os, sys
    from pathlib import Path
    import torch
    from fdc.compiler.runtime.train.checkpoints import Snapshot, save
    torch.set_num_threads(1)
    for line in sys.stdin:  # a process for each line, which imports nothing again
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            print("ended", flush=True)
            continue
        print(os.getpid(), flush=True)
        folder, first = Path(sys.argv[1]), int(line)
        for step in range(first, first + 100000):
            tensors = {f"g{i}": {"w": torch.full((20000,), float(step))} for i in range(4)}
            save(folder, Snapshot(step, tensors, {"step": step}), "p", 2)
            print(step, flush=True)
    """
)


@pytest.mark.slow
def test_a_process_killed_at_any_moment_leaves_the_newest_complete_checkpoint(tmp_path: Path) -> None:
    first = 1
    process = subprocess.Popen(
        [sys.executable, "-c", SAVING, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    for round_ in range(12):
        print(first, file=process.stdin, flush=True)
        child = int(process.stdout.readline())
        reported = [int(process.stdout.readline()) for _ in range(3)]
        time.sleep(0.0007 * (round_ * 7 % 12))
        os.kill(child, signal.SIGKILL)
        reported += [int(line) for line in iter(process.stdout.readline, "ended\n")]
        saved, passed = newest(tmp_path, {"p"})
        assert saved is not None and not passed
        assert saved.step in (reported[-1], reported[-1] + 1), "at most the one being written is lost"
        for group in saved.tensors.values():
            assert torch.equal(group["w"], torch.full((20000,), float(saved.step)))
        assert 1 <= len(complete(tmp_path)) <= 3
        first = saved.step + 1
    process.communicate()
    save(tmp_path, made(first), "p", 2)
    assert len(names(tmp_path)) == 2, "what was left half written is gone"
