"""Guidance that is projected, rescaled or kept to a window of times: values and gradients against plain torch in float64,
with kernels' groups and without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from stepped import by_hand, compare, gradients, in_parts
from torch import Tensor

HEAD = """update student {
    x0 = student.clean(batch)
    t ~ uniform(0.1, 0.9)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    c = student.predict(xt, t, student.cond(batch))
    u = student.predict(xt, t, student.uncond(batch))
    loss a = mse(BODY, student.target(x0, eps, t))
  }"""


def guided(c: Tensor, u: Tensor, scale: Tensor | float) -> Tensor:
    return u + scale * (c - u)


def projected(c: Tensor, u: Tensor) -> Tensor:
    """Equation 10 of CFG-Zero*."""
    a, b = c.flatten(1), u.flatten(1)
    share = (a * b).sum(1) / b.square().sum(1)
    return share.view(-1, 1, 1, 1, 1) * u


def rescaled(c: Tensor, x: Tensor, share: Tensor | float) -> Tensor:
    """Equations 15 and 16 of Lin et al."""
    axes = (1, 2, 3, 4)
    matched = x * (c.std(axes, keepdim=True) / x.std(axes, keepdim=True))
    return share * matched + (1 - share) * x


CASES: dict[str, tuple[str, Callable[[SimpleNamespace], Tensor]]] = {
    "projected": ("guide(c, u, 3.0, zero = true)", lambda h: guided(h.v, projected(h.v, h.u), 3.0)),
    "rescaled": (
        "guide(c, u, 3.0, rescale = 0.7)",
        lambda h: rescaled(h.v, guided(h.v, h.u, 3.0), 0.7),
    ),
    "both, by what is extra": (
        "guide(c, u, extra = 1.5, zero = true, rescale = 1)",
        lambda h: rescaled(h.v, guided(h.v, projected(h.v, h.u), 2.5), 1.0),
    ),
    "a share and a scale for each sample": (
        "guide(c, u, 1 + 2*t.sigma, rescale = t.sigma)",
        lambda h: rescaled(h.v, guided(h.v, h.u, 1 + 2 * h.wide), h.wide),
    ),
    "neither": ("guide(c, u, 3.0, zero = false, rescale = 0)", lambda h: guided(h.v, h.u, 3.0)),
    "of scale one": ("guide(c, u, 1.0, zero = true, rescale = 0.7)", lambda h: h.v),
    "in a window": (
        "select(t.sigma > 0.5, guide(c, u, 3.0, rescale = 0.7), c)",
        lambda h: torch.where(h.wide > 0.5, rescaled(h.v, guided(h.v, h.u, 3.0), 0.7), h.v),
    ),
}


@pytest.mark.parametrize("without", [(), ("fuse",)], ids=["fused", "eager"])
@pytest.mark.parametrize("name", CASES)
def test_guidance_is_what_plain_torch_makes_of_it(
    name: str, without: tuple[str, ...], tmp_path: Path
) -> None:
    body, wanted = CASES[name]
    t = in_parts(tmp_path, HEAD.replace("BODY", body), 2, without)
    h = by_hand(t)
    compare(t, (wanted(h) - (h.eps - h.x0)).square().mean())


def test_predictions_that_are_zero_have_no_direction_and_no_spread(tmp_path: Path) -> None:
    """As those of a network whose last layer starts at zero."""
    t = in_parts(tmp_path, HEAD.replace("BODY", "guide(c, u, 3.0, zero = true, rescale = 0.7)"), 1)
    for p in t.roles["student"].parameters():
        torch.nn.init.zeros_(p)
    h = by_hand(t)
    assert not h.v.any()
    losses, found = gradients(t)
    assert sum(losses.values()) == pytest.approx(float((h.eps - h.x0).square().mean()), rel=1e-5)
    assert all(bool(g.isfinite().all()) for g in found.values()) and any(
        bool(g.any()) for g in found.values()
    )
