"""Stable Diffusion XL: velocities down to no signal, text in place of zeros, and the way to another space."""

from __future__ import annotations

import json
from contextlib import chdir
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import family_trials
import pytest
import torch
from diffusers import DDIMScheduler, StableDiffusionXLImg2ImgPipeline, StableDiffusionXLPipeline
from lowering import loaded
from references.cases import Asked
from references.images import sdxl
from torch import Tensor

from fdc.compiler.base.source import Source
from fdc.compiler.cli.main import main
from fdc.compiler.driver.pipeline import check_source, compile

ASK = """import sdxl
program ask {
  sizes { H = 64, W = 96 }
  PROCESS
  role student = sdxl.tiny("CHECKPOINT"GIVEN) { precision = f32 }
  data d = folder("data") { prompt: str }
  produce samples = student.sample(batch, steps = 4, scale = 5.0, rescale = RESCALE) to shards("samples") {
    fields = [sample], count = 2, batch = 2
  }
}
"""
VELOCITY = """process vp {
    noisy    = a*x0 + s*eps
    predict  = a*eps - s*x0
    schedule = betas(scaled_linear, 0.00085, 0.012, 1000, zero_snr = true)
    grid(n) = [ticks((1000*(n - i) + n//2)//n - 1) for i in 0 .. n]
  }"""


def difference(tmp_path: Path, pipeline: object, program: str, **more: object) -> float:
    """Of the latents of a whole sample, from the pipeline's on the same noise."""
    torch.set_num_threads(1)
    pipeline.save_pretrained(tmp_path)  # type: ignore[attr-defined]
    text = program.replace("CHECKPOINT", str(tmp_path))
    found = check_source(Source("ask.fdl", text), Path("ask.fdl").absolute())
    assert found.clean, [d.message for d in found.diagnostics]
    (typed,) = found.programs
    plan, roles = loaded(compile(typed, "test").text), family_trials.roles_of(typed)
    batch = family_trials.batch_of(typed, sdxl.CASE.prompts)
    with torch.no_grad():
        with family_trials.decoded([roles["student"].vae.held]) as ours:
            asked = family_trials.asked(sdxl.CASE, plan, roles, batch, "samples")
        with family_trials.decoded([pipeline.vae]) as theirs:  # type: ignore[attr-defined]
            asked = replace(asked, steps=4, scale=5.0)
            assert isinstance(asked, Asked)
            sdxl.sample(pipeline, asked, **more)
    return family_trials.difference(ours[0][0], theirs[0][0])


@pytest.mark.slow
@pytest.mark.parametrize("rescale", [0.0, 0.7])
def test_velocities_from_pure_noise(tmp_path: Path, rescale: float) -> None:
    pipeline = sdxl.pipeline()
    pipeline.scheduler = DDIMScheduler(
        **sdxl.BETAS,
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        clip_sample=False,
    )
    program = ASK.replace("PROCESS", VELOCITY).replace("GIVEN", "").replace("RESCALE", str(rescale))
    assert difference(tmp_path, pipeline, program, guidance_rescale=rescale) <= 1e-4


@pytest.mark.slow
def test_no_text_may_be_encoded(tmp_path: Path) -> None:
    program = ASK.replace("PROCESS", "").replace("GIVEN", ", zeros = false").replace("RESCALE", "0.0")
    assert difference(tmp_path, sdxl.pipeline(), program, negative_prompt=["", ""]) <= 1e-4


LIKE = """import sdxl
program ask {
  sizes { H = 64, W = 96 }
  role student = sdxl.tiny("CHECKPOINT") { precision = f32 }
  data d = folder("data") { prompt: str, image: pixels[b, 3, H, W] }
  produce samples = student.sample_like(batch, steps = 10, skipped = 6) to shards("samples") {
    fields = [sample], count = 2, batch = 2
  }
}
"""


@pytest.mark.slow
def test_images_of_images(tmp_path: Path) -> None:
    """The tail of the grid is what a strength of 0.4 leaves of ten steps."""
    torch.set_num_threads(1)
    sdxl.pipeline().save_pretrained(tmp_path)
    found = check_source(
        Source("ask.fdl", LIKE.replace("CHECKPOINT", str(tmp_path))), Path("ask.fdl").absolute()
    )
    assert found.clean, [d.message for d in found.diagnostics]
    (typed,) = found.programs
    plan, roles = loaded(compile(typed, "test").text), family_trials.roles_of(typed)
    batch = family_trials.batch_of(typed, sdxl.CASE.prompts)
    pipeline = StableDiffusionXLImg2ImgPipeline.from_pretrained(tmp_path)
    pipeline.set_progress_bar_config(disable=True)
    with torch.no_grad():
        with family_trials.decoded([roles["student"].vae.held]) as ours:
            asked = family_trials.asked(sdxl.CASE, plan, roles, batch, "samples")
        noise = asked.noise("eps")
        clean = pipeline.vae.encode(batch["image"]).latent_dist.mode() * pipeline.vae.config.scaling_factor
        pipeline.scheduler.add_noise = partial(
            _noised, type(pipeline.scheduler).add_noise, pipeline.scheduler, noise
        )
        with family_trials.decoded([pipeline.vae]) as theirs:
            pipeline(
                prompt=list(sdxl.CASE.prompts),
                image=clean,
                strength=0.4,
                num_inference_steps=10,
                guidance_scale=5.0,
                original_size=(64, 96),
                target_size=(64, 96),
                output_type="pt",
            )
    assert family_trials.difference(ours[0][0], theirs[0][0]) <= 1e-4


