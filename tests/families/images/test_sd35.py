"""Stable Diffusion 3.5: T5 may be absent, the length of its rows is part of the condition, and blocks are skipped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import family_trials
import pytest
import torch
from lowering import loaded
from references.images import sd35

from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source, compile

SKIPPING = """import sd35
program ask {
  sizes { H = 64, W = 64, L = 32 }
  role student = sd35.tiny("CHECKPOINT") { precision = f32 }
  data d = folder("data") { prompt: str }
  produce samples = student.sample_skipping(batch, steps = STEPS, scale = 7.0, skip = 2.8) to shards("samples") {
    fields = [sample], count = 2, batch = 2
  }
}
"""


@pytest.mark.slow
def test_a_checkpoint_without_t5_has_zeros_for_its_rows(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    sd35.pipeline(with_t5=False).save_pretrained(tmp_path)
    found = family_trials.compared(sd35.CASE, tmp_path)
    assert found.worst <= 1e-4, found


@pytest.mark.slow
@pytest.mark.parametrize("steps", [12, 28])
def test_skip_layer_guidance_is_the_pipelines(tmp_path: Path, steps: int) -> None:
    """Blocks 1, 2 and 3 of three, of which the last is none; strictly between 1 % and 20 % of the steps."""
    torch.set_num_threads(1)
    pipeline = sd35.pipeline()
    pipeline.save_pretrained(tmp_path)
    text = SKIPPING.replace("CHECKPOINT", str(tmp_path)).replace("STEPS", str(steps))
    found = check_source(Source("ask.fdl", text), Path("ask.fdl").absolute())
    assert found.clean, [d.message for d in found.diagnostics]
    (program,) = found.programs
    plan, roles = loaded(compile(program, "test").text), family_trials.roles_of(program)
    batch = family_trials.batch_of(program, sd35.CASE.prompts)
    pipeline.set_progress_bar_config(disable=True)
    with torch.no_grad():
        with family_trials.decoded([roles["student"].vae.held]) as ours:
            asked = family_trials.asked(sd35.CASE, plan, roles, batch, "samples")
        asked = replace(asked, steps=steps, scale=7.0)
        with family_trials.decoded([pipeline.vae]) as theirs:
            sd35.sample(pipeline, asked, skip_guidance_layers=[1, 2, 3])
        with family_trials.decoded([pipeline.vae]) as plain:
            sd35.sample(pipeline, asked)
    assert family_trials.difference(ours[0][0], theirs[0][0]) <= 1e-4
    assert family_trials.difference(plain[0][0], theirs[0][0]) > 1e-2


ROWS = """import sd35
import finetune
program rows {
  sizes { H = 64, W = 64, L = 77 }
  role student = sd35.medium("checkpoints/sd35")
  data d = folder("data") { prompt: str, image: pixels[b, 3, H, W] }
  graph both(batch) { return (student.cond(batch), student.clean(batch)) }
  produce rows = both(batch) to shards("rows") { fields = [text, latents], count = 2 }
}
program train {
  sizes { H = 64, W = 64, L = 256 }
  role student = sd35.medium("checkpoints/sd35") { train = full }
  data d = shards("rows") { text: student.text, latents: clean[student] }
  use finetune(student)
  optimize student = adamw(lr = 1e-5)
  train { steps = 10, batch = 2 }
}
"""


def test_rows_of_another_length_are_another_condition(tmp_path: Path) -> None:
    """No row is masked: rows that were stored with 77 tokens of T5 are refused where a program has 256."""
    found = check_source(Source("rows.fdl", ROWS), tmp_path / "rows.fdl").diagnostics
    assert [d.code for d in found if d.severity == "error"] == ["data-mismatch"], [d.message for d in found]
    same = check_source(Source("rows.fdl", ROWS.replace("L = 256", "L = 77")), tmp_path / "rows.fdl")
    assert not [d for d in same.diagnostics if d.severity == "error"]


def test_a_program_says_how_long_the_rows_are(tmp_path: Path) -> None:
    text = ROWS[: ROWS.index("program train")].replace(", L = 77", "")
    found = check_source(Source("rows.fdl", text), tmp_path / "rows.fdl").diagnostics
    assert any("`L`" in d.message for d in found), [d.message for d in found]
