"""Files that are smaller than a program's sizes: told, and left out where a program bounds how much they are enlarged."""

from __future__ import annotations

import io
import tarfile
from math import inf
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor

from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.media.clips_and_images import ORIENTATION, write_mp4
from fdc.compiler.runtime.data.buckets.bucketed import Bucket, Bucketed
from fdc.compiler.runtime.data.folders import probes
from fdc.compiler.runtime.data.folders.clip_folder import ClipFolder, Probing
from fdc.compiler.runtime.data.folders.cuts.frame_picks import CONSECUTIVE
from fdc.compiler.runtime.data.folders.file_fields import FileField, Pixels, limited
from fdc.compiler.runtime.data.stores.store_source import StoreSource
from fdc.compiler.runtime.data.stores.web_shards import WebShards


def picture(path: Path, width: int, height: int, turned: int = 1) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = turned
    path.parent.mkdir(exist_ok=True)
    Image.new("RGB", (width, height)).save(path, exif=exif)
    path.with_suffix(".txt").write_text(path.stem)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    picture(root / "fits.jpg", 32, 16)
    picture(root / "larger.jpg", 64, 64)
    picture(root / "small.jpg", 20, 10)
    picture(root / "tiny.jpg", 8, 4)
    picture(root / "turned.jpg", 16, 32, turned=6)  # lying, as it is shown
    write_mp4(root / "clip.mp4", torch.zeros(2, 8, 16, 3, dtype=torch.uint8), fps=4)
    (root / "clip.txt").write_text("clip")
    return root


def fields(upscale: float | None = None) -> dict[str, FileField]:
    return {"prompt": "str", "image": limited(Pixels(None, 16, 32), 1 << 20, upscale)}


def opened(
    root: Path, kept: Path | None, upscale: float | None, failing: float = 0.9
) -> tuple[ClipFolder, list[str]]:
    said: list[str] = []
    return ClipFolder(root, fields(upscale), 0, None, said.append, failing, probes=Probing(kept, {})), said


def test_files_that_are_enlarged_much_are_told_in_one_line(root: Path) -> None:
    source, said = opened(root, None, None)
    assert not source.failed
    assert said == [
        f"3 of 6 files in {root} are enlarged more than 1.5 times to 16 x 32, most of all tiny.jpg (4.00 times); "
        "`max_upscale` leaves such files out"
    ]


def test_a_bound_leaves_files_out_before_anything_is_read(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, said = opened(root, tmp_path / "kept", 2)
    assert source.failed == {"tiny.jpg": "would be enlarged 4.00 times, more than `max_upscale` = 2"}
    assert "1 of 6 files" in said[1] and "2 of 6 files" in said[0] and "clip.mp4 (2.00 times)" in said[0]
    monkeypatch.setattr(probes, "probe", None)
    monkeypatch.setattr(probes, "probe_shown", None)
    assert opened(root, tmp_path / "kept", 2)[1] == said, "what was found is kept"
    source, _ = opened(root, tmp_path / "kept", 1)
    assert sorted(source.failed) == ["clip.mp4", "small.jpg", "tiny.jpg"]
    assert {source.sample(p).source for p in range(6)} == {"fits.jpg", "larger.jpg", "turned.jpg"}
    with pytest.raises(RunError, match="cannot be used"):
        opened(root, tmp_path / "kept", 1, failing=0.1)


def test_a_file_of_a_bucket_is_not_enlarged_beyond_the_bound(root: Path) -> None:
    buckets = [
        Bucket({"H": h, "W": w}, {"prompt": "str", "image": Pixels(None, h, w)})
        for h, w in ((16, 32), (8, 12))
    ]

    def held(upscale: float | None) -> tuple[dict[str, tuple[int, ...]], list[str]]:
        said: list[str] = []
        folder = ClipFolder(root, fields(upscale), 0, None, said.append, 0.9)
        source = Bucketed([folder], [1], buckets, 1, 0, None, None, said.append)
        found = {}
        for position in range(len(source)):
            sample = source.sample(position)
            image = sample.fields["image"]
            assert isinstance(image, Tensor)
            found[sample.source] = tuple(image.shape[1:])
        return found, said

    found, _ = held(None)
    assert found["small.jpg"] == found["tiny.jpg"] == (16, 32)
    found, said = held(1.5)
    assert found["small.jpg"] == (8, 12) and found["fits.jpg"] == (16, 32) and "tiny.jpg" not in found
    assert any(
        "tiny.jpg would be enlarged 2.00 times or more, and `max_upscale` is 1.5" in line for line in said
    )


def test_a_row_of_a_store_is_left_out_as_it_is_met(root: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        for path in sorted(root.glob("*.jpg")) + sorted(root.glob("*.txt")):
            if path.stem != "clip":
                info = tarfile.TarInfo(path.name)
                info.size = path.stat().st_size
                tar.addfile(info, io.BytesIO(path.read_bytes()))
    said: list[str] = []
    store = WebShards(str(tmp_path / "a.tar"), fields(2), {}, None, None)
    source = StoreSource(store, fields(2), 0, None, said.append, 0.5, None, CONSECUTIVE)
    assert all("tiny" not in source.sample(p).source for p in range(5))
    assert len(said) == 1 and "would be enlarged 4.00 times, more than `max_upscale` = 2" in said[0]


def test_without_a_bound_nothing_is_left_out() -> None:
    assert Pixels(None, 4, 4).upscale == inf and limited(Pixels(None, 4, 4), 9, None).upscale == inf
