"""A network of two times: what it says leads from one time to another, in losses and in the family's sampler."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
import torch
from lowering import FAMILY, FLOW, Codec, Net, batch, compiled, embed, role, run, typed
from torch import Tensor

TWO = FAMILY.replace(
    "t: time[b], c: text) -> predict[small]", "t: time[b], r: time[b], c: text) -> predict[small, t to r]"
)
TWO = TWO.replace("timestep = t.ticks,", "timestep = t.ticks, goal = r.ticks,")
SAMPLER = """graph sample(batch) {
    x ~ noise[small]
    for (t, next) in grid(3) { x = x + (next.sigma - t.sigma)*denoise(x, t, next, cond(batch)) }
    return decode_video(x)
  }"""
BODY = """update student {
    x0 = student.clean(batch)
    c = student.cond(batch)
    t ~ uniform(0.5, 1)
    r ~ uniform(0, 0.5)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    far = xt + (r.sigma - t.sigma)*student.velocity(xt, t, r, c)
    zero = sigmas([0.0])[0]
    loss leap = mean(square(far - student.clean(batch)))
    loss flow = mse(student.predict(xt, t, t, c), student.target(x0, eps, t))
    loss end = mse(student.x0(xt, t, zero, c), x0)
  }
  validate every 5 { sample = student.sample(), prompts = "p.txt" }"""


class Between(Net):
    def forward(
        self, hidden_states: Tensor, timestep: Tensor, goal: Tensor, encoder_hidden_states: Tensor
    ) -> Tensor:  # type: ignore[override]
        return super().forward(hidden_states, timestep - 0.5 * goal, encoder_hidden_states)


def test_losses_and_samples_of_a_mean_velocity(tmp_path: Path) -> None:
    _, module, _ = compiled(typed(tmp_path, BODY, process=FLOW, family=TWO.replace("SAMPLE", SAMPLER)))
    net, at, given = Between(1), run({}), batch()
    roles = {"student": role("student", net)}
    found = module.update_student(run(roles), given)
    t, r = 0.5 + 0.5 * at.draws.uniform("student.t"), 0.5 * at.draws.uniform("student.r")
    eps = at.draws.normal("student.eps", (4, 2, 2, 3))
    codec = Codec()
    x0 = (codec.encode(given["video"]) - codec.mean.view(-1, 1, 1, 1)) / codec.std.view(-1, 1, 1, 1)  # type: ignore[arg-type]
    text = embed(given["prompt"])["embeds"]  # type: ignore[arg-type]

    def wide(s: Tensor) -> Tensor:
        return s.view(-1, 1, 1, 1, 1)

    def said(x: Tensor, start: Tensor, end: Tensor) -> Tensor:
        return net(x, 1000 * start, 1000 * end, text)

    def mixed(s: Tensor) -> Tensor:
        return (1 - wide(s)) * x0 + wide(s) * eps

    xt, zero = mixed(t), torch.zeros(4)
    far = xt + wide(r - t) * said(xt, t, r)
    torch.testing.assert_close(found["leap"], (far - x0).square().mean())
    torch.testing.assert_close(found["flow"], (said(xt, t, t) - (eps - x0)).square().mean())
    torch.testing.assert_close(found["end"], (xt - wide(t) * said(xt, t, zero) - x0).square().mean())

    made = module.sample(run(roles), given)
    x = at.draws.normal("validate.sample.x", (4, 2, 2, 3))
    levels = [3 * s / (1 + 2 * s) for s in (1, 2 / 3, 1 / 3, 0)]
    with torch.no_grad():
        for start, end in pairwise(levels):
            x = x + (end - start) * said(x, torch.full((4,), start), torch.full((4,), end))
    wanted = codec.decode(x * Codec.std.view(-1, 1, 1, 1) + Codec.mean.view(-1, 1, 1, 1))
    torch.testing.assert_close(made, wanted, rtol=1e-4, atol=1e-4)


MEAN_FLOW = """update student {
    x0 = student.clean(batch)
    c = student.cond(batch)
    t ~ uniform(0.5, 1)
    r ~ uniform(0, 0.5)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    du = jvp(student.predict(xt, t, r, c), along = t)
    goal = student.target(x0, eps, t) - (t.sigma - r.sigma)*du
    loss mean = mse(student.predict(xt, t, r, c), stop(goal))
  }"""


def test_mean_flow_by_the_derivative_along_the_path(tmp_path: Path) -> None:
    """Loss and gradient equal those of torch's own derivative with the tangents (eps - x0, 1, 0)."""
    _, module, _ = compiled(typed(tmp_path, MEAN_FLOW, process=FLOW, family=TWO.replace("SAMPLE", SAMPLER)))
    net, again, at, given = Between(1), Between(1), run({}), batch()
    found = module.update_student(run({"student": role("student", net)}), given)["mean"]
    t, r = 0.5 + 0.5 * at.draws.uniform("student.t"), 0.5 * at.draws.uniform("student.r")
    eps = at.draws.normal("student.eps", (4, 2, 2, 3))
    codec = Codec()
    x0 = (codec.encode(given["video"]) - codec.mean.view(-1, 1, 1, 1)) / codec.std.view(-1, 1, 1, 1)  # type: ignore[arg-type]
    text, wide = embed(given["prompt"])["embeds"], t.view(-1, 1, 1, 1, 1)  # type: ignore[arg-type]

    def said(x: Tensor, t: Tensor) -> Tensor:
        return again(x, 1000 * t, 1000 * r, text)

    xt = (1 - wide) * x0 + wide * eps
    du = torch.func.jvp(said, (xt, t), (eps - x0, torch.ones_like(t)))[1]
    goal = eps - x0 - (t - r).view(-1, 1, 1, 1, 1) * du
    wanted = (said(xt, t) - goal.detach()).square().mean()
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-6)
    found.backward()
    wanted.backward()
    for mine, plain in zip(net.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, plain.grad, rtol=1e-5, atol=1e-6)


PATHS = {
    "noisy = (1 - s)*x0 + s*eps, predict = eps - x0, ticks = 1000*s": "eps - x0",
    "noisy = a*x0 + s*eps, predict = a*eps - s*x0, ticks = 1000*s": "eps - (t.sigma/t.alpha)*x0",
    "noisy = x0 + s*eps, predict = x0, ticks = 1000*s": "eps",
    "noisy = cos(u)*x0 + sin(u)*eps, predict = cos(u)*eps - sin(u)*x0, ticks = 1000*sin(u)": "t.alpha*eps - t.sigma*x0",
}


@pytest.mark.parametrize("process", PATHS)
def test_the_path_of_each_process(process: str, tmp_path: Path) -> None:
    """What `along` fills in is what is accepted where it is written out, to the last number."""
    body = """update student {
    x0 = student.clean(batch)
    t ~ uniform(0.2, 0.8)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    du = jvp(student.predict(xt, t, student.cond(batch)), TANGENTS)
    loss size = mean(square(du))
  }"""
    found = []
    for i, tangents in enumerate(("along = t", f"x = {PATHS[process]}, t = 1")):
        folder = tmp_path / str(i)
        folder.mkdir()
        _, module, _ = compiled(typed(folder, body.replace("TANGENTS", tangents), process=process))
        found.append(module.update_student(run({"student": role("student", Net(1))}), batch())["size"])
    torch.testing.assert_close(found[0], found[1], rtol=1e-5, atol=1e-7)
