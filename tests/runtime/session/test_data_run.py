"""A folder as people have it, from its files to the event log of a run."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from fdc.compiler.cli.main import main
from fdc.compiler.runtime.base.event_records import DataEvent, StepEvent
from fdc.compiler.runtime.base.events import read_events
from fdc.compiler.runtime.base.media.clips_and_images import write_mp4, write_png

PROGRAM = """\
import mini
import finetune

program p {
  sizes { F = 4, H = 16, W = 16 }
  role student = mini(tiny(seed = 0)) { train = full, precision = f32 }
  data clips = folder("data", fps = 8, may_fail = 0.5) { prompt: str, video: pixels[b, 3, F, H, W] }
  use finetune(student)
  optimize student = adamw(lr = 1e-4)
  train { steps = 2, batch = 2 }
}
"""


def frames(count: int) -> torch.Tensor:
    return torch.full((count, 16, 16, 3), 90, dtype=torch.uint8)


def test_what_is_found_in_the_data_is_told_before_the_first_step_and_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "data"
    for name, count, fps in (("a", 12, 24), ("b", 6, 8), ("c", 3, 8)):
        write_mp4(data / f"{name}.mp4", frames(count), fps=fps)
        (data / f"{name}.json").write_text('{"caption": ["one wording", "another"]}')
    write_png(data / "a.png", frames(1)[0])
    (data / "d.jxl").write_bytes(b"x")
    (data / "b.txt").write_text("a third")
    (tmp_path / "p.fdl").write_text(PROGRAM)
    assert main(["run", "p.fdl", "--device", "cpu"]) == 0
    expected = [
        "1 of 4 files in data are the pictures of clips of the same names, and no samples: a.png",
        "1 of 3 captions in data are one in NAME.txt and another in `caption` of NAME.json; NAME.txt is taken: b.mp4",
        "1 file .jxl in data is not read, as .jxl is none of the kinds read: d.jxl",
        "1 of 3 files in data cannot be used and are left out: c.mp4 has 3 frames at 8 a second, and 4 are wanted; "
        "F = 3 fits all",
    ]
    told = capfd.readouterr().err
    (log,) = (tmp_path / "runs" / "p").glob("*/events.jsonl")
    assert [e.message for e in read_events(log, DataEvent)] == expected
    assert told.index(expected[-1]) < told.index("step 1/2")
    assert all(told.count(line) == 1 for line in expected)
    assert len(read_events(log, StepEvent)) == 2
    assert len(list((tmp_path / "runs" / "cache" / "probes").iterdir())) == 1
