"""Frozen roles of one source are one network only where nothing is laid over it or merged into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fdc.compiler.driver.pipeline import check, plan_of

PROGRAM = """import mini

program p {
  sizes { F = 2, H = 8, W = 8 }
  role student = mini(tiny(seed = 0)) { train = full }
  role one = mini(tiny(seed = 0))
  role other = mini(tiny(seed = 0)OVER)BLOCK
  data clips = folder("data") { prompt: str, video: pixels[b, 3, F, H, W] }
  update student {
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    c = student.cond(batch)
    a = stop(one.predict(xt, t, c)) + stop(other.predict(xt, t, c))
    loss flow = mse(student.predict(xt, t, c), 0.5*a)
  }
  optimize student = adamw(lr = 1e-3)
  train { steps = 3, batch = 2 }
}
"""


@pytest.mark.parametrize(
    ("over", "block", "same"),
    [
        ("", "", True),
        (', weights = "a.safetensors"', "", False),
        ("", ' { adapter = "style.safetensors" }', False),
    ],
)
def test_two_roles_are_one_network(over: str, block: str, same: bool, tmp_path: Path) -> None:
    (tmp_path / "p.fdl").write_text(PROGRAM.replace("OVER", over).replace("BLOCK", block))
    checked = check(tmp_path / "p.fdl")
    (program,) = checked.programs
    stages = {f.name: f for f in plan_of(program).functions if f.stage == "denoise"}
    assert (stages["one_denoise"].identity == stages["other_denoise"].identity) == same
