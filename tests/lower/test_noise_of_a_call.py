"""Noise that a network is given beside its latents: one draw a call, from a stream that knows of no batch and no order."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from lowering import FAMILY, STUDENT, TEACHER, Codec, Net, batch, compiled, embed, typed
from torch import Tensor

from fdc.compiler.runtime.api.run_context import Run
from fdc.compiler.runtime.random.streams import Streams

LAID = (
    FAMILY.replace(
        "pad = zero } }",
        "pad = zero }, first: clean[small], given: mask[b, 1, (F - 1)/4 + 1, 1, 1] { one = given } }",
    )
    .replace("t: time[b], c: text)", "t: time[b], c: text, laid: noise[small])")
    .replace(
        "by net(hidden_states = x, timestep = t.ticks, encoder_hidden_states = c.embeds)",
        """by select(
      c.given and t.sigma > 0.3, (x - c.first)/t.sigma,
      net(hidden_states = select(c.given, c.first + 0.1*laid, x), timestep = t.ticks, encoder_hidden_states = c.embeds),
    )""",
    )
)
BODY = """update student {
    x0 = student.clean(batch)
    t ~ uniform(0.4, 0.9)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    goal = guide(teacher.x0(xt, t, teacher.cond(batch)), teacher.x0(xt, t, teacher.uncond(batch)), 2.0)
    loss flow = mse(student.predict(xt, t, student.cond(batch)), student.target(x0, eps, t))
    loss taught = mse(student.x0(xt, t, student.cond(batch)), goal)
  }"""
ROLES = f"{STUDENT}\n{TEACHER}"
SAMPLES = 4


class Heard(Net):
    """A network that keeps what it is given."""

    def forward(self, hidden_states: Tensor, **more: Tensor) -> Tensor:
        self.given = hidden_states
        return super().forward(hidden_states, **more)


def given(role: Any, prompt: list[str]) -> dict[str, Tensor]:
    first = torch.zeros(len(prompt), 4, 2, 2, 3)
    mask = torch.zeros(len(prompt), 1, 2, 1, 1, dtype=torch.bool)
    mask[:, :, 0] = True
    return {**embed(prompt), "first": first, "given": mask}


def role(name: str, seed: int) -> SimpleNamespace:
    binding = SimpleNamespace(encode_text=given)
    return SimpleNamespace(name=name, net=Heard(seed), vae=Codec(), binding=binding)


def losses(plan: Any, roles: dict[str, Any], rows: tuple[int, ...]) -> dict[str, Tensor]:
    whole = batch(SAMPLES)
    part = {n: [v[i] for i in rows] if isinstance(v, list) else v[list(rows)] for n, v in whole.items()}  # type: ignore[index]
    (update,) = (u for u in plan.UPDATES if u.name == "student")
    found: dict[str, Tensor] = update.losses(
        Run(roles, 3, Streams(5, 3, rows), len(rows), torch.device("cpu")), part
    )
    return found


def test_calls_draw_their_own_and_a_batch_may_be_split(tmp_path: Path) -> None:
    """The same call asked twice is one, with one draw; those with and without a text are asked at once, with one each."""
    _, plan, text = compiled(typed(tmp_path, BODY, ROLES, family=LAID))
    assert text.count('draws.normal("student.student_laid') == 1
    assert text.count('draws.normal("student.teacher_laid') == 2
    assert text.count("run.batched(") == 1
    roles = {"student": role("student", 0), "teacher": role("teacher", 1)}
    whole = losses(plan, roles, (0, 1, 2, 3))
    parts = [losses(plan, roles, rows) for rows in ((2, 3), (0, 1))]
    for name, loss in whole.items():
        torch.testing.assert_close(loss, sum(p[name] for p in parts) / 2)


def test_a_network_sees_the_noise_of_its_own_stream(tmp_path: Path) -> None:
    _, plan, _ = compiled(typed(tmp_path, BODY, ROLES, family=LAID))
    roles = {"student": role("student", 0), "teacher": role("teacher", 1)}
    losses(plan, roles, (0, 1, 2, 3))
    drawn = Streams(5, 3, (0, 1, 2, 3)).normal("student.student_laid", (4, 2, 2, 3))
    clean = (-Codec.mean / Codec.std).view(1, 4, 1, 1)
    torch.testing.assert_close(roles["student"].net.given[:, :, 0], clean + 0.1 * drawn[:, :, 0])
