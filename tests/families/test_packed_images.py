"""Families of images whose pipelines tell their schedulers the levels: Flux.1, Flux2 Klein, QwenImage, Z-Image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import family_trials
import pytest
import torch
from references.cases import Asked, all_cases

from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source
from fdc.compiler.runtime.session.exports.export_role import export_role
from fdc.compiler.runtime.session.exports.own_levels import own_levels
from fdc.compiler.runtime.session.exports.pipeline_scheduler import scheduler_of

FAMILIES = {"flux": (16, 8, 8), "flux2": (128, 4, 4), "qwenimage": (16, 8, 8), "zimage": (16, 8, 8)}
"""With the dims of their latents at 64 x 64 pixels."""
LEVELS = [1.0, 0.9, 0.75, 0.5]


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_the_pipeline_of_a_few_step_student_steps_at_its_levels(family: str, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    case = all_cases()[family]
    program = family_trials.program_that_ships(case, "dmd2")
    student = family_trials.roles_of(program)["student"]
    own = own_levels(program, "student")
    assert own is not None and list(own.levels) == LEVELS
    assert scheduler_of(student, own).exact
    out = export_role(student, tmp_path / "out", own=own)
    pipeline: Any = type(case.pipeline()).from_pretrained(out)
    pipeline.set_progress_bar_config(disable=True)
    noise = torch.randn(2, *FAMILIES[family], generator=torch.Generator().manual_seed(0))
    asked = Asked({"prompt": ["a circle", "two squares"]}, {"x": [noise]}, {}, len(LEVELS), 1.0)
    case.sample(pipeline, asked)
    assert type(pipeline.scheduler).__name__ == "FlowMatchLCMScheduler"
    torch.testing.assert_close(pipeline.scheduler.sigmas, torch.tensor([*LEVELS, 0.0]), atol=1e-4, rtol=0)


@pytest.mark.parametrize("family", FAMILIES)
def test_random_weights_are_exported_with_a_scheduler_of_the_same_shift(family: str, tmp_path: Path) -> None:
    """Which the checkpoint's check accepts."""
    case = all_cases()[family]
    text = case.program(Path("x")).replace('("x")', "(tiny(seed = 0))")
    found = check_source(Source("ask.fdl", text), tmp_path / "ask.fdl")
    role = family_trials.roles_of(found.programs[0])["student"]
    made = scheduler_of(role, None)
    assert made.config is not None and not made.notes
    wanted = case.pipeline().scheduler.config
    said = {k: v for k, v in made.config.items() if k not in ("_class_name", "num_train_timesteps")}
    assert said and {k: wanted[k] for k in said} == said
