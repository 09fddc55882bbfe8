"""Folders of files of several shapes and lengths: what is read at which sizes, what is told, and what is left out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import torch
from torch import Tensor

from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.media.clips_and_images import shown_size, write_mp4, write_png
from fdc.compiler.runtime.data.buckets.bucket_order import BucketOrder
from fdc.compiler.runtime.data.buckets.bucketed import Bucket, Bucketed
from fdc.compiler.runtime.data.folders.clip_folder import ClipFolder
from fdc.compiler.runtime.data.folders.file_fields import Pixels
from fdc.compiler.runtime.data.prefetch import Feed

PLACE = (Path("p.fdl"), 3)


def bucket(frames: int, height: int, width: int) -> Bucket:
    fields = {"prompt": "str", "video": Pixels(frames, height, width)}
    return Bucket({"F": frames, "H": height, "W": width}, fields)  # type: ignore[arg-type]


WIDE, TALL, IMAGE = bucket(4, 16, 24), bucket(4, 24, 16), bucket(1, 16, 16)


def clip(path: Path, frames: int, height: int, width: int) -> None:
    write_mp4(path, torch.full((frames, height, width, 3), 90, dtype=torch.uint8), fps=8, lossless=True)
    path.with_suffix(".txt").write_text(path.stem)


def image(path: Path, height: int, width: int) -> None:
    write_png(path, torch.full((height, width, 3), 90, dtype=torch.uint8))
    path.with_suffix(".txt").write_text(path.stem)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("bucketed") / "data"
    for k in range(4):
        clip(root / f"wide{k}.mp4", 6, 32, 48)
    for k in range(3):
        clip(root / f"tall{k}.mp4", 5, 48, 32)
    for k in range(2):
        image(root / f"square{k}.png", 32, 32)
    clip(root / "short.mp4", 2, 32, 48)
    image(root / "small.png", 8, 8)
    return root


def opened(
    *roots: Path,
    buckets: tuple[Bucket, ...] = (WIDE, TALL, IMAGE),
    repeats: tuple[int, ...] = (1,),
    batch: int = 2,
    said: list[str] | None = None,
    failing: float = 0.05,
) -> Bucketed:
    report = [].append if said is None else said.append
    folders = [ClipFolder(root, buckets[0].fields, 0, PLACE, report, failing) for root in roots]
    return Bucketed(folders, repeats, buckets, batch, 0, None, PLACE, report)


def batches_of_two_epochs(source: Bucketed) -> int:
    return BucketOrder(source.order.buckets, source.order.batch, 0).batches_before(2)


def kind(source: str) -> str:
    return Path(source).stem.rstrip("0123456789")


def test_each_file_is_read_at_the_sizes_of_its_bucket(data: Path) -> None:
    source = opened(data)
    assert len(source) == 11
    sizes = {"wide": (3, 4, 16, 24), "tall": (3, 4, 24, 16)}
    feed = Feed(source, torch.device("cpu"))
    seen: Counter[str] = Counter()
    for number in range(batches_of_two_epochs(source)):
        positions = range(2 * number, 2 * number + 2)
        batch = feed.batch(positions)
        extent = source.buckets[feed.bucket(positions)].extent
        assert batch["video"].shape == (2, 3, extent.frames, extent.height, extent.width)
        for row, text in enumerate(batch["prompt"]):
            assert tuple(batch["video"][row].shape) == sizes.get(kind(text), (3, 1, 16, 16))
        seen.update(batch["prompt"])
    feed.close()
    # two epochs of 4, 3 and 4 files: each twice, as these counts fill whole batches
    assert seen == dict.fromkeys(seen, 2) and len(seen) == 11


def test_another_reader_of_the_same_files_goes_on_in_the_middle_of_an_epoch(data: Path) -> None:
    straight = [opened(data).sample(p) for p in range(16)]
    again = opened(data)
    for p in (13, 5, 15):
        one, other = straight[p], again.sample(p)
        assert (one.source, one.index, one.keys) == (other.source, other.index, other.keys)
        assert isinstance(one.fields["video"], Tensor) and isinstance(other.fields["video"], Tensor)
        assert torch.equal(one.fields["video"], other.fields["video"])
    assert again.fingerprint() == opened(data).fingerprint()
    assert again.fingerprint() != opened(data, buckets=(WIDE, TALL, bucket(1, 16, 24))).fingerprint()


def test_what_each_bucket_has_is_told(data: Path) -> None:
    said: list[str] = []
    opened(data, batch=4, said=said)
    assert said == [
        "data: 11 samples an epoch in 3 of 3 buckets of F x H x W: 4 x 16 x 24: 4 files; 4 x 24 x 16: 3 files; "
        "1 x 16 x 16: 4 files",
        "1 bucket with fewer files than a batch of 4: 4 x 24 x 16 (3); a batch of such a bucket comes only in some epochs, "
        "with files more than once, so that each comes as often as others",
        f"1 of 11 files is smaller than its bucket and enlarged, most of all {data}/small.png (2.00 times)",
        f"1 of 11 files is shorter than every bucket of clips and gives single frames, most of all {data}/short.mp4 "
        "(2 frames)",
    ]


def test_a_file_that_fits_no_bucket_is_left_out_and_counted(data: Path) -> None:
    said: list[str] = []
    source = opened(data, buckets=(WIDE, TALL), said=said, failing=0.5)
    assert len(source) == 7
    assert said[0] == (
        f"4 of 11 files in {data} cannot be used and are left out: short.mp4 has 2 frames, and the shortest bucket has 4; "
        "small.png has 1 frame, and the shortest bucket has 4; square0.png has 1 frame, and the shortest bucket has 4; "
        "square1.png has 1 frame, and the shortest bucket has 4"
    )
    with pytest.raises(RunError, match=r"4 of 11 files in .* cannot be used, more than the 5%"):
        opened(data, buckets=(WIDE, TALL))


def test_a_damaged_file_is_replaced_by_one_of_its_bucket(tmp_path: Path) -> None:
    for k in range(3):
        image(tmp_path / f"wide{k}.png", 32, 48)
        image(tmp_path / f"tall{k}.png", 48, 32)
    whole = (tmp_path / "tall1.png").read_bytes()
    (tmp_path / "tall1.png").write_bytes(whole[:45])
    said: list[str] = []
    source = opened(tmp_path, buckets=(bucket(1, 16, 24), bucket(1, 24, 16)), batch=3, said=said, failing=0.5)
    for number in range(4):
        samples = [source.sample(3 * number + row) for row in range(3)]
        assert len({kind(s.source) for s in samples}) == 1
        assert all(s.source != "tall1.png" for s in samples)
    assert sum("tall1.png" in line and "left out" in line for line in said) == 1


def test_folders_of_a_mix_share_the_buckets(data: Path, tmp_path: Path) -> None:
    for k in range(2):
        clip(tmp_path / f"wide{k}.mp4", 4, 16, 24)
    source = opened(data, tmp_path, repeats=(1, 3))
    assert len(source) == 11 + 6
    seen = Counter(source.sample(p).source for p in range(2 * batches_of_two_epochs(source)))
    assert {n for s, n in seen.items() if s.startswith(str(tmp_path))} == {6}
    assert {n for s, n in seen.items() if s.startswith(f"{data}/wide")} == {2}


def test_validation_sees_files_at_the_programs_own_sizes(data: Path) -> None:
    source = opened(data)
    own = source.own_sizes()
    assert len(own) == 7  # clips that are long enough, of any shape
    samples = [own.sample(p) for p in range(7)]
    assert {kind(s.source) for s in samples} == {"wide", "tall"}
    assert {tuple(s.fields["video"].shape) for s in samples} == {(3, 4, 16, 24)}  # type: ignore[union-attr]
    with pytest.raises(RunError, match="no file of the data has 9 frames"):
        opened(data, buckets=(bucket(9, 16, 24), WIDE, IMAGE)).own_sizes()


def test_what_lies_beside_a_clip_has_its_shape(tmp_path: Path) -> None:
    for name in ("a", "b"):
        image(tmp_path / f"{name}.png", 32, 48)
    image(tmp_path / "a.edge.png", 16, 24)
    image(tmp_path / "b.edge.png", 20, 20)
    fields = {**bucket(1, 16, 24).fields, "edge": Pixels(1, 16, 24)}
    said: list[str] = []
    report = said.append
    folder = ClipFolder(tmp_path, fields, 0, PLACE, report, 0.5)
    source = Bucketed([folder], (1,), [Bucket({"H": 16, "W": 24}, fields)], 1, 0, None, PLACE, report)
    assert [source.sample(p).source for p in range(2)] == ["a.png", "a.png"]
    assert any("b.png" in line and "left out" in line for line in said)


def test_pictures_are_measured_upright(tmp_path: Path) -> None:
    from PIL import Image

    picture = Image.new("RGB", (30, 20))
    exif = picture.getexif()
    exif[0x0112] = 6  # a quarter turn
    picture.save(tmp_path / "turned.jpg", exif=exif)
    picture.save(tmp_path / "plain.jpg")
    clip(tmp_path / "clip.mp4", 2, 16, 48)
    sizes = {name: shown_size(tmp_path / name) for name in ("turned.jpg", "plain.jpg", "clip.mp4")}
    assert sizes == {"turned.jpg": (30, 20), "plain.jpg": (20, 30), "clip.mp4": (16, 48)}
