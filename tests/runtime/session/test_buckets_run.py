"""Runs on data of several sizes: what a step sees, how a run goes on, and its module, edited."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from fdc.compiler.cli.main import main
from fdc.compiler.runtime.base.media.clips_and_images import write_mp4

pytestmark = pytest.mark.slow

PROGRAM = """\
import mini
import finetune

program p {
  sizes { F = 4, H = 16, W = 16 }
  role student = mini(tiny(seed = 0)) { train = full, precision = f32 }
  data clips = mix([folder("wide"), folder("mixed", repeat = 2)], buckets = [sizes(H = 8, W = 24), sizes(F = 2)]) {
    prompt: str
    video: pixels[b, 3, F, H, W]
  }
  use finetune(student)
  optimize student = adamw(lr = 1e-3)
  train { steps = 7, batch = 4, accumulate = 2 }
  validate every 5 { sample = student.sample(steps = 1), count = 2 }
  validate every 7 { name = small, sizes.H = 8, sizes.W = 8, sample = student.sample(steps = 1), prompts = ["a"] }
  validate every 7 { name = held, loss = flow, data = folder("wide") }
  checkpoint every 2 { keep = 9 }
}
"""


def clip(path: Path, frames: int, height: int, width: int) -> None:
    shades = torch.randint(0, 255, (frames, 1, 1, 3), generator=torch.Generator().manual_seed(frames + width))
    write_mp4(
        path, shades.expand(frames, height, width, 3).to(torch.uint8).contiguous(), fps=8, lossless=True
    )
    path.with_suffix(".txt").write_text(path.stem)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data, the program, and a finished run of it."""
    base = tmp_path_factory.mktemp("buckets")
    for k in range(3):
        clip(base / "wide" / f"wide{k}.mp4", 6, 16, 48)
    clip(base / "mixed" / "square.mp4", 7, 32, 32)
    clip(base / "mixed" / "short.mp4", 2, 32, 32)
    (base / "p.fdl").write_text(PROGRAM)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(base)
        torch.set_num_threads(1)
        assert main(["run", "p.fdl", "--device", "cpu"]) == 0
    return base


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def here(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(made, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def only(runs: Path) -> Path:
    (found,) = (runs / "p").iterdir()
    return found


def losses(run: Path) -> dict[int, object]:
    lines = map(json.loads, (run / "events.jsonl").read_text().splitlines())
    return {line["step"]: line["losses"] for line in lines if line["event"] == "step"}


def weights(run: Path, step: int) -> dict[str, torch.Tensor]:
    files = sorted((run / "checkpoints" / f"step-{step}").glob("*.safetensors"))
    return {f"{file.name} {name}": tensor for file in files for name, tensor in load_file(file).items()}


def test_a_run_takes_each_batch_from_one_bucket_and_validates_at_its_own_sizes(made: Path) -> None:
    run = only(made / "runs")
    assert len(losses(run)) == 7
    lines = map(json.loads, (run / "events.jsonl").read_text().splitlines())
    told = [line["message"] for line in lines if line["event"] == "data"]
    assert told[0] == (
        "data: 7 samples an epoch in 3 of 3 buckets of F x H x W: 4 x 16 x 16: 2 files; 4 x 8 x 24: 3 files; "
        "2 x 16 x 16: 2 files"
    )
    assert (run / "samples" / "step-5" / "sheet.png").exists()
    assert (run / "samples" / "small" / "step-7" / "sheet.png").exists()
    assert "validate/held/flow" in (run / "events.jsonl").read_text()


def test_a_run_that_was_cut_off_in_an_epoch_ends_bitwise_where_it_would_have(here: Path) -> None:
    run = only(here / "runs")
    whole, before = weights(run, 7), losses(run)
    for step in (7, 6, 4):
        shutil.rmtree(run / "checkpoints" / f"step-{step}")
    (run / "finished.json").unlink()
    assert main(["run", "p.fdl", "--device", "cpu"]) == 0
    again = weights(run, 7)
    assert whole and whole.keys() == again.keys() and all(torch.equal(whole[n], again[n]) for n in whole)
    assert losses(run) == before


def test_a_run_goes_on_with_files_that_it_had_not_used_and_asks_of_those_that_it_had(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run = only(here / "runs")
    for step in (7, 6, 4):
        shutil.rmtree(run / "checkpoints" / f"step-{step}")
    (run / "finished.json").unlink()
    clip(here / "wide" / "wide9.mp4", 4, 16, 48)
    assert main(["run", "p.fdl", "--device", "cpu"]) == 0
    said = capfd.readouterr().err
    assert "1 new, from the next epoch on (wide/wide9.mp4); none of them was used before step 3" in said
    begins, then = json.loads((run / "data.json").read_text())["segments"]
    assert begins["first"] == 0 and len(then["names"]) == 8 and then["sizes"] == begins["sizes"]
    for step in (7,):
        shutil.rmtree(run / "checkpoints" / f"step-{step}")
    (run / "finished.json").unlink()
    record = (run / "data.json").read_bytes()
    clip(here / "mixed" / "square.mp4", 9, 32, 32)
    assert main(["run", "p.fdl", "--device", "cpu"]) == 1
    said = " ".join(capfd.readouterr().err.split())
    assert "used before step 7 are no longer what they were: mixed/square.mp4" in said
    assert (run / "data.json").read_bytes() == record
    assert main(["run", "p.fdl", "--device", "cpu", "--continue", str(run)]) == 0
    assert "goes on from step 6" in capfd.readouterr().err


def test_an_edited_module_runs_at_every_bucket(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "p.fdl", "-o", "built"]) == 0
    plan = here / "built" / "plan.py"
    text = plan.read_text()
    plan.write_text(text.replace('return {"flow": flow}', 'return {"flow": 2 * flow}'))
    assert main(["run", str(plan), "--device", "cpu", "--runs", "edited"]) == 0
    before, after = losses(only(here / "runs")), losses(only(here / "edited"))
    assert after[1] == {name: 2 * value for name, value in before[1].items()}  # type: ignore[attr-defined]
    plan.write_text(text.replace("(4, 8, 24): {", "(4, 24, 8): {"))
    capfd.readouterr()
    assert main(["run", str(plan), "--device", "cpu", "--runs", "other"]) == 1
    assert "has other BUCKETS than program `p`" in capfd.readouterr().err
