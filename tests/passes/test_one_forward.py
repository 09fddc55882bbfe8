"""A network is run once for what it predicts and for what is shown of it, where both are of the same inputs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from lowering import FAMILY, Net, compiled, role, typed
from observers import gradients
from torch import Tensor, nn

from fdc.compiler.runtime.api.components import LoadedComponent

SEEN = FAMILY.replace("family toy", "family seen").replace(
    "  stage decode_video",
    """  stage features : feature(x: noisy[small], t: time[b], c: text) -> [f32[b, 4, 2, 2, 3]]
    by hidden(denoise, ["mixed", "first[0]"])
  stage decode_video""",
)
PYTHON = SEEN.replace(
    "by net(hidden_states = x, timestep = t.ticks, encoder_hidden_states = c.embeds)", "by python(denoise)"
)
STUDENT = (
    'role student = seen("one") { train = full, precision = f32 }\n  optimize student = adamw(lr = 1e-4)'
)
TEACHER = 'role teacher = seen("two") { precision = f32 }'
BODY = """update student {
    x0 = student.clean(batch)
    t ~ uniform(0.1, 0.9)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    c = student.cond(batch)
    shown = student.features(xt, t, c)
    guess = student.x0(xt, t, c)
    e ~ noise[teacher]
    ct = teacher.cond(batch)
    yt = teacher.noisy(guess, e, t)
    goal = teacher.x0(yt, t, ct)
    theirs = teacher.features(yt, t, ct)
    loss near = mse(guess, x0)
    loss layers = mse(shown[0], stop(theirs[1])) + mean(square(theirs[0] - 0.1))
    loss goal = GOAL
  }"""


class Scaled(nn.Module):
    """A layer with a weight."""

    def __init__(self, by: float) -> None:
        super().__init__()
        self.by = nn.Parameter(torch.tensor(by))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.by


class Layered(Net):
    """The toy network with two layers, which counts its calls."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.first, self.mixed = Scaled(0.5 + seed), Scaled(1.5)
        self.calls = 0

    def forward(self, hidden_states: Tensor, timestep: Tensor, encoder_hidden_states: Tensor) -> Tensor:
        self.calls += 1
        return self.mixed(
            super().forward(self.first(hidden_states), timestep, encoder_hidden_states).sin()
        ).tanh()


def denoise(role: Any, x: Tensor, t: Tensor, c: dict[str, Tensor]) -> Tensor:
    made: Tensor = role.net(hidden_states=2 * x, timestep=1000 * t, encoder_hidden_states=c["embeds"])
    return made + x


def layered(name: str, seed: int, trained: bool) -> SimpleNamespace:
    made = role(name, LoadedComponent("net", Layered(seed).requires_grad_(trained)))
    made.binding.denoise = denoise
    return made


def roles() -> dict[str, Any]:
    return {"student": layered("student", 1, True), "teacher": layered("teacher", 2, False)}


@pytest.mark.parametrize("family", [SEEN, PYTHON], ids=["component", "python"])
@pytest.mark.parametrize("goal", ["mse(goal, x0)", "mse(guess, stop(goal))"])
def test_one_forward_gives_the_losses_and_gradients_of_two(tmp_path: Path, family: str, goal: str) -> None:
    program = typed(tmp_path, BODY.replace("GOAL", goal), f"{STUDENT}\n  {TEACHER}", family=family)
    found = {}
    for without, calls in ((), (1, 1)), (("one-forward",), (2, 2)):
        held = roles()
        _, module, text = compiled(program, without)
        found[without] = gradients(held, module)
        assert (held["student"].net.module.calls, held["teacher"].net.module.calls) == calls
        assert text.count("run.together(") == (0 if without else 2)
    (losses, slopes), (wanted, apart) = found.values()
    assert slopes.keys() == apart.keys() and "student.net.first.by" in slopes
    for name, x in {**wanted, **apart}.items():
        torch.testing.assert_close({**losses, **slopes}[name], x, rtol=1e-5, atol=1e-6)


def test_other_inputs_stay_apart(tmp_path: Path) -> None:
    body = BODY.replace("theirs = teacher.features(yt", "theirs = teacher.features(teacher.noisy(x0, e, t)")
    body = body.replace(
        "shown = student.features(xt, t, c)", "shown = average(student, 0.9).features(xt, t, c)"
    )
    program = typed(tmp_path, body.replace("GOAL", "mse(goal, x0)"), f"{STUDENT}\n  {TEACHER}", family=SEEN)
    assert "together" not in compiled(program)[2]


def test_of_two_that_look_into_one_call_one_is_joined(tmp_path: Path) -> None:
    family = SEEN.replace(
        "  stage features",
        '  stage more : feature(x: noisy[small], t: time[b], c: text) -> [f32[b, 4, 2, 2, 3]] by hidden(denoise, ["mixed"])\n'
        "  stage features",
    )
    body = BODY.replace(
        "loss near = mse(guess, x0)", "loss near = mse(guess, x0) + mean(square(student.more(xt, t, c)[0]))"
    )
    program = typed(tmp_path, body.replace("GOAL", "mse(goal, x0)"), f"{STUDENT}\n  {TEACHER}", family=family)
    held = roles()
    gradients(held, compiled(program)[1])
    assert held["student"].net.module.calls == 2
