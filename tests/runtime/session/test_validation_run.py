"""Several blocks `validate` in whole runs: when they are due, at which sizes, and losses over held-out data."""

from __future__ import annotations

import json
from pathlib import Path

import av
import pytest
import torch
from safetensors.torch import load_file

from fdc.compiler.cli.main import main

PROGRAM = """
import mini
import finetune

program toy {
  sizes { F = 2, H = 8, W = 8 }
  role student = mini(tiny(seed = 0)) { train = full, precision = f32 }
  data clips = shapes("data", count = 8) { prompt: str, video: pixels[b, 3, F, H, W] }
  use finetune(student) { times = uniform(0, 1) }
  optimize student = adamw(lr = 1e-3)
  train { steps = 2, batch = 4, accumulate = 2, seed = SEED, deterministic = true }
BLOCKS
}
"""
SEVERAL = """
  validate { sample = student.sample(steps = 2, scale = 2.0), negative = "blurry", at = [0, 2], count = 3, batch = 2 }
  validate every 2 { sample = student.sample(steps = 2), name = long, sizes.F = 4, sizes.W = 12, prompts = ["a", "b"] }
  validate { loss = flow, data = shapes("held", count = 5, seed = 1), at = [0, 2], name = held, seed = 4 }
  validate { loss = flow, data = folder("held"), at = [0], name = same, batch = 1, count = 5, seed = 4 }
  validate { loss = flow, data = folder("held"), at = [0], name = short, sizes.F = 1 * 2, count = 2 }
"""

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def run(folder: Path, blocks: str, seed: int = 0, *args: str) -> Path:
    """The folder of the finished run."""
    text = PROGRAM.replace("BLOCKS", blocks).replace("SEED", str(seed))
    (folder / "toy.fdl").write_text(text)
    assert main(["run", "toy.fdl", "--fresh", *args]) == 0
    return max((folder / "runs" / "toy").iterdir(), key=lambda p: p.stat().st_mtime)


def losses(run_folder: Path) -> dict[tuple[int, str], float]:
    lines = map(json.loads, (run_folder / "events.jsonl").read_text().splitlines())
    return {
        (e["step"], name): v for e in lines if e["event"] == "validation" for name, v in e["losses"].items()
    }


def weights(run_folder: Path) -> dict[str, torch.Tensor]:
    return load_file(run_folder / "checkpoints" / "step-2" / "student.weights.safetensors")


def test_several_validations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = SEVERAL.replace("1 * 2", "2")
    first = run(tmp_path, blocks)
    samples = first / "samples"
    assert sorted(p.name for p in samples.iterdir()) == ["long", "step-0", "step-2"]
    assert len(list((samples / "step-0").glob("*.mp4"))) == 3
    assert [p.name for p in (samples / "long").iterdir()] == ["step-2"]
    with av.open(str(samples / "long" / "step-2" / "01.mp4")) as clip:
        stream = clip.streams.video[0]
        assert (stream.frames, stream.height, stream.width) == (4, 8, 12)
    assert (samples / "long" / "step-2" / "captions.txt").read_text() == "00 a\n01 b\n"
    assert '["blurry"]' in (first / "plan.py").read_text()

    found = losses(first)
    assert set(found) == {
        (0, "validate/held/flow"),
        (2, "validate/held/flow"),
        (0, "validate/same/flow"),
        (0, "validate/short/flow"),
    }
    assert found[2, "validate/held/flow"] != found[0, "validate/held/flow"]
    assert found[0, "validate/same/flow"] == pytest.approx(found[0, "validate/held/flow"], rel=1e-6)

    # the draws are the block's own: another seed of training changes nothing before the first step
    other = run(tmp_path, blocks, seed=1)
    assert losses(other)[0, "validate/held/flow"] == found[0, "validate/held/flow"]

    # training is what it is without validation
    alone = run(tmp_path, "")
    left, right = weights(first), weights(alone)
    assert all(torch.equal(left[n], right[n]) for n in left) and left.keys() == right.keys()


@pytest.mark.parametrize(
    ("block", "says"),
    [
        ('validate every 1 { sample = student.sample(), prompts = "none.txt" }', "none.txt cannot be read"),
        ('validate every 1 { sample = student.sample(), prompts = ["a"], count = 2 }', "there are 1 prompts"),
        ('validate every 1 { loss = flow, data = shapes("held", count = 3), count = 9 }', "there are 3"),
    ],
)
def test_what_cannot_be_validated_is_told_before_the_first_step(
    block: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy.fdl").write_text(PROGRAM.replace("BLOCKS", block).replace("SEED", "0"))
    assert main(["run", "toy.fdl"]) != 0
    told = capsys.readouterr().err
    assert says in " ".join(told.split()) and "toy.fdl:12" in told and "step 1/" not in told


def test_an_option_names_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    two = """
  validate { sample = student.sample(steps = 1), at = [2], count = 1 }
  validate { sample = student.sample(steps = 1), at = [2], name = long, sizes.F = 2, count = 1 }"""
    options = ("--set", "validate.long.count=2", "--set", "validate.long.sizes.F=4")
    found = run(tmp_path, two, 0, *options) / "samples"
    assert len(list((found / "step-2").glob("*.mp4"))) == 1
    with av.open(str(found / "long" / "step-2" / "01.mp4")) as clip:
        assert clip.streams.video[0].frames == 4