def _noised(plain: Any, scheduler: Any, noise: Tensor, x: Tensor, _: Tensor, timesteps: Tensor) -> Tensor:
    """`add_noise` of a scheduler with the noise that fdc drew."""
    made: Tensor = plain(scheduler, x, noise, timesteps)
    return made


def test_zeros_for_no_text_need_no_encoder() -> None:
    """What stands for no text is chosen where the role is declared: the other is not computed."""
    text = ASK.replace("PROCESS", "").replace("RESCALE", "0.0").replace('"CHECKPOINT"GIVEN', "tiny(seed = 0)")
    (program,) = check_source(Source("ask.fdl", text), Path("ask.fdl").absolute()).programs
    module = compile(program, "test").text
    assert "no_text" in module
    uncond = module[module.index("def student_uncond") :]
    assert "encode_text" not in uncond[: uncond.index("\ndef ", 1)], uncond[:800]


CROSS = """import sdxl
import sd35

program cross {
  sizes { H = 64, W = 64, L = 16 }
  role student = sd35.tiny(tiny(seed = 0)) { train = full, precision = f32 }
  role teacher = sdxl.tiny(tiny(seed = 1)) { precision = f32 }
  data images = folder("images") { prompt: str, image: pixels[b, 3, H, W] }
  update student {
    z ~ noise[teacher]
    c = student.cond(batch)
    made = stop(teacher.x0(z, ticks([999])[0], teacher.cond(batch)))
    x0 = MADE
    t ~ uniform(0.02, 0.98)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    loss flow = mse(student.predict(xt, t, c), student.target(x0, eps, t))
  }
  optimize student = adamw(lr = 1e-3)
  train { steps = 4, batch = 2 }
}
"""


def test_latents_do_not_cross_to_another_space_by_themselves() -> None:
    """SDXL's latents have 4 channels and a schedule of their own: the message offers the way that there is."""
    found = check_source(Source("cross.fdl", CROSS.replace("MADE", "made")), Path("cross.fdl").absolute())
    assert [d.code for d in found.diagnostics] == ["space-mismatch"], [d.message for d in found.diagnostics]
    assert "`bridge(x0, to = role)`" in found.diagnostics[0].help


@pytest.mark.slow
def test_they_cross_by_a_bridge_and_train(tmp_path: Path) -> None:
    text = CROSS.replace("MADE", "bridge(made, to = student)")
    torch.set_num_threads(1)
    family_trials.write_data(replace(sdxl.CASE, sizes={"H": 64, "W": 64}), tmp_path / "images")
    (tmp_path / "cross.fdl").write_text(text)
    with chdir(tmp_path):
        assert main(["run", "cross.fdl"]) == 0
    (run,) = (tmp_path / "runs" / "cross").iterdir()
    rows = [json.loads(line) for line in (run / "events.jsonl").read_text("utf-8").splitlines()]
    losses = [row["losses"]["student.flow"] for row in rows if row["event"] == "step"]
    assert len(losses) == 4 and all(0 < x < 100 for x in losses), losses
    assert {p.name for p in (run / "export").iterdir()} == {"student"}


FROM_A_SEED = """import sdxl
import finetune
program seeds {
  sizes { H = 64, W = 96 }
  PROCESS
  role student = sdxl.tiny(tiny(seed = 0)) { train = full, precision = f32 }
  data images = folder("images") { prompt: str, image: pixels[b, 3, H, W] }
  use finetune(student) { times = ticks(pick(0 .. 1000)) }
  optimize student = adamw(lr = 1e-3)
  train { steps = 1, batch = 2 }
}
"""


@pytest.mark.slow
@pytest.mark.parametrize("process", ["", VELOCITY], ids=["noise", "velocity"])
def test_an_export_of_random_weights_samples_as_the_process_does(tmp_path: Path, process: str) -> None:
    """There is no checkpoint whose scheduler would do: one is written, from the table and the grids of the process."""
    torch.set_num_threads(1)
    family_trials.write_data(sdxl.CASE, tmp_path / "images")
    (tmp_path / "seeds.fdl").write_text(FROM_A_SEED.replace("PROCESS", process))
    with chdir(tmp_path):
        assert main(["run", "seeds.fdl"]) == 0
    (export,) = (tmp_path / "runs" / "seeds").glob("*/export/student")
    pipeline = StableDiffusionXLPipeline.from_pretrained(export)
    pipeline.set_progress_bar_config(disable=True)
    program = ASK.replace("PROCESS", process).replace("GIVEN", "").replace("RESCALE", "0.0")
    assert difference(tmp_path / "again", pipeline, program) <= 1e-4
