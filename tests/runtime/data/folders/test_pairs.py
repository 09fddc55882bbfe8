"""Pairs in a folder: which file feeds which field, and that both of a pair are cut alike."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor

from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.media.clips_and_images import write_mp4, write_png
from fdc.compiler.runtime.data.folders.clip_folder import ClipFolder, Probing
from fdc.compiler.runtime.data.folders.cuts.frame_picks import Pace
from fdc.compiler.runtime.data.folders.file_fields import FileField, Mask, Pixels

PLACE = (Path("p.fdl"), 7)
VIDEO = Pixels(3, 8, 12)
PAIR: dict[str, FileField] = {"video": VIDEO, "control": VIDEO}


def clip(path: Path, level: int, count: int = 9, fps: int = 8, size: tuple[int, int] = (8, 12)) -> None:
    """Each frame is four grey levels brighter than the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    levels = (torch.arange(count) * 4 + level).to(torch.uint8)
    write_mp4(path, levels[:, None, None, None].expand(count, *size, 3), fps=fps, lossless=True)


def opened(
    root: Path, fields: dict[str, FileField] = PAIR, said: list[str] | None = None, **more
) -> ClipFolder:
    return ClipFolder(root, fields, 0, PLACE, (said if said is not None else []).append, **more)


def refused(root: Path, fields: dict[str, FileField] = PAIR, **more) -> RunError:
    with pytest.raises(RunError) as caught:
        opened(root, fields, **more)
    return caught.value


def levels(pixels: Tensor) -> list[int]:
    return [round((float(frame) + 1) * 127.5) for frame in pixels[0, :, 0, 0]]


