"""`fdc sample`: what validation makes, of a run and of its export, without a program."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from fdc.compiler.base.source import Source
from fdc.compiler.cli.main import main
from fdc.compiler.driver.pipeline import check_source
from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.session.exports.sample_text import Wanted, sampling_program

PROGRAM = """
import mini
import METHOD

program toy {
  sizes { F = 4, H = 16, W = 16 }
  role student = mini(tiny(seed = 0)) { train = full, precision = f32 }
  role teacher = mini(tiny(seed = 0)) { precision = f32 }
  role critic = mini(tiny(seed = 0)) { train = full, precision = f32 }
  data clips = shapes("data", count = 4) { prompt: str, video: pixels[b, 3, F, H, W] }
  use METHOD(ROLES)
  optimize student = adamw(lr = 1e-2)
  optimize critic = adamw(lr = 1e-2)
  train { steps = 2, batch = 2 }
VALIDATE
}
"""
DMD = (
    PROGRAM.replace("METHOD", "dmd2")
    .replace("ROLES", "student, teacher, critic) { steps = ticks([1000, 500]), ratio = 1 }")
    .replace("})", "}")
)
VALIDATED = """
  validate every 2 { sample = sample, prompts = ["a red circle moving left"], weights = average(student, decay = 0.5) }
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    torch.set_num_threads(1)
    return tmp_path


@pytest.mark.slow
def test_a_run_and_its_export_are_sampled_as_validation_samples(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("toy.fdl").write_text(DMD.replace("VALIDATE", VALIDATED))
    assert main(["run", "toy.fdl"]) == 0
    (run,) = Path("runs/toy").iterdir()
    prompt = ["--prompt", "a red circle moving left"]
    assert main(["sample", str(run), *prompt, "-o", "of_run"]) == 0
    assert "`student` as of step 2, average(0.5)" in capsys.readouterr().out
    assert main(["sample", str(run / "export" / "student"), *prompt, "-o", "of_export"]) == 0
    shown = (run / "samples" / "step-2" / "00.mp4").read_bytes()
    assert Path("of_run/00.mp4").read_bytes() == shown == Path("of_export/00.mp4").read_bytes()
    more = ["--weights", "live", "--count", "2", "--seed", "1", "-o", "more"]
    assert main(["sample", str(run), *prompt, *more]) == 0
    made = [Path(f"more/0{i}.mp4").read_bytes() for i in range(2)]
    assert len({shown, *made}) == 3
    assert main(["sample", str(run), *prompt, "--negative", "dull"]) == 2
    assert "nothing reads `negative`" in capsys.readouterr().err
    assert main(["sample", str(here), *prompt]) == 2


def sampled(text: str, wanted: Wanted) -> str:
    """The expression that a program samples by."""
    checked = sampling_program(text, Path("toy.fdl"), "toy", wanted)
    (line,) = [s for s in checked.source.text.splitlines() if "validate" in s]
    return line.strip()


def test_what_is_sampled() -> None:
    own = DMD.replace("VALIDATE", VALIDATED)
    averaged = "weights = average(student, decay = 0.5)"
    assert sampled(own, Wanted("student")) == f"validate every 1 {{ sample = sample, {averaged} }}"
    assert sampled(DMD.replace("VALIDATE", ""), Wanted("student")) == "validate every 1 { sample = sample }"
    tune = "\n".join(
        line
        for line in PROGRAM.replace("METHOD", "finetune").replace("ROLES", "student").splitlines()
        if "critic" not in line and "teacher" not in line
    )
    plain = tune.replace("VALIDATE", "")
    assert check_source(Source("toy.fdl", plain), Path("toy.fdl")).clean
    assert sampled(plain, Wanted("student")) == "validate every 1 { sample = student.sample() }"
    asked = Wanted("student", steps=4, scale=2.0, negative="dull")
    assert (
        sampled(plain, asked)
        == 'validate every 1 { sample = student.sample(steps = 4, scale = 2.0), negative = "dull" }'
    )


def test_what_cannot_be_sampled() -> None:
    with pytest.raises(RunError, match="has no program `other`"):
        sampling_program(DMD.replace("VALIDATE", ""), Path("toy.fdl"), "other", Wanted("student"))
    with pytest.raises(RunError, match="holds no"):
        sampling_program(DMD, Path("toy.fdl"), "toy", Wanted("student", negative='"'))
