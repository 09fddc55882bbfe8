"""Functions, weights and options of losses: values and gradients against plain torch in float64, with kernels' groups and
without."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import torch.nn.functional as f
from lowering import typed
from stepped import Clips, by_hand, compare, in_parts, training
from torch import Tensor

HEAD = """update student {
    x0 = student.clean(batch)
    t ~ uniform(0.1, 0.9)
    eps ~ noise[student]
    v = student.predict(student.noisy(x0, eps, t), t, student.cond(batch))
    d = eps - x0
    BODY
  }"""


def each(x: Tensor) -> Tensor:
    return x.flatten(1).mean(1)


def error(h: SimpleNamespace) -> Tensor:
    found: Tensor = h.v - (h.eps - h.x0)
    return found


def channels(x: Tensor) -> Tensor:
    return x.mean((2, 3, 4), keepdim=True).expand_as(x)


def huber(e: Tensor, delta: Tensor | float) -> Tensor:
    near = torch.minimum(e.abs(), torch.as_tensor(delta, dtype=e.dtype))
    return near * (e.abs() - near / 2)


CASES: dict[str, tuple[str, Callable[[SimpleNamespace], Tensor]]] = {
    "weight of one over": (
        "loss a = mse(v, d, weight = 1/(0.01 + square(x0)))",
        lambda h: (error(h).square() / (0.01 + h.x0.square())).mean(),
    ),
    "weight of exp": (
        "loss a = mse(v, d, weight = 1 - exp(-abs(x0)))",
        lambda h: (error(h).square() * (1 - torch.exp(-h.x0.abs()))).mean(),
    ),
    "a delta for each sample": (
        "loss a = huber(v, d, delta = 0.2 + t.sigma)",
        lambda h: huber(error(h), 0.2 + h.wide).mean(),
    ),
    "a smooth delta for each sample": (
        "loss a = pseudo_huber(v, d, 0.2 + t.sigma)",
        lambda h: ((error(h).square() + (0.2 + h.wide) ** 2).sqrt() - (0.2 + h.wide)).mean(),
    ),
    "vectors": (
        "loss a = pseudo_huber(v, d, norm = sample, delta = 0.3, weight = t.sigma)",
        lambda h: (h.s * ((error(h).square().flatten(1).sum(1) + 0.09).sqrt() - 0.3)).mean(),
    ),
    "norm": (
        "loss a = mean(norm(v - d, per = sample))",
        lambda h: error(h).flatten(1).norm(dim=1).mean(),
    ),
    "softplus": ("loss a = mean(softplus(3.0*v))", lambda h: f.softplus(3 * h.v).mean()),
    "sigmoid": ("loss a = mean(square(sigmoid(v)))", lambda h: h.v.sigmoid().square().mean()),
    "log_sigmoid": ("loss a = -mean(log_sigmoid(v - d))", lambda h: -f.logsigmoid(error(h)).mean()),
    "bounded below": (
        "loss a = mean(max(square(v), 0.1))",
        lambda h: h.v.square().clamp(min=0.1).mean(),
    ),
    "bounded by each sample's": (
        "loss a = mean(min(t.sigma, square(v)))",
        lambda h: torch.minimum(h.v.square(), h.wide).mean(),
    ),
    "the larger of two": (
        "loss a = mean(max(square(v), square(x0)))",
        lambda h: torch.maximum(h.v.square(), h.x0.square()).mean(),
    ),
    "between a number and a tensor": (
        "loss a = mean(clamp(square(v), 0.05, 0.1 + square(x0)))",
        lambda h: torch.minimum(h.v.square().clamp(min=0.05), 0.1 + h.x0.square()).mean(),
    ),
    "between each sample's": (
        "loss a = mean(clamp(mse(v, d, per = sample), 0.1*t.sigma, 1.0 + t.sigma))",
        lambda h: torch.minimum(torch.maximum(each(error(h).square()), 0.1 * h.s), 1 + h.s).mean(),
    ),
    "channels": (
        "g = v / mean(abs(v - x0), per = channel)\n    loss a = mean(square(g))",
        lambda h: (h.v / (h.v - h.x0).abs().mean((2, 3, 4), keepdim=True)).square().mean(),
    ),
    "a sum of channels": (
        "loss a = 0.01*mean(sum(square(v), per = channel))",
        lambda h: 0.01 * h.v.square().sum((2, 3, 4)).mean(),
    ),
    "a loss of each channel": (
        "loss a = mean(mse(v, d, per = channel) / (0.1 + stop(mse(v, d, per = channel))))",
        lambda h: (channels(error(h).square()) / (0.1 + channels(error(h).square()).detach())).mean(),
    ),
    "a huber of each channel, weighted": (
        "loss a = mean(square(huber(v, d, weight = t.sigma, delta = 0.3, per = channel, precision = f64)))",
        lambda h: channels(huber(error(h), 0.3) * h.wide).square().mean(),
    ),
    "a length of each channel": (
        "loss a = mean(norm(v - d, per = channel))",
        lambda h: error(h).square().sum((2, 3, 4)).sqrt().mean(),
    ),
    "a spread of each sample": (
        "loss a = mean(square(std(v, per = sample) - 0.5))",
        lambda h: (h.v.flatten(1).std(1, correction=0) - 0.5).square().mean(),
    ),
    "a spread of each channel": (
        "loss a = mean(std(v - d, per = channel)*square(v))",
        lambda h: (error(h).std((2, 3, 4), correction=0, keepdim=True) * h.v.square()).mean(),
    ),
    "a spread of each frame": (
        "loss a = mean(std(v, per = frame))",
        lambda h: h.v.transpose(1, 2).flatten(2).std(2, correction=0).mean(),
    ),
    "double": (
        "loss a = mse(v, d, precision = f64, weight = t.sigma)",
        lambda h: (error(h).square() * h.wide).mean(),
    ),
    "some samples": (
        "loss a = mse(v[samples = 0 .. 2], d[samples = 0 .. 2])",
        lambda h: error(h)[:2].square().mean(),
    ),
    "some samples of both parts, weighted": (
        "loss a = l1(v[samples = 1 .. 7], d[samples = 1 .. 7], weight = t.sigma)\n"
        "    loss b = mse(v[samples = 7 .. 8], d[samples = 7 .. 8])",
        lambda h: (error(h).abs() * h.wide)[1:7].mean() + error(h)[7:].square().mean(),
    ),
    "some samples, each as a vector": (
        "loss a = pseudo_huber(v[samples = 3 .. 6], d[samples = 3 .. 6], norm = sample, delta = 0.3)",
        lambda h: ((error(h).square().flatten(1).sum(1) + 0.09).sqrt() - 0.3)[3:6].mean(),
    ),
    "some samples, weighted by element": (
        "loss a = mse(v[samples = 2 .. 5], d[samples = 2 .. 5], weight = square(x0), precision = f64)",
        lambda h: (error(h).square() * h.x0.square())[2:5].mean(),
    ),
    "nothing beside": (
        "loss a = mse(v, d) + mse(v, d, weight = 0.0) + mean(square(0.0*v))",
        lambda h: error(h).square().mean(),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("without", [(), ("fuse",)], ids=["fused", "eager"])
@pytest.mark.parametrize("name", CASES)
def test_a_loss_is_what_plain_torch_makes_of_it(name: str, without: tuple[str, ...], tmp_path: Path) -> None:
    body, wanted = CASES[name]
    t = in_parts(tmp_path, HEAD.replace("BODY", body), 2, without)
    compare(t, wanted(by_hand(t)))


class Masked(Clips):
    """Clips with a mask, which leaves one sample nothing."""

    def host(self, positions: Sequence[int]) -> dict[str, Any]:
        shape = (1, 2, 2, 3)
        rows = [torch.rand(shape, generator=torch.Generator().manual_seed(p)) < 0.4 for p in positions]
        given = torch.stack([r if p % 8 else torch.zeros_like(r) for r, p in zip(rows, positions)])
        return {**super().host(positions), "given": given}


@pytest.mark.parametrize("without", [(), ("fuse",)], ids=["fused", "eager"])
@pytest.mark.parametrize("weight", ["", ", weight = t.sigma"])
def test_a_mask_picks_what_each_sample_is_judged_by(
    without: tuple[str, ...], weight: str, tmp_path: Path
) -> None:
    body = HEAD.replace("BODY", f"loss a = mse(v, d, mask = batch.given{weight})")
    train = "train { steps = 10, batch = 8, accumulate = 2 }"
    program = typed(tmp_path, f"{body}\n  {train}", fields="given: mask[b, 1, 2, 2, 3]")
    t = training(program, without=without, data=Masked())
    h = by_hand(t)
    given = h.batch["given"].expand_as(h.v).double().flatten(1)
    one = (error(h).square().flatten(1) * given).sum(1) / given.sum(1).clamp(min=1)
    compare(t, (one * h.s if weight else one).mean())
