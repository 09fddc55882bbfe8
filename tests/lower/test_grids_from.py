"""`grid(n, from = t)`: that time, and what of the grid lies below it, as by hand in torch."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import torch
from lowering import Codec, Net, batch, compiled, embed, role, run, typed

from fdc.stages.times import grid, shifted, tail

METHOD = """
method again(student) {
  graph sample(batch) {
    c = student.cond(batch)
    START
    eps ~ noise[student]
    x = student.noisy(student.clean(batch), eps, start)
    for (t, next) in grid(6, from = start) { x = x + (next.sigma - t.sigma)*student.velocity(x, t, c) }
    return student.decode(x)
  }

  update student {
    t ~ uniform(0, 1)
    eps ~ noise[student]
    x0 = student.clean(batch)
    loss flow = mse(student.predict(student.noisy(x0, eps, t), t, student.cond(batch)), student.target(x0, eps, t))
  }
}
"""
BODY = "use again(student)\n  validate every 5 { sample = sample }"
EVEN = [shifted(1 - i / 6, 3.0) for i in range(7)]
STARTS = {
    "(start, _) = grid(6)[2]": EVEN[2:],
    "start = ticks([800])[0]": [0.8, *(s for s in EVEN if s < 0.8)],
    "(start, _) = grid(6)[0]": EVEN,
    "start = level(0.01)": [0.01, 0.0],
}


@pytest.mark.parametrize("start", [*STARTS, "start ~ uniform(0.3, 0.9) per step"])
def test_it_goes_on_from_there(start: str, tmp_path: Path) -> None:
    program = typed(tmp_path, BODY, methods=METHOD.replace("START", start))
    _, module, _ = compiled(program)
    net, at, given = Net(1), run({}), batch()
    with torch.no_grad():
        made = module.sample(run({"student": role("student", net)}), given)
        drawn = float(at.draws.uniform("validate.sample.start", scope="step"))
        first = 0.3 + 0.6 * drawn
        levels = STARTS.get(start, [first, *(s for s in EVEN if s < first)])
        text = embed(given["prompt"])["embeds"]  # type: ignore[arg-type]
        mean, std = (x.view(-1, 1, 1, 1) for x in (Codec.mean, Codec.std))
        x0 = (Codec().encode(given["video"]) - mean) / std  # type: ignore[arg-type]
        x = (1 - levels[0]) * x0 + levels[0] * at.draws.normal("validate.sample.eps", (4, 2, 2, 3))
        for t, after in pairwise(levels):
            x = x + (after - t) * net(x, torch.full((4,), 1000 * t), text)
    torch.testing.assert_close(made, Codec().decode(x * std + mean), rtol=1e-4, atol=1e-4)


def test_the_rest_of_a_grid() -> None:
    whole = grid(6, 3.0)
    assert tail(whole, whole[2]) == whole[2:]
    assert tail(whole, whole[2] + 1e-8) == (whole[2] + 1e-8, *whole[3:]), (
        "one level, whatever rounding made of it"
    )
    assert tail(whole, 1.0) == whole and tail(whole, 0.0) == (0.0,)
