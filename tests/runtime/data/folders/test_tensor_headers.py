"""Tensors beside the items of a folder are held against their fields by their headers, before the first step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.media.clips_and_images import write_png
from fdc.compiler.runtime.data.buckets.bucketed import Bucket, Bucketed
from fdc.compiler.runtime.data.folders.clip_folder import ClipFolder, Probing
from fdc.compiler.runtime.data.folders.cuts import array_files
from fdc.compiler.runtime.data.folders.cuts.array_files import read_values, values_problem
from fdc.compiler.runtime.data.folders.file_fields import FileField, Pixels, Values

FIELDS: dict[str, FileField] = {
    "prompt": "str",
    "image": Pixels(None, 4, 4),
    "pose": Values("f32", (2, 3)),
    "ids": Values("i64", (4,)),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in "abcd":
        write_png(tmp_path / f"{name}.png", torch.zeros(4, 4, 3, dtype=torch.uint8))
        (tmp_path / f"{name}.txt").write_text(name)
        np.save(tmp_path / f"{name}.pose.npy", np.zeros((2, 3), np.float16))
        save_file({"ids": torch.arange(4)}, tmp_path / f"{name}.safetensors")
    return tmp_path


def spoil(root: Path) -> None:
    np.save(root / "a.pose.npy", np.zeros((3, 2)))
    save_file({"ids": torch.arange(4.0)}, root / "b.safetensors")
    (root / "c.pose.npy").write_bytes(b"x")


REASONS = {
    "a.png": "has a.pose.npy, which holds float64[3, 2], and f32[2, 3] is wanted",
    "b.png": "has b.safetensors, which holds float32[4], and i64[4] is wanted",
}


def test_all_that_does_not_fit_is_told_in_one_line_and_left_out(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(root)
    said: list[str] = []
    source = ClipFolder(root, FIELDS, 0, None, said.append, 0.8, probes=Probing(None, {}))
    (line,) = said
    assert line.startswith(f"3 of 4 files in {root} cannot be used and are left out: ")
    assert all(f"{name} {reason}" in line for name, reason in REASONS.items()) and "c.pose.npy" in line
    assert all(source.failed[name] == reason for name, reason in REASONS.items())
    assert {source.sample(p).source for p in range(4)} == {"d.png"}
    with pytest.raises(RunError, match="cannot be used"):
        ClipFolder(root, FIELDS, 0, None, said.append, probes=Probing(None, {}))
    monkeypatch.setattr(array_files, "safe_open", None)
    read = {"image", "prompt"}
    assert not ClipFolder(root, FIELDS, 0, None, said.append, 0, probes=Probing(None, {}), read=read).failed


def test_so_it_is_with_buckets(root: Path) -> None:
    spoil(root)
    said: list[str] = []
    folder = ClipFolder(root, FIELDS, 0, None, said.append, 0.8)
    buckets = [Bucket({"H": 4}, FIELDS), Bucket({"H": 2}, {**FIELDS, "image": Pixels(None, 2, 4)})]
    source = Bucketed([folder], [1], buckets, 1, 0, None, None, said.append)
    assert len(source) == 1 and source.failed.keys() == {f"{root}/{name}.png" for name in "abc"}


def test_a_tensor_is_as_large_as_its_bucket_says(tmp_path: Path) -> None:
    for name, side in (("a", 4), ("b", 4), ("c", 8), ("d", 8)):
        write_png(tmp_path / f"{name}.png", torch.zeros(side, 4, 3, dtype=torch.uint8))
        np.save(tmp_path / f"{name}.pose.npy", np.zeros(4 if name in "abd" else 8, np.float32))
    fields = [{"image": Pixels(None, h, 4), "pose": Values("f32", (h,))} for h in (4, 8)]
    folder = ClipFolder(tmp_path, fields[0], 0, None, [].append, 0.8)
    buckets = [Bucket({"H": h}, f) for h, f in zip((4, 8), fields)]  # type: ignore[arg-type]
    source = Bucketed([folder], [1], buckets, 1, 0, None, None, [].append)
    assert source.failed == {
        f"{tmp_path}/d.png": "has d.pose.npy, which holds float32[4], and f32[8] is wanted"
    }
    assert {source.sample(p).source for p in range(3)} == {"a.png", "b.png", "c.png"}


@pytest.mark.parametrize(
    "value",
    [
        torch.zeros(2, 3),
        torch.zeros(2, 3, dtype=torch.bfloat16),
        torch.zeros(2, 3, dtype=torch.int32),
        torch.zeros(2, 3, dtype=torch.bool),
        torch.zeros(3, 2, dtype=torch.float64),
        torch.zeros(0, 3),
        torch.zeros(70, 30),
    ],
)
def test_a_header_tells_what_reading_would(value: torch.Tensor, tmp_path: Path) -> None:
    save_file({"x": value}, tmp_path / "x.safetensors")
    files = [tmp_path / "x.safetensors"]
    if value.dtype != torch.bfloat16:
        np.save(tmp_path / "x.npy", value.numpy())
        files.append(tmp_path / "x.npy")
    for path in files:
        for wanted in (
            Values("f32", (2, 3)),
            Values("i64", (2, 3)),
            Values("mask", (2, 3)),
            Values("f32", (70, 30)),
        ):
            try:
                read_values(path, "x", wanted)
                problem = ""
            except array_files.MediaError as error:
                problem = error.reason
            assert values_problem(path, "x", wanted) == problem
