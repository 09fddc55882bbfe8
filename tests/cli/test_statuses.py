"""What is missing ends a command with one status, be it weights, data or prompts."""

from __future__ import annotations

from pathlib import Path

import pytest

from fdc.compiler.cli.main import main

MEDIA = "prompt: str, video: pixels[b, 3, F, H, W]"
STORED = "x0: clean[student], text: student.text"
DRAWN = 'shapes("data", count = 4)'
MINE = "tiny(seed = 0)"


def program(source: str, data: str, fields: str, more: str) -> str:
    return f"""
import mini
import finetune

program toy {{
  sizes {{ F = 2, H = 8, W = 8 }}
  role student = mini({source}) {{ train = full, precision = f32 }}
  data clips = {data} {{ {fields} }}
  use finetune(student) {{ times = uniform(0, 1) }}
  optimize student = adamw(lr = 1e-3)
  train {{ steps = 1, batch = 2 }}
  {more}
}}
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "data", "fields", "more"),
    [
        ('"nowhere"', DRAWN, MEDIA, ""),
        ('"empty"', DRAWN, MEDIA, ""),
        (MINE, 'folder("nowhere")', MEDIA, ""),
        (MINE, 'folder("empty")', MEDIA, ""),
        (MINE, 'mix([folder("nowhere")])', MEDIA, ""),
        (MINE, 'webdataset("nowhere.tar")', MEDIA, ""),
        (MINE, 'shards("nowhere")', STORED, ""),
        (MINE, 'shards("empty")', STORED, ""),
        (
            MINE,
            DRAWN,
            MEDIA,
            'validate every 1 { sample = student.sample(steps = 1), prompts = "nowhere.txt" }',
        ),
        (MINE, DRAWN, MEDIA, 'validate every 1 { loss = flow, data = folder("nowhere") }'),
    ],
)
def test_missing_files(
    source: str,
    data: str,
    fields: str,
    more: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("toy.fdl").write_text(program(source, data, fields, more))
    assert main(["run", "toy.fdl"]) == 2
    said = capfd.readouterr().err
    assert "error[missing-file]" in said and ("nowhere" in said or "empty" in said)


def test_a_check_that_finds_only_missing_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    missing = program('"empty"', DRAWN, MEDIA, "")
    Path("toy.fdl").write_text(missing)
    assert main(["check", "toy.fdl"]) == 2
    Path("toy.fdl").write_text(missing.replace("batch = 2", "batch = two"))
    assert main(["check", "toy.fdl"]) == 1