def require_pairs(source: ClipFolder) -> None:
    """The control of the clip of level n is of level n + 100, from the same frame on, which is another every epoch."""
    starts = set()
    for position in range(4 * len(source)):
        fields = source.sample(position).fields
        video, control = fields["video"], fields["control"]
        assert isinstance(video, Tensor) and isinstance(control, Tensor)
        shown = levels(video)
        assert levels(control) == pytest.approx([level + 100 for level in shown], abs=2)
        starts.add(shown[0] // 4 % 12)
    assert len(starts) > 3


LAYOUTS = {
    "beside": ("{n}.mp4", "{n}.control.mp4", {}),
    "in its folder": ("{n}.mp4", "control/{n}.mp4", {}),
    "in folders of both": ("video/{n}.mp4", "control/{n}.mp4", {}),
    "in folders below": ("walk/{n}.mp4", "control/walk/{n}.mp4", {}),
    "of another ending": ("{n}.mp4", "control/{n}.webm", {}),
    "as stated": ("{n}.mp4", "{n}_depth.mp4", {"control": "{name}_depth.mp4"}),
    "in a folder that is stated": ("{n}.mp4", "edges/{n}.mp4", {"control": "edges"}),
    "outside": ("{n}.mp4", "../depth/{n}_d.mp4", {"control": "../depth/{name}_d.mp4"}),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(tmp_path: Path, layout: str) -> None:
    video, control, stated = LAYOUTS[layout]
    root = tmp_path / "clips"
    for n in range(3):
        clip(root / video.format(n=n), 50 * n)
        clip(root / control.format(n=n), 50 * n + 100)
    said: list[str] = []
    source = opened(root, PAIR, said, stated=stated)
    assert len(source) == 3 and not said
    require_pairs(source)
    before = source.fingerprint()
    clip(root / control.format(n=1), 150, count=11)
    assert opened(root, stated=stated).fingerprint() != before
    (root / control.format(n=1)).unlink()
    error = refused(root, stated=stated)
    assert error.code == "missing-file" and error.place == PLACE
    assert f"1 of 3 files in {root} have no `control`: {video.format(n=1)}" in error.message
    assert Path(control.format(n=1)).stem in str(error.help) and "metadata" in str(error.help)


def test_columns_of_metadata_name_files(tmp_path: Path) -> None:
    for n in range(3):
        clip(tmp_path / f"{n}.mp4", 50 * n)
        clip(tmp_path / "x" / f"y{n}.mp4", 50 * n + 100)
    rows = [{"file_name": f"{n}.mp4", "control": f"x/y{n}.mp4"} for n in range(3)]
    (tmp_path / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    source = opened(tmp_path)
    assert len(source) == 3
    require_pairs(source)
    (tmp_path / "metadata.jsonl").unlink()
    lines = ["file_name,control", *(f"{n}.mp4,x/y{n}.mp4" for n in range(3))]
    (tmp_path / "metadata.csv").write_text("\n".join(lines))
    require_pairs(opened(tmp_path))


def test_a_control_that_lacks_files_is_no_copy_of_its_target(tmp_path: Path) -> None:
    for n in range(2):
        clip(tmp_path / f"{n}.mp4", 0)
    error = refused(tmp_path)
    assert "has no files for `control`, and from the items' own it would be what `video` is" in error.message
    assert "0.control.mp4 beside 0.mp4, or control/0.mp4" in str(error.help)
    said: list[str] = []
    source = opened(tmp_path, {"high": VIDEO, "low": Pixels(3, 4, 6)}, said)
    assert said == [f"high and low are all read from the items' own files in {tmp_path}, each in its size"]
    assert source.sample(0).fields["low"].shape == (3, 3, 4, 6)
    opened(tmp_path, {"image": Pixels(None, 8, 12), "video": VIDEO}, said)
    assert len(said) == 1, "the first frame of a clip is an image"


def test_a_pair_is_picked_at_the_same_times(tmp_path: Path) -> None:
    clip(tmp_path / "a.mp4", 0, count=12, fps=8)
    clip(tmp_path / "a.control.mp4", 100, count=24, fps=16)
    source = opened(tmp_path, pace=Pace(fps=4))
    for position in range(6):
        fields = source.sample(position).fields
        video, control = levels(fields["video"]), levels(fields["control"])
        assert control == pytest.approx([100 + 2 * level for level in video], abs=3)


def test_images_of_one_name_are_pairs(tmp_path: Path) -> None:
    """Edits of images: an input and what is to come of it."""
    for n in range(2):
        for name, level in (("before", 10), ("after", 200)):
            (tmp_path / name).mkdir(exist_ok=True)
            write_png(tmp_path / name / f"{n}.png", torch.full((8, 12, 3), level + n, dtype=torch.uint8))
    image = Pixels(None, 8, 12)
    fields: dict[str, FileField] = {"after": image, "before": image}
    source = opened(tmp_path, fields)
    assert len(source) == 2
    for position in range(2):
        sample = source.sample(position)
        found = [round((float(sample.fields[n].flatten()[0]) + 1) * 127.5) for n in ("before", "after")]
        assert found == [10 + sample.index, 200 + sample.index]


def test_masks_are_cut_with_their_clips(tmp_path: Path) -> None:
    """White is true. A picture is one mask for all frames; a mask is never read from the clip itself."""
    for n in range(2):
        clip(tmp_path / f"{n}.mp4", 0)
        frames = torch.zeros(9, 8, 12, 3, dtype=torch.uint8)
        for k in range(9):
            frames[k, :, k:] = 255
        (tmp_path / "mask").mkdir(exist_ok=True)
        write_mp4(tmp_path / "mask" / f"{n}.mp4", frames, lossless=True)
        write_png(tmp_path / f"{n}.still.png", frames[5])
    fields: dict[str, FileField] = {"video": VIDEO, "mask": Mask(3, 8, 12), "still": Mask(None, 8, 12)}
    source = opened(tmp_path, fields)
    for position in range(6):
        found = source.sample(position).fields
        mask, still = found["mask"], found["still"]
        assert mask.dtype == torch.bool and mask.shape == (1, 3, 8, 12) and still.shape == (1, 8, 12)
        first = round(levels(found["video"])[0] / 4)
        assert [int((~mask[0, k, 0]).sum()) for k in range(3)] == [first, first + 1, first + 2]
        assert int((~still[0, 0]).sum()) == 5
    (tmp_path / "1.still.png").unlink()
    assert "have no `still`: 1.mp4" in refused(tmp_path, fields).message
    (tmp_path / "0.still.png").unlink()
    assert "2 of 2 files" in refused(tmp_path, fields).message


@pytest.mark.parametrize("columns", ["video,control", "video_file_name,control_file_name"])
def test_tables_that_name_the_files_of_all_fields(tmp_path: Path, columns: str) -> None:
    """As the metadata of control trainers and of Hugging Face's folders has them; the first field's file is the item."""
    for n in range(3):
        clip(tmp_path / f"a{n}.mp4", 50 * n)
        clip(tmp_path / f"b{n}.mp4", 50 * n + 100)
    rows = [f"a{n}.mp4,b{n}.mp4,clip {n}" for n in range(3)]
    (tmp_path / "metadata.csv").write_text("\n".join([f"{columns},prompt", *rows]))
    source = opened(tmp_path, {"prompt": "str", **PAIR})
    assert len(source) == 3
    require_pairs(source)
    assert {s.fields["prompt"] for s in map(source.sample, range(3))} == {"clip 0", "clip 1", "clip 2"}
    names = columns.split(",")
    lines = [json.dumps({names[0]: f"a{n}.mp4", names[1]: f"b{n}.mp4", "text": "x"}) for n in range(3)]
    (tmp_path / "metadata.csv").unlink()
    (tmp_path / "metadata.jsonl").write_text("\n".join(lines))
    require_pairs(opened(tmp_path, {"prompt": "str", **PAIR}))


def test_files_of_one_item_have_one_shape(tmp_path: Path) -> None:
    """Told before the first step, and counted; sizes may differ, and a picture beside a clip may be anything."""
    for n, size in enumerate([(8, 12), (16, 24), (12, 12), (24, 16)]):
        clip(tmp_path / f"{n}.mp4", 0)
        clip(tmp_path / f"{n}.control.mp4", 100, size=size)
        write_png(tmp_path / f"{n}.face.png", torch.zeros(20, 20, 3, dtype=torch.uint8))
    fields: dict[str, FileField] = {**PAIR, "face": Pixels(None, 8, 12)}
    said: list[str] = []
    source = opened(tmp_path, fields, said, failing=0.5, probes=Probing(None, {}))
    assert list(source.failed) == ["2.mp4", "3.mp4"]
    assert (
        "is 12 × 12 as `control`, and `video` is 12 × 8: cropped alike they would not show the same"
        in said[0]
    )
    without = opened(tmp_path, fields, said, failing=0.5)
    for position in range(8):
        assert without.sample(position).source not in source.failed
    assert set(without.failed) == {"2.mp4", "3.mp4"}
    square = {**fields, "control": Pixels(3, 8, 8)}
    assert not opened(tmp_path, square, failing=0.0, probes=Probing(None, {})).failed
