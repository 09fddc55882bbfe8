"""A stage that chooses between two components by noise level, against both computed for all samples and masked."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from lowering import FAMILY, batch, compiled, role, run, typed
from observers import Seeing, agree, at_time, normalised, text
from torch import Tensor

from fdc.compiler.runtime.api.components import LoadedComponent
from fdc.compiler.runtime.api.run_context import Run

LATENT = (4, 2, 2, 3)
EXPERTS = (
    FAMILY.replace("family toy", "family experts")
    .replace(
        "component net = diffusers.Net { trainable }",
        "component high = diffusers.Net { trainable }\n  component low = diffusers.Net { trainable }",
    )
    .replace(
        "by net(hidden_states = x, timestep = t.ticks, encoder_hidden_states = c.embeds)",
        """by select(t.sigma >= 0.5,
      high(hidden_states = x, timestep = t.ticks, encoder_hidden_states = c.embeds),
      low(hidden_states = x, timestep = t.ticks, encoder_hidden_states = c.embeds))""",
    )
)
ROLES = (
    'role student = experts("one") { train = full, precision = f32 }\n  optimize student = adamw(lr = 1e-4)'
)
BODY = """update student {
    x0 = student.clean(batch)
    t ~ TIME
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    loss flow = mse(student.predict(xt, t, student.cond(batch)), student.target(x0, eps, t))
  }"""


class Counting(Seeing):
    """Counts the rows of each of its calls."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.rows: list[int] = []

    def forward(self, **given: Tensor) -> Tensor:  # type: ignore[override]
        self.rows.append(len(given["hidden_states"]))
        return super().forward(**given)


def two() -> dict[str, Any]:
    student = role("student", Counting(0))
    del student.net
    student.high, student.low = (LoadedComponent(n, Counting(k)) for n, k in (("high", 1), ("low", 2)))
    return {"student": student}


def masked(time: float | None) -> Any:
    def loss(run: Run, roles: Any, given: dict[str, Any]) -> Tensor:
        student: SimpleNamespace = roles["student"]
        x0, c = normalised(given["video"], student.vae), text(given)
        t = run.draws.uniform("student.t") if time is None else torch.full((len(x0),), time)
        s, eps = at_time(t), run.draws.normal("student.eps", LATENT)
        xt = (1 - s) * x0 + s * eps
        call = {"hidden_states": xt, "timestep": 1000 * t, "encoder_hidden_states": c}
        made = torch.where(s >= 0.5, student.high.module(**call), student.low.module(**call))
        return (made - (eps - x0)).square().mean()

    return loss


def test_each_sample_goes_to_its_own_expert(tmp_path: Path) -> None:
    agree(tmp_path, BODY.replace("TIME", "uniform(0, 1)"), two, masked(None), ROLES, family=EXPERTS)


def test_a_time_of_the_host_calls_one_expert(tmp_path: Path) -> None:
    program = typed(tmp_path, BODY.replace("t ~ TIME", "t = sigmas([0.75])[0]"), ROLES, family=EXPERTS)
    roles = two()
    loss = compiled(program)[1].UPDATES[0].losses(run(roles), batch())["flow"]
    loss.backward()
    assert (roles["student"].high.module.rows, roles["student"].low.module.rows) == ([4], [])
    assert torch.allclose(loss, masked(0.75)(run(roles), roles, dict(batch())))
    assert all(p.grad is not None and not p.grad.any() for p in roles["student"].low.parameters())
    assert all(p.grad.any() for p in roles["student"].high.parameters())


@pytest.mark.parametrize("samples", [4, 3])
def test_rows_are_split_and_put_back(tmp_path: Path, samples: int) -> None:
    """Also where the batch is as large as an axis of the latents, against which a condition might be broadcast."""
    program = typed(tmp_path, BODY.replace("TIME", "uniform(0, 1)"), ROLES, family=EXPERTS)
    roles = two()
    made = run(roles, samples=samples)
    found = compiled(program)[1].UPDATES[0].losses(made, batch(samples))["flow"]
    high, low = (roles["student"].high.module.rows, roles["student"].low.module.rows)
    assert sum(high) + sum(low) == samples and len(high) <= 1 and len(low) <= 1
    assert torch.allclose(found, masked(None)(run(roles, samples=samples), roles, dict(batch(samples))))
