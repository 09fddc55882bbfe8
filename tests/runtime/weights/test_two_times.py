"""A network of two times: each argument reaches its own parameter, in whatever order it is given."""

from __future__ import annotations

from pathlib import Path

import pytest
from at_random.families import BY_NAME, text

from fdc.compiler.driver.pipeline import check, compile

PROGRAM = """import "./mean.fdl" {{ mean }}
program p {{
  sizes {{ H = 64, W = 64 }}
  role student = mean("checkpoints/x") {{ train = full }}
  data shots = folder("data/shots") {{ prompt: str, image: pixels[b, 3, H, W] }}
  update student {{
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    r ~ uniform(0, 1)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    c = student.cond(batch)
    loss flow = mse(student.predict({0}), student.target(x0, eps, t))
  }}
  optimize student = adamw(lr = 1e-5)
  train {{ steps = 100, batch = 8 }}
}}
"""


@pytest.mark.parametrize(
    "arguments", ["xt, t, r, c", "c = c, x = xt, r = r, t = t", "xt, c = c, r = r, t = t"]
)
def test_each_argument_reaches_its_parameter(arguments: str, tmp_path: Path) -> None:
    (tmp_path / "flow.fdl").write_text(text(BY_NAME["flow"]))
    (tmp_path / "mean.fdl").write_text(text(BY_NAME["mean"]))
    (tmp_path / "p.fdl").write_text(PROGRAM.format(arguments))
    found = check(tmp_path / "p.fdl")
    assert found.diagnostics == ()
    (program,) = found.programs
    emitted = compile(program, "fdc build p.fdl", verify=True).text
    assert "student_denoise(run, xt, t, r, c)" in emitted
    assert "timestep=1000 * per_sample(t, x), r=1000 * per_sample(r, x)" in emitted
