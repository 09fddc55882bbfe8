"""Optimizers by name, and learning rates that count a role's own updates."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest
import torch
from torch import nn
from toys import ADAMW

from fdc.compiler.base.source import Source, Span
from fdc.compiler.modules.given_settings import Opaque
from fdc.compiler.program.values import Value
from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.settings import AdamSettings, CosineSchedule, MuonSettings, PolynomialSchedule
from fdc.compiler.runtime.train import optimizers
from fdc.compiler.runtime.train.steppers import learning_rates
from fdc.compiler.types.types import Scalar

SPAN = Span(Source("p.fdl", "lr"), 0, 2)


def op(kind: str, *args: Value, **attrs: Any) -> Value:
    return Value(kind, args, Scalar("float"), SPAN, attrs)


def rates(updates: int, **settings: Any) -> list[float]:
    return [
        learning_rates.rate(ADAMW.model_copy(update={"lr": 1.0, **settings}), n, updates, 1)
        for n in range(updates)
    ]


def test_constant_after_a_linear_warm_up() -> None:
    assert rates(6, warmup=4) == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]


def test_linear_falls_towards_zero() -> None:
    assert rates(4, schedule="linear") == [1.0, 0.75, 0.5, 0.25]


def test_cosine_starts_after_the_warm_up() -> None:
    found = rates(10, schedule=CosineSchedule(), warmup=2)
    assert found[:3] == [0.5, 1.0, 1.0]
    for n in range(2, 10):
        assert found[n] == pytest.approx(0.5 * (1 + math.cos(math.pi * (n - 2) / 8)))
    assert found[2:] == sorted(found[2:], reverse=True)


def test_a_warm_up_longer_than_the_training_never_divides_by_zero() -> None:
    assert rates(3, schedule=CosineSchedule(), warmup=5) == pytest.approx([0.2, 0.4, 0.6])


def test_a_cosine_begins_anew_from_the_full_rate_in_each_cycle() -> None:
    found = rates(12, schedule=CosineSchedule(cycles=3))
    once = rates(4, schedule=CosineSchedule())
    assert found == pytest.approx(once * 3)


def test_polynomial_and_rex_fall_as_published() -> None:
    """Chen et al. (2021): at half of training REX is at 2/3, where a line is at 1/2."""
    assert rates(4, schedule=PolynomialSchedule(power=2.0)) == pytest.approx([1.0, 9 / 16, 1 / 4, 1 / 16])
    assert rates(4, schedule="rex") == pytest.approx([1.0, 6 / 7, 2 / 3, 2 / 5])


@pytest.mark.parametrize("schedule", ["linear", "rex", CosineSchedule(cycles=2), PolynomialSchedule()])
def test_a_schedule_ends_at_its_least_rate_and_stays_there(schedule: object) -> None:
    settings = ADAMW.model_copy(update={"lr": 2.0, "schedule": schedule, "min_lr_ratio": 0.25, "warmup": 3})
    assert learning_rates.rate(settings, 3, 10, 1) == 2.0
    assert learning_rates.rate(settings, 10, 10, 1) == learning_rates.rate(settings, 99, 10, 1) == 0.5
    assert all(0.5 <= learning_rates.rate(settings, n, 10, 1) <= 2.0 for n in range(3, 12))


def test_a_rate_may_be_an_expression_of_the_step() -> None:
    hundred = op("const", value=100)
    ramp = op(
        "mul",
        op("const", value=Fraction(1, 2)),
        op("min", op("const", value=1), op("div", op("step"), hundred)),
    )
    settings = AdamSettings(lr=Opaque(ramp))
    assert learning_rates.rate(settings, 3, 10, 40) == pytest.approx(0.2)
    assert learning_rates.rate(settings, 3, 10, 400) == pytest.approx(0.5)


def test_a_rate_that_depends_on_data_is_refused() -> None:
    with pytest.raises(RunError, match="learning rate"):
        learning_rates.rate(AdamSettings(lr=Opaque(op("field", op("batch"), name="x"))), 0, 10, 1)


def test_a_rate_that_has_no_value_is_a_diagnostic() -> None:
    none = op("div", op("const", value=1), op("sub", op("step"), op("const", value=5)))
    with pytest.raises(RunError, match="step 5"):
        learning_rates.rate(AdamSettings(lr=Opaque(none)), 0, 10, 5)


def test_muon_refuses_what_is_no_matrix() -> None:
    settings = MuonSettings(lr=0.1, weight_decay=0.0)
    with pytest.raises(RunError, match="1 of 2"):
        optimizers.build("muon", settings, [nn.Parameter(torch.zeros(2, 2)), nn.Parameter(torch.zeros(2))])


def test_adamw_is_the_published_update() -> None:
    """Loshchilov and Hutter (2019), algorithm 2, in float64."""
    start = torch.tensor([1.0, -2.0, 0.5])
    gradients = [torch.tensor([0.3, -0.1, 0.0]), torch.tensor([-0.2, 0.4, 1.0])]
    p = nn.Parameter(start.clone())
    made = optimizers.build("adamw", AdamSettings(lr=0.01, betas=(0.8, 0.95), weight_decay=0.1), [p])
    w, m, v = start.double(), torch.zeros(3).double(), torch.zeros(3).double()
    for n, g in enumerate(gradients, 1):
        p.grad = g.clone()
        made.step()
        w -= 0.01 * 0.1 * w
        m = 0.8 * m + 0.2 * g
        v = 0.95 * v + 0.05 * g.double() ** 2
        w -= 0.01 * (m / (1 - 0.8**n)) / ((v / (1 - 0.95**n)).sqrt() + 1e-8)
    assert torch.allclose(p.detach().double(), w, atol=1e-6)


def test_muon_moves_matrices_along_orthogonal_directions() -> None:
    torch.manual_seed(0)
    matrix = nn.Parameter(torch.zeros(4, 4))
    settings = MuonSettings(lr=0.1, weight_decay=0.0)
    made = optimizers.build("muon", settings, [matrix])
    matrix.grad = torch.randn(4, 4)
    made.step()
    values = torch.linalg.svdvals(matrix.detach())
    assert values.max() < 2 * values.min(), "the step has nearly equal singular values"
