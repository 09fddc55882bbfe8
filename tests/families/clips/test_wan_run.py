"""Wan through the whole compiler: a tiny checkpoint on disk, a program over it, its emitted module."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from checkpoints import euler_on_the_shifted_grid, wan_checkpoint
from diffusers import WanPipeline
from lowering import loaded
from paths import ROOT

from fdc.compiler.base.source import Source
from fdc.compiler.cli.main import main
from fdc.compiler.driver.pipeline import check_source, compile
from fdc.compiler.runtime.api.run_context import Run
from fdc.compiler.runtime.base.media.clips_and_images import write_mp4
from fdc.compiler.runtime.random.streams import Streams
from fdc.compiler.runtime.weights.load_roles import Registry, load_roles

SAMPLE = """
import wan
program ask {
  sizes { F = 9, H = 64, W = 64 }
  role teacher = wan.tiny("CHECKPOINT", negative = "blurred") { precision = f32 }
  data prompts = lines("prompts.txt") { prompt: str }
  graph both(batch) { return (teacher.sample(batch, steps = 4, scale = 5.0), teacher.cond(batch)) }
  produce samples = both(batch) to shards("out") { fields = [video, text], count = 2, batch = 2 }
}
"""
DISTIL = """
import wan
import dmd2
program distil {
  sizes { F = 9, H = 32, W = 32 }
  role student = wan.tiny("CHECKPOINT") { train = full, precision = PRECISION }
  role teacher = wan.tiny("CHECKPOINT") { precision = PRECISION }
  role critic = wan.tiny("CHECKPOINT") { train = full, precision = PRECISION }
  data clips = shapes("clips", count = 4) { prompt: str, video: pixels[b, 3, F, H, W] }
  use dmd2(student, teacher, critic) { ratio = 2 }
  optimize student = adamw(lr = 1e-4)
  optimize critic = adamw(lr = 1e-4)
  train { steps = 2, batch = 2 }
  validate every 2 { sample = student.sample(steps = 2, scale = 1.0), prompts = ["a red circle moving left"] }
}
"""


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wan_checkpoint(tmp_path_factory.mktemp("wan") / "checkpoint")


@pytest.mark.slow
def test_the_emitted_sample_is_the_pipelines(checkpoint: Path, tmp_path: Path) -> None:
    text = SAMPLE.replace("CHECKPOINT", str(checkpoint))
    checked = check_source(Source("ask.fdl", text), tmp_path / "ask.fdl")
    assert checked.diagnostics == ()
    (program,) = checked.programs
    plan = loaded(compile(program, "test").text)
    cpu = torch.device("cpu")
    roles = load_roles(program.roles, Registry(), allow_python=False, device=cpu)
    draws = Streams(5, 0, (0, 1))
    run = Run(roles=roles, step=0, draws=draws, batch_size=2, device=cpu)
    prompts = ["a cat", "two dogs"]
    with torch.no_grad():
        made = plan.PRODUCE["samples"](run, {"prompt": prompts})
    pipeline = WanPipeline.from_pretrained(checkpoint)
    pipeline.set_progress_bar_config(disable=True)
    pipeline.scheduler = euler_on_the_shifted_grid(4, shift=3.0)
    noise = draws.normal("samples.both.sample.x", (16, 3, 8, 8))
    video = pipeline(
        prompt=prompts,
        negative_prompt=["blurred"] * 2,
        height=64,
        width=64,
        num_frames=9,
        num_inference_steps=4,
        guidance_scale=5.0,
        latents=noise,
        output_type="pt",
    ).frames
    ours = (made["video"] / 2 + 0.5).clamp(0, 1)
    assert torch.allclose(ours, video.transpose(1, 2), atol=1e-5, rtol=1e-5)
    assert made["text"]["embeds"].shape == (2, 512, 32)


@pytest.mark.slow
@pytest.mark.parametrize("precision", [pytest.param("f32", marks=pytest.mark.slow), "bf16"])
def test_dmd2_runs_on_a_checkpoint(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: str
) -> None:
    torch.set_num_threads(1)
    monkeypatch.chdir(tmp_path)
    Path("distil.fdl").write_text(
        DISTIL.replace("CHECKPOINT", str(checkpoint)).replace("PRECISION", precision)
    )
    assert main(["run", "distil.fdl"]) == 0
    (folder,) = Path("runs/distil").iterdir()
    assert (folder / "samples" / "step-2" / "sheet.png").exists()
    assert WanPipeline.from_pretrained(folder / "export" / "student").transformer is not None


@pytest.mark.slow
def test_the_program_that_ships_runs_at_a_tiny_size(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.set_num_threads(1)
    monkeypatch.chdir(tmp_path)
    for n in range(2):
        clip = torch.full((9, 32, 32, 3), 40 * n, dtype=torch.uint8)
        write_mp4(tmp_path / "clips" / f"{n}.mp4", clip, lossless=True)
        (tmp_path / "clips" / f"{n}.txt").write_text("grey")
    changes = {
        "sizes.F": "9",
        "sizes.H": "32",
        "sizes.W": "32",
        **{f"{role}.source": f'wan.tiny("{checkpoint}")' for role in ("student", "teacher", "critic")},
        "data.path": '"clips"',
        "use.ratio": "2",
        "train.steps": "2",
        "train.batch": "2",
        "validate.prompts": '["a red circle moving left"]',
        "validate.every": "2",
    }
    given = [word for name, value in changes.items() for word in ("--set", f"{name}={value}")]
    assert main(["run", str(ROOT / "programs" / "wan_dmd2.fdl"), *given]) == 0
    (folder,) = Path("runs/wan_dmd2").iterdir()
    assert (folder / "samples" / "step-2" / "sheet.png").exists()
    assert {p.name for p in (folder / "export").iterdir()} == {"student", "critic"}


def test_the_program_that_ships_is_the_one_in_the_readme() -> None:
    shown = [b for b in (ROOT / "README.md").read_text("utf-8").split("```\n") if "program wan_dmd2" in b]
    assert shown == [(ROOT / "programs" / "wan_dmd2.fdl").read_text("utf-8")]


def test_a_checkpoint_of_another_architecture_is_refused(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = DISTIL.replace("CHECKPOINT", str(checkpoint)).replace("PRECISION", "f32")
    Path("distil.fdl").write_text(text.replace("wan.tiny", "wan.t2v_14b"))
    assert main(["run", "distil.fdl"]) == 1
    said = capfd.readouterr().err
    assert "config-mismatch" in said and "Traceback" not in said
