"""`perturb`, `sde_step` and `log_prob`: losses and gradients of a step against plain torch in float64."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from lowering import typed
from stepped import by_hand, compare, training
from torch import Tensor

from fdc.compiler.runtime.random.streams import Streams
from fdc.compiler.runtime.train.training import Training

HEAD = """update student {
    x0 = student.clean(batch)
    t ~ uniform(0.1, 0.9)
    eps ~ noise[student]
    r ~ uniform(0.02, 0.1)
    BODY
  }"""

STEP = """v = student.predict(student.noisy(x0, eps, t), t, student.cond(batch))
    xt = student.noisy(x0, eps, t)
    (y, before, std) = sde_step(xt, stop(v), t, r, 0.7)
    (_y, mu, _std) = sde_step(xt, v, t, r, 0.7)
    loss a = mean(exp(log_prob(y, mu, std) - 0.9*stop(log_prob(y, before, std))))"""
PERTURBED = """xt = student.noisy(x0, perturb(eps, 0.1), t)
    loss a = mse(student.predict(xt, t, student.cond(batch)), eps - x0)"""


def started(
    tmp_path: Path, body: str, without: tuple[str, ...] = ()
) -> tuple[Training, SimpleNamespace, Streams]:
    t = training(typed(tmp_path, HEAD.replace("BODY", body)), without=without)
    return t, by_hand(t), Streams(t.settings.seed, 1, tuple(range(t.settings.batch)), t.device)


def test_a_step_of_an_sde_and_the_probability_of_where_it_led(tmp_path: Path) -> None:
    t, h, draws = started(tmp_path, STEP)
    s = h.wide
    r = (0.02 + 0.08 * draws.uniform("student.r").double()).view_as(s)
    x = (1 - s) * h.x0 + s * h.eps
    z = draws.normal("student.step", tuple(h.x0.shape[1:])).double()
    sigma = 0.7 * (s / (1 - s)).sqrt()
    std = sigma * (s - r).sqrt()

    def mean(v: Tensor) -> Tensor:
        return x * (1 + sigma**2 / (2 * s) * (r - s)) + v * (1 + sigma**2 * (1 - s) / (2 * s)) * (r - s)

    def log_prob(y: Tensor, mu: Tensor) -> Tensor:
        each = -((y - mu) ** 2) / (2 * std**2) - std.log() - math.log(math.sqrt(2 * math.pi))
        return each.flatten(1).mean(1)

    y = mean(h.v.detach()) + std * z
    ratio = (log_prob(y, mean(h.v)) - 0.9 * log_prob(y, mean(h.v)).detach()).exp()
    compare(t, ratio.mean())


@pytest.mark.parametrize("without", [(), ("fuse",)], ids=["fused", "eager"])
@pytest.mark.parametrize("per", ["", ", per = channel"])
def test_a_perturbed_input_and_its_target(per: str, without: tuple[str, ...], tmp_path: Path) -> None:
    """With one number for each channel of each sample, or for each element."""
    t, h, draws = started(tmp_path, PERTURBED.replace("0.1)", f"0.1{per})"), without)
    shape = (4, 1, 1, 1) if per else tuple(h.x0.shape[1:])
    z = draws.normal("student.perturbation", shape).double().expand_as(h.x0)
    net, s = t.roles["student"].net, h.wide
    x = (1 - s) * h.x0 + s * (h.eps + 0.1 * z)
    at = torch.einsum("oc,bcthw->bothw", net.weight.double(), x).tanh()
    plain = torch.einsum("oc,bcthw->bothw", net.weight.double(), (1 - s) * h.x0 + s * h.eps).tanh()
    compare(t, (h.v - plain + at - (h.eps - h.x0)).square().mean())
