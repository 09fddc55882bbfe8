"""Few-step students of processes whose times are entries of a table: the exported pipeline steps where they do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import family_trials
import pytest
import torch
from diffusers import DDIMScheduler, EulerDiscreteScheduler, LCMScheduler
from diffusers.schedulers import scheduling_lcm
from lowering import loaded
from references.images import sdxl

from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source, compile
from fdc.compiler.program.grids import Betas
from fdc.compiler.program.typed_program import TypedProgram
from fdc.compiler.runtime.api.run_context import Run
from fdc.compiler.runtime.random.streams import Streams
from fdc.compiler.runtime.session.exports.export_role import export_role
from fdc.compiler.runtime.session.exports.model_card import origin_of
from fdc.compiler.runtime.session.exports.own_levels import OwnLevels, own_levels
from fdc.compiler.runtime.session.exports.table_levels import at_entries, entries_of

SLOPES = """
method slopes(student) {
  param steps: [time] = ticks([999])

  graph sample(batch) {
    c = student.cond(batch)
    x ~ noise[student]
    for i in 0 .. len(steps) - 1 {
      x = student.noisy(student.x0(x, steps[i], c), student.eps(x, steps[i], c), steps[i + 1])
    }
    return student.decode(student.x0(x, steps[len(steps) - 1], c))
  }

  update student {
    x0 = student.clean(batch)
    k ~ pick(0 .. len(steps)) per step
    eps ~ noise[student]
    xt = student.noisy(x0, eps, steps[k])
    loss clean = mse(student.x0(xt, steps[k], student.cond(batch)), x0)
  }
}
"""
PROGRAM = """
import sdxl
import dmd2
program few {
  sizes { H = 64, W = 96 }
  PROCESS
  role student = sdxl.tiny(tiny(seed = 0)) { train = full, precision = f32 }
  role teacher = sdxl.tiny(tiny(seed = 1)) { precision = f32 }
  role critic = sdxl.tiny(tiny(seed = 2)) { train = full, precision = f32 }
  data images = folder("images") { prompt: str, image: pixels[b, 3, H, W] }
  use METHOD { steps = ticks(STEPS), times = ticks(uniform(20, 980)) }
  optimize student = adamw(lr = 1e-4)
  optimize critic = adamw(lr = 1e-4)
  train { steps = 6, batch = 2 }
  validate every 5 { sample = sample }
}
"""
VELOCITY = """process vp {
    noisy    = a*x0 + s*eps
    predict  = a*eps - s*x0
    schedule = betas(scaled_linear, 0.00085, 0.012, 1000, zero_snr = true)
    grid(n) = [ticks((1000*(n - i) + n//2)//n - 1) for i in 0 .. n]
  }"""
DMD2 = "dmd2(student, teacher, critic)"
TABLE = Betas(0.00085, 0.012, 1000, 2)


def program(method: str, steps: list[int], process: str) -> TypedProgram:
    text = PROGRAM.replace("METHOD", method).replace("STEPS", str(steps)).replace("PROCESS", process)
    if method != DMD2:
        text = "\n".join(
            x for x in text.splitlines() if "critic" not in x and "teacher" not in x and "dmd2" not in x
        )
        text = text.replace(", times = ticks(uniform(20, 980))", "") + SLOPES
    found = check_source(Source("few.fdl", text), Path("few.fdl").absolute())
    assert found.clean, [d.message for d in found.diagnostics]
    return found.programs[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "steps", "process", "scheduler", "told"),
    [
        (DMD2, [999, 749, 499, 249], "", LCMScheduler, False),
        (DMD2, [999, 700, 321], VELOCITY, LCMScheduler, True),
        ("slopes(student)", [999, 749, 499, 249], VELOCITY, DDIMScheduler, False),
        ("slopes(student)", [999, 601, 321], "", EulerDiscreteScheduler, True),
    ],
)
def test_the_pipeline_of_a_few_step_student_makes_the_students_samples(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    steps: list[int],
    process: str,
    scheduler: type,
    told: bool,
) -> None:
    torch.set_num_threads(1)
    p = program(method, steps, process)
    roles, draws, notes = family_trials.roles_of(p), Streams(5, 0, (0,)), []
    run = Run(roles=roles, step=0, draws=draws, batch_size=1, device=family_trials.CPU)
    with torch.no_grad():
        expected = loaded(compile(p, "test").text).sample(run, {"prompt": ["a cat"]})
    own, origin = own_levels(p, "student"), origin_of(tmp_path, p, None)
    out = export_role(roles["student"], tmp_path / "out", own=own, origin=origin, say=notes.append)
    (code,) = re.findall(r"```python\n(.*?)```", (out / "README.md").read_text(), re.S)
    said = f"timesteps={steps}" if told else f"num_inference_steps={len(steps)}"
    assert f"{said}, guidance_scale=1.0" in code
    assert [said in note for note in notes] == [True] * told

    *loading, call = code.strip().splitlines()
    names: dict[str, Any] = {}
    exec("\n".join(loading), names)
    pipeline = names["pipeline"]
    pipeline.set_progress_bar_config(disable=True)
    assert type(pipeline.scheduler) is scheduler
    shape = (4, 8, 12)
    noises = iter([draws.normal("validate.sample.eps", shape, iteration=(i,)) for i in range(len(steps))])
    monkeypatch.setattr(scheduling_lcm, "randn_tensor", lambda *_, **__: next(noises))
    more = 'latents=start, output_type="pt")'
    names["start"] = draws.normal("validate.sample.x", shape)
    exec(call.replace("what is to be seen", "a cat").removesuffix(")") + ", " + more, names)
    made = names["made"].images
    torch.testing.assert_close(made, (expected / 2 + 0.5).clamp(0, 1), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("original", [8, 25, 50, 1000])
def test_a_config_says_how_consistency_models_are_spread(steps: int, original: int) -> None:
    scheduler = LCMScheduler(original_inference_steps=original)
    scheduler.set_timesteps(steps)
    wanted = tuple(scheduler.timesteps.tolist())
    config, spreads = at_entries(OwnLevels((), True), wanted, {**sdxl.BETAS, "prediction_type": "epsilon"})
    made = LCMScheduler.from_config({k: v for k, v in config.items() if k != "_class_name"})
    made.set_timesteps(steps)
    assert spreads and tuple(made.timesteps.tolist()) == wanted


def test_levels_between_entries_are_said_by_no_scheduler() -> None:
    levels = [TABLE.levels[999], (TABLE.levels[500] + TABLE.levels[501]) / 2]
    assert entries_of(TABLE, levels) is None
    assert entries_of(TABLE, [TABLE.levels[999], TABLE.levels[501]]) == (999, 501)
    assert entries_of(TABLE, [TABLE.levels[0]]) is None, "its boundary condition keeps the noise there"
