"""The README's first command, and the weights that ship with `mini`."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from paths import ROOT

from fdc.compiler.cli.main import main

WEIGHTS = ROOT / "families" / "mini" / "weights"
SHA256 = "98e2d1d4862271c1f01d836b93148a2d47adf029016855ccbc454d8a2ecf9795"
"""Of the transformer that programs/teach.fdl made."""

COMPARE = """
import mini
program again {
  sizes { F = 4, H = 16, W = 16 }
  role shipped = mini("SHIPPED") { precision = f32 }
  role trained = mini("TRAINED") { precision = f32 }
  data clips = shapes("held-out", count = 128, seed = 1) { prompt: str, video: pixels[b, 3, F, H, W] }
  graph both(batch) { return (shipped.sample(batch, steps = 20), trained.sample(batch, steps = 20)) }
  produce again = both(batch) to sheet("again") { fields = [shipped, trained], count = 128, batch = 64 }
}
"""


def scores(path: Path) -> dict[str, dict[str, float]]:
    """The table that a run prints: for each row its figures by column."""
    head, *lines = path.read_text().splitlines()
    columns = ["shape", "colour", "direction", "all three", "clearly", "distance"]
    assert all(c in head for c in columns)
    found = {}
    for line in lines:
        *name, shape, colour, direction, joint, clear, distance = line.split()
        shares = [float(x.rstrip("%")) / 100 for x in (shape, colour, direction, joint, clear)]
        found[" ".join(name)] = dict(zip(columns, [*shares, float(distance)]))
    return found


def test_the_shipped_weights_are_those_that_were_recorded() -> None:
    path = WEIGHTS / "transformer" / "diffusion_pytorch_model.safetensors"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == SHA256
    assert sum(p.stat().st_size for p in WEIGHTS.rglob("*") if p.is_file()) < 4_000_000


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_quickstarts_student_beats_its_teacher_at_equal_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a third of its steps and of the clips to compare."""
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "programs" / "quickstart.fdl").read_text("utf-8")
    for old, new in (
        ("../families/mini/weights", str(WEIGHTS)),
        ("steps = 600", "steps = 200"),
        ("count = 256", "count = 96"),
        ("batch = 64", "batch = 48"),
    ):
        assert old in text
        text = text.replace(old, new)
    Path("quickstart.fdl").write_text(text, "utf-8")
    assert main(["run", "quickstart.fdl"]) == 0
    found = scores(tmp_path / "out" / "quickstart" / "scores.txt")
    student, teacher = found["student 2 steps"], found["teacher 2 steps"]
    assert student["clearly"] > teacher["clearly"] + 0.15
    assert student["distance"] < 0.75 * teacher["distance"]
    assert student["all three"] > 0.85
    assert found["data"]["clearly"] > 0.99
    assert (tmp_path / "out" / "quickstart" / "sheet.png").exists()


@pytest.mark.slow
def test_the_teachers_program_learns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few of its steps; the long test below trains it whole."""
    monkeypatch.chdir(tmp_path)
    assert main(["run", str(ROOT / "programs" / "teach.fdl"), "--set", "teach.train.steps=24"]) == 0
    (made,) = (tmp_path / "runs" / "teach").iterdir()
    events = [json.loads(line) for line in (made / "events.jsonl").read_text().splitlines()]
    losses = [e["losses"]["student.flow"] for e in events if e["event"] == "step"]
    assert len(losses) == 24 and sum(losses[-5:]) < 0.8 * sum(losses[:5])


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_the_shipped_teacher_can_be_trained_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = taught(tmp_path, monkeypatch, steps=4000)
    assert abs(found["trained"]["all three"] - found["shipped"]["all three"]) < 0.1
    assert found["trained"]["distance"] < 1.5 * found["shipped"]["distance"]


def taught(folder: Path, monkeypatch: pytest.MonkeyPatch, steps: int) -> dict[str, dict[str, float]]:
    """The scores of a teacher that programs/teach.fdl makes, beside those of the one that ships."""
    monkeypatch.chdir(folder)
    assert main(["run", str(ROOT / "programs" / "teach.fdl"), "--set", f"teach.train.steps={steps}"]) == 0
    (made,) = (folder / "runs" / "teach").iterdir()
    text = COMPARE.replace("SHIPPED", str(WEIGHTS)).replace("TRAINED", str(made / "export" / "student"))
    Path("again.fdl").write_text(text)
    assert main(["run", "again.fdl"]) == 0
    found = scores(folder / "again" / "scores.txt")
    shutil.rmtree(folder / "runs")
    return found
