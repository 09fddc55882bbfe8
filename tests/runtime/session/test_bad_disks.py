"""What a run meets that is no program's fault: disks, folders, devices and weights, each told in one message."""

from __future__ import annotations

import builtins
import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from paths import ROOT
from safetensors.torch import load_file, save_file

from fdc.compiler.cli.main import main
from fdc.compiler.runtime.base import encoder_cache, run_folder
from fdc.compiler.runtime.session import prepare as preparing
from fdc.compiler.runtime.train import loop

pytestmark = pytest.mark.slow

PROGRAM = """
import mini
import finetune

program toy {
  sizes { F = 2, H = 8, W = 8 }
  role student = mini("weights") { train = full, precision = f32 }
  data clips = shapes("data", count = 4) { prompt: str, video: pixels[b, 3, F, H, W] }
  use finetune(student) { times = uniform(0, 1) }
  optimize student = adamw(lr = 1e-3)
  train { steps = 2, batch = 2 }
  checkpoint every 1 { export = false }
}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    torch.set_num_threads(1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FDC_CACHE", str(tmp_path / "kept"))
    (tmp_path / "toy.fdl").write_text(PROGRAM)
    shutil.copytree(ROOT / "families" / "mini" / "weights", tmp_path / "weights")
    return tmp_path


def run(*args: str) -> int:
    return main(["run", "toy.fdl", *args])


def said(capfd: pytest.CaptureFixture[str]) -> str:
    text = " ".join(capfd.readouterr().err.split())
    assert "defect of fdc" not in text and "Traceback" not in text
    return text


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("file", ["plan.py", "lock.json", ".held", "events.jsonl"])
def test_a_disk_that_takes_nothing_at_the_start_is_told(
    file: str, error: int, here: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    if error != errno.ENOSPC and file != "plan.py":
        pytest.skip("one file is enough")
    real_open, real_text = builtins.open, run_folder.write_text

    def opened(path: Any, *rest: Any, **named: Any) -> Any:
        if str(path).endswith(f"/{file}") and "r" not in str(rest[:1]):
            raise OSError(error, os.strerror(error), str(path))
        return real_open(path, *rest, **named)

    def write_text(path: Path, text: str) -> None:
        if path.name == file:
            raise OSError(error, os.strerror(error), str(path))
        real_text(path, text)

    with monkeypatch.context() as patch:
        patch.setattr(builtins, "open", opened)
        patch.setattr(run_folder, "write_text", write_text)
        patch.setattr(preparing, "write_text", write_text)
        assert run("--set", "train.steps=1") == 1
    text = said(capfd)
    assert file in text and os.strerror(error) in text
    assert run("--set", "train.steps=1") == 0, "and nothing is in the way afterwards"


def test_a_run_folder_that_vanishes_is_told(
    here: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    real = loop.one_step

    def step(t: Any) -> Any:
        if t.step == 1:
            shutil.rmtree(next((here / "runs" / "toy").iterdir()))
        return real(t)

    monkeypatch.setattr(loop, "one_step", step)
    assert run() == 2
    assert "is gone" in said(capfd)


@pytest.mark.parametrize(
    ("device", "words"),
    [
        ("gpu", "names no device"),
        ("cuda:x", "names no device"),
        ("mps", "names no device"),
        ("cuda", "there is no CUDA here"),
    ],
)
def test_a_device_that_is_not_there_is_told(
    device: str, words: str, here: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert run("--device", device) == 2
    assert words in said(capfd) and not (here / "runs").exists()


DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    "file", ["checkpoints/step-2/manifest.json", "checkpoints/step-2/state.json", "lock.json"]
)
def test_records_that_are_nested_without_end_are_damaged_ones(
    file: str, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run() == 0
    (folder,) = (here / "runs" / "toy").iterdir()
    (folder / "finished.json").unlink()
    (folder / file).write_text(DEEP)
    assert run() == 0
    text = said(capfd)
    assert ("step-2 is damaged" in text) == (file != "lock.json")


def weights_of(here: Path, part: str) -> Path:
    return next((here / "weights" / part).glob("*.safetensors"))


def spoil(path: Path) -> str:
    tensors = load_file(path)
    name = sorted(tensors)[1]
    tensors[name].view(-1)[3] = float("nan")
    save_file(tensors, path, {"format": "pt"})
    return name


@pytest.mark.parametrize("part", ["transformer", "text_encoder"])
def test_a_checkpoint_that_holds_nan_names_the_tensor_before_the_first_step(
    part: str, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    if not (here / "weights" / part).is_dir():
        pytest.skip("the family has no such component")
    name = spoil(weights_of(here, part))
    assert run() == 1
    text = said(capfd)
    assert "not finite" in text and name in text and "step 1" not in text


def test_weights_of_half_precision_alone_are_named(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = weights_of(here, "transformer")
    path.rename(path.with_suffix("").with_suffix(".fp16.safetensors"))
    assert run() == 2
    assert "has its weights only in fp16" in said(capfd)


def test_missing_data_and_missing_weights_end_alike(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    edits: list[Callable[[str], str]] = [
        lambda p: p.replace('shapes("data", count = 4)', 'folder("absent")'),
        lambda p: p.replace('mini("weights")', 'mini("absent/at/all")'),
    ]
    for edit in edits:
        (here / "toy.fdl").write_text(edit(PROGRAM))
        assert run() == 2
        assert "absent" in said(capfd)


def test_frozen_weights_are_hashed_once_until_their_files_change(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    real = encoder_cache.weights_hash
    monkeypatch.setattr(preparing, "weights_hash", lambda m: taken.append(1) or real(m))
    assert run("--set", "train.steps=1") == 0
    first = len(taken)
    assert first > 0
    assert run("--set", "train.steps=2") == 0
    assert len(taken) == first
    (folder,) = (here / "runs" / "toy").iterdir()
    hashes = json.loads((folder / "lock.json").read_text())["hashes"]
    frozen = [
        p for p in (here / "weights").iterdir() if p.name != "transformer" and list(p.glob("*.safetensors"))
    ]
    os.utime(next(frozen[0].glob("*.safetensors")))
    assert run("--set", "train.steps=3") == 0
    assert len(taken) > first
    assert json.loads((folder / "lock.json").read_text())["hashes"] == hashes
