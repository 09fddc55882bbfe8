"""A method's own sampler: it samples the role that the method trains, at the method's levels and with its parameters."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import torch
from lowering import CRITIC, DMD2, STUDENT, TEACHER, Codec, Net, batch, compiled, embed, role, run, typed

ROLES = f"{STUDENT}\n  {TEACHER}\n  {CRITIC}"
BODY = """use dmd2(student, teacher, critic) { steps = ticks([1000, 757, 522]) }
  validate every 5 { sample = SAMPLE, prompts = "p.txt" }"""


@pytest.mark.parametrize("sample", ["sample", "sample(batch)", "student.sample()"])
def test_it_is_a_guess_at_each_step_noised_to_the_next(sample: str, tmp_path: Path) -> None:
    _, module, _ = compiled(typed(tmp_path, BODY.replace("SAMPLE", sample), ROLES, methods=DMD2))
    net, at, given = Net(1), run({}), batch()
    made = module.sample(run({"student": role("student", net)}), given)
    text = embed(given["prompt"])["embeds"]  # type: ignore[arg-type]
    x = at.draws.normal("validate.sample.x", (4, 2, 2, 3))
    levels = (1.0, 0.757, 0.522)
    with torch.no_grad():
        for i, (t, after) in enumerate(pairwise((*levels, 0.0))):
            x0 = x - t * net(x, torch.full((4,), 1000 * t), text)
            eps = at.draws.normal("validate.sample.eps", (4, 2, 2, 3), (i,))
            x = (1 - after) * x0 + after * eps if after else x0
    wanted = Codec().decode(x * Codec.std.view(-1, 1, 1, 1) + Codec.mean.view(-1, 1, 1, 1))
    torch.testing.assert_close(made, wanted, rtol=1e-4, atol=1e-4)


def test_arguments_that_only_the_family_has_mean_the_familys(tmp_path: Path) -> None:
    body = BODY.replace("SAMPLE", "student.sample(steps = 1)").replace("[1000, 757, 522]", "[1000]")
    _, _, text = compiled(typed(tmp_path, body, ROLES, methods=DMD2))
    assert "grid(1, 3.0)" in text and "validate.sample.eps" not in text
