"""Methods with frames and derivatives: losses and gradients of the first step are those of the same formulas in plain torch.

Roles are stand-ins (`support/stand_ins.py`), which the formulas call too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
import stand_ins
import torch
from lowering import loaded
from paths import METHODS
from torch import Tensor

from fdc.compiler.driver.pipeline import check
from fdc.compiler.emit.module import emit
from fdc.compiler.lower.program import lower
from fdc.compiler.passes.optimise import optimise
from fdc.compiler.runtime.api.components import Role
from fdc.compiler.runtime.api.run_context import Run
from fdc.compiler.runtime.random.streams import Streams

SAMPLES, STEP = 4, 250


@dataclass(frozen=True)
class Tried:
    """A method's module with its roles, one step and one batch."""

    module: Any
    roles: Mapping[str, Role]
    run: Run
    batch: Mapping[str, Any]

    def clean(self, role: str = "student") -> Tensor:
        found: Tensor = getattr(self.module, f"{role}_encode_video")(self.run, self.batch["video"])
        return found

    def text(self, role: str = "student", prompts: list[str] | None = None) -> Tensor:
        record = getattr(self.module, f"{role}_encode_text")(self.run, prompts or self.batch["prompt"])
        embeds: Tensor = record["embeds"]
        return embeds.detach()

    def says(self, role: str, x: Tensor, t: Tensor, text: Tensor, **more: Tensor) -> Tensor:
        net = self.roles[role].components["net" if "net" in self.roles[role].components else "transformer"]
        found: Tensor = net.held(hidden_states=x, timestep=t, **more, encoder_hidden_states=text)
        return found

    def noise(self, site: str, like: Tensor) -> Tensor:
        return self.run.draws.normal(site, tuple(like.shape[1:]))


@cache
def tried(name: str, without: tuple[str, ...] = ()) -> Tried:
    checked = check(METHODS / f"{name}.fdl")
    (program,) = checked.programs
    plan = lower(program)
    module = loaded(emit(optimise(plan, without=without)[0]))
    roles = {n: stand_ins.role(r, plan) for n, r in program.roles.items()}
    for k, role in enumerate(roles.values()):
        for p in role.parameters():
            p.data += 0.05 * k
    feed = stand_ins.feed(program)
    assert feed is not None
    streams = Streams(3, STEP, tuple(range(SAMPLES)))
    run = Run(roles, STEP, streams, SAMPLES, torch.device("cpu"))
    return Tried(module, roles, run, feed.batch(range(SAMPLES)))


def frames(t: Tensor) -> Tensor:
    """A number for each frame beside latents [b, c, t, h, w]."""
    return t.view(SAMPLES, 1, -1, 1, 1)


def samples(t: Tensor) -> Tensor:
    return t.view(SAMPLES, 1, 1, 1, 1)


def chunk_forcing(a: Tried) -> Tensor:
    x0, u = a.clean(), a.run.draws.uniform("student.t", (2,)).repeat_interleave(2, 1)
    t = 5 * u / (1 + 4 * u)
    eps = a.noise("student.eps", x0)
    p = a.says("student", (1 - frames(t)) * x0 + frames(t) * eps, 1000 * t, a.text())
    return (torch.exp(-2 * (frames(t) - 0.5) ** 2) * (p - (eps - x0)) ** 2).mean()


def teacher_forcing(a: Tried) -> Tensor:
    x0, t = a.clean(), a.run.draws.uniform("student.t", (4,))
    eps = a.noise("student.eps", x0)
    p = a.says("student", (1 - frames(t)) * x0 + frames(t) * eps, 1000 * t, a.text(), past=x0)
    each = ((p - (eps - x0)) ** 2).mean((1, 3, 4))
    return (each / (each + 0.01).detach()).mean()


def causvid_by_frame(a: Tried) -> Tensor:
    x, draws = a.clean(), a.run.draws
    levels = torch.tensor([1.0, 0.75, 0.5, 0.25])[draws.integer("student.generate.t", 0, 4, (4,))]
    noisy = (1 - frames(levels)) * x + frames(levels) * a.noise("student.generate.eps", x)
    x0 = noisy - frames(levels) * a.says("student", noisy, 1000 * levels, a.text(), past=x)
    t = 0.05 + 0.9 * draws.uniform("student.t")
    xt = ((1 - samples(t)) * x0 + samples(t) * a.noise("student.eps", x)).detach()

    def clean(role: str, text: Tensor) -> Tensor:
        return xt - samples(t) * a.says(role, xt, 1000 * t, text)

    fake = clean("critic", a.text("critic"))
    cond, uncond = (clean("teacher", a.text("teacher", p)) for p in (None, [""] * SAMPLES))
    real = uncond + 3.0 * (cond - uncond)
    g = (fake - real) / (x0 - real).abs().mean((1, 2, 3, 4), keepdim=True)
    return 0.5 * ((x0 - (x0 - g).detach()) ** 2).mean()


def mean_flow(a: Tried) -> Tensor:
    x0, text = a.clean(), a.text()
    one, two = (torch.sigmoid(a.run.draws.normal(f"student.{n}") - 0.4) for n in "ad")
    t, r = torch.maximum(one, two), torch.minimum(one, two)
    eps = a.noise("student.eps", x0)
    xt, v = (1 - samples(t)) * x0 + samples(t) * eps, eps - x0

    def u(x: Tensor, t: Tensor) -> Tensor:
        return a.says("student", x, 1000 * t, text, r=1000 * r)

    du = torch.func.jvp(u, (xt, t), (v, torch.ones_like(t)))[1]
    return ((u(xt, t) - (v - samples(t - r) * du).detach()) ** 2).mean()


def scm(a: Tried) -> Tensor:
    x0, text = a.clean(), a.text()
    s = torch.sigmoid(1.4 * a.run.draws.normal("student.t") - 1.0)
    u = torch.atan2(s, 1 - s)
    eps = a.noise("student.eps", x0)
    xt = samples(u.cos()) * x0 + samples(u.sin()) * eps
    dx = a.says("teacher", xt, u, a.text("teacher"))
    cs = u.cos() * u.sin()

    def f(x: Tensor, u: Tensor) -> Tensor:
        return a.says("student", x, u, text)

    said = f(xt, u)
    j = torch.func.jvp(f, (xt, u), (samples(cs) * dx, cs))[1]
    g = -samples(u.cos() ** 2) * (said.detach() - dx) - min(STEP / 1000, 1.0) * (samples(cs) * xt + j)
    n = g / ((g**2).mean((1, 2, 3, 4), keepdim=True).sqrt() + 0.1)
    return ((said - (said + n).detach()) ** 2).mean()


BY_HAND: Mapping[str, Callable[[Tried], Tensor]] = {
    f.__name__: f for f in (chunk_forcing, teacher_forcing, causvid_by_frame, mean_flow, scm)
}


@pytest.mark.slow
@pytest.mark.parametrize("without", [(), ("fuse",)])
@pytest.mark.parametrize("name", BY_HAND)
def test_a_method_is_its_formula(name: str, without: tuple[str, ...]) -> None:
    a = tried(name, without)
    weights = list(a.roles["student"].parameters())
    found = sum(a.module.update_student(a.run, dict(a.batch)).values())
    wanted = BY_HAND[name](a)
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-7)
    gradients, exact = (torch.autograd.grad(x, weights) for x in (found, wanted))
    scale = max(float(e.abs().max()) for e in exact)
    assert scale > 0
    for g, e in zip(gradients, exact, strict=True):
        assert (g - e).abs().max() <= 1e-6 * max(1.0, scale) + 1e-5 * e.abs().max()
