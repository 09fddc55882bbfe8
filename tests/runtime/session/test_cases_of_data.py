"""Folders that other trainers stumbled over, each run as its owner would run it: what is trained on, and what is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from PIL import Image

from fdc.compiler.cli.main import main
from fdc.compiler.runtime.base.event_records import DataEvent, StepEvent
from fdc.compiler.runtime.base.events import read_events
from fdc.compiler.runtime.base.media.clips_and_images import write_mp4, write_png
from fdc.compiler.runtime.base.records import DataRecord, read_record

pytestmark = pytest.mark.slow

PROGRAM = """\
import mini
import finetune

program p {
  sizes { F = 2, H = 16, W = 16 }
  role student = mini(tiny(seed = 0)) { train = full, precision = f32 }
  data clips = folder("data", may_fail = 0.2) { prompt: str, video: pixels[b, 3, F, H, W] }
  use finetune(student)
  optimize student = adamw(lr = 1e-4)
  train { steps = 2, batch = 2 }
}
"""


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.fdl").write_text(PROGRAM)
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def clip(path: Path, fps: int = 8, caption: str | None = "words") -> None:
    write_mp4(path, torch.full((3, 16, 16, 3), 90, dtype=torch.uint8), fps=fps)
    if caption is not None:
        path.with_suffix(".txt").write_text(caption)


def told(here: Path) -> list[str]:
    (log,) = (here / "runs" / "p").glob("*/events.jsonl")
    return [e.message for e in read_events(log, DataEvent)]


def rates_that_differ(data: Path) -> None:
    for n, fps in enumerate((8, 24, 60)):
        clip(data / f"{n}.mp4", fps)


def several_captions(data: Path) -> None:
    for name in ("a", "b"):
        clip(data / f"{name}.mp4", caption=None)
    lines = ({"file_name": "a.mp4", "text": ["one", "two"]}, {"file_name": "b.mp4", "text": ["three"]})
    (data / "metadata.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def other_containers(data: Path) -> None:
    clip(data / "a.mp4")
    picture = av.VideoFrame.from_ndarray(np.full((16, 16, 3), 90, np.uint8), format="rgb24")
    for ending in ("mkv", "mov", "avi", "m4v"):
        with av.open(str(data / f"{ending}.{ending}"), "w", format="mp4" if ending == "m4v" else None) as out:
            stream = out.add_stream("mpeg4", rate=8)
            stream.width, stream.height, stream.pix_fmt = 16, 16, "yuv420p"
            for _ in range(3):
                out.mux(stream.encode(picture.reformat(format="yuv420p")))
            out.mux(stream.encode(None))
        (data / f"{ending}.txt").write_text("words")
    Image.new("RGB", (16, 16)).save(data / "t.tiff")
    (data / "t.txt").write_text("words")


def posters(data: Path) -> None:
    for name in ("a", "b", "c"):
        clip(data / f"{name}.mp4")
        write_png(data / f"{name}.png", torch.zeros(16, 16, 3, dtype=torch.uint8))


@pytest.mark.parametrize(
    ("make", "items", "line"),
    [
        (
            rates_that_differ,
            3,
            "clips in data have different numbers of frames a second, and each is read at its own",
        ),
        (several_captions, 2, None),
        (
            other_containers,
            6,
            "1 of 6 files in data cannot be used and are left out: t.tiff has 1 frame, and 2 are wanted",
        ),
        (
            posters,
            3,
            "3 of 6 files in data are the pictures of clips of the same names, and no samples: a.png",
        ),
    ],
)
def test_a_folder_runs(
    make: Callable[[Path], None], items: int, line: str | None, tmp_path: Path, data: Path
) -> None:
    make(data)
    assert main(["run", "p.fdl", "--device", "cpu"]) == 0
    found = told(tmp_path)
    assert len(found) == (line is not None) and all(m.startswith(line or "") for m in found)
    (record,) = (tmp_path / "runs" / "p").glob("*/data.json")
    assert len(read_record(DataRecord, record).contents) == items


def test_bad_clips_are_repaired_and_the_run_goes_on(tmp_path: Path, data: Path) -> None:
    for n in range(10):
        clip(data / f"{n}.mp4", caption=f"clip {n}")
    (data / "4.mp4").write_bytes(b"broken")
    assert main(["run", "p.fdl", "--device", "cpu"]) == 0
    assert "4.mp4 cannot be decoded" in told(tmp_path)[0]
    (record,) = (tmp_path / "runs" / "p").glob("*/data.json")

    clip(data / "4.mp4", caption="clip 4")
    (tmp_path / "p.fdl").write_text(PROGRAM.replace("steps = 2", "steps = 4"))
    assert main(["run", "p.fdl", "--device", "cpu"]) == 0
    assert told(tmp_path)[-1].endswith("1 changed (4.mp4); none of them was used before step 3")
    log = record.parent / "events.jsonl"
    assert [e.step for e in read_events(log, StepEvent)] == [1, 2, 3, 4]

    used = read_record(DataRecord, record).served[0]
    (data / used).unlink()
    (tmp_path / "p.fdl").write_text(PROGRAM.replace("steps = 2", "steps = 5"))
    assert main(["run", "p.fdl", "--device", "cpu"]) == 1
    assert main(["run", "p.fdl", "--device", "cpu", "--continue", str(record.parent)]) == 0
    assert [e.step for e in read_events(log, StepEvent)] == [1, 2, 3, 4, 5]
