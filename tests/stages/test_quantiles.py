"""Distributions by their quantile functions: beta draws, whole and cut to a range."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from lowering import Net, batch, compiled, role, run, typed

from fdc.stages.numbers.quantiles import beta_inverse, beta_quantile, share_of_beta

SHAPES = [(1.5, 1.0), (0.5, 0.5), (2.0, 5.0), (0.2, 0.3), (30.0, 40.0)]


@pytest.mark.parametrize(("a", "b"), SHAPES)
def test_the_table_is_the_inverse_of_the_share(a: float, b: float) -> None:
    u = (torch.arange(2000, dtype=torch.float64) + 0.5) / 2000
    x = beta_quantile(u, a, b)
    for k in range(0, 2000, 199):
        assert float(x[k]) == pytest.approx(beta_inverse(float(u[k]), a, b), abs=1e-6)
    known = torch.distributions.Beta(torch.tensor(a), torch.tensor(b))
    assert float(x.mean()) == pytest.approx(float(known.mean), abs=1e-3)
    assert float(x.var()) == pytest.approx(float(known.variance), abs=1e-3)


def test_the_share_of_a_power_is_known() -> None:
    for x in (0.01, 0.3, 0.7, 0.99):
        assert share_of_beta(x, 1.5, 1.0) == pytest.approx(x**1.5, rel=1e-12)
        assert share_of_beta(x, 2.0, 3.0) == pytest.approx(6 * x**2 - 8 * x**3 + 3 * x**4, rel=1e-12)
        assert share_of_beta(x, 0.5, 0.5) == pytest.approx(2 / math.pi * math.asin(math.sqrt(x)), rel=1e-12)


def cut(power: float) -> float:
    return 0.5**power - 0.2**power


@pytest.mark.parametrize(
    ("drawn", "mean", "square"),
    [
        ("beta(1.5, 1.0)", 0.6, 1.5 / 3.5),
        ("truncated(beta(1.5, 1.0), 0.2, 0.5)", 0.6 * cut(2.5) / cut(1.5), 1.5 / 3.5 * cut(3.5) / cut(1.5)),
        ("shifted(beta(1.0, 1.0), 3.0)", 3 * (2 - math.log(3)) / 4, 0.5281),
    ],
)
def test_times_are_drawn_from_it(drawn: str, mean: float, square: float, tmp_path: Path) -> None:
    body = f"""update student {{
    x0 = student.clean(batch)
    t ~ {drawn}
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    log mean = t
    log square = square(t)
    loss flow = mse(student.predict(xt, t, student.cond(batch)), eps - x0)
  }}"""
    module = compiled(typed(tmp_path, body))[1]
    made = module.UPDATES[0].losses(run({"student": role("student", Net(0))}, samples=1500), batch(1500))
    assert float(made["log.mean"]) == pytest.approx(mean, abs=0.02)
    assert float(made["log.square"]) == pytest.approx(square, abs=0.02)
