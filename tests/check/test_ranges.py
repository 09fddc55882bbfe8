"""Between which numbers a number lies: never too narrow, by numbers that are tried; and as narrow as `level` needs."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source
from fdc.stages.numbers import intervals
from fdc.stages.table import OPS

METHOD = """
method m(student) {
  update student {
    x0 = student.clean(batch)
    a ~ uniform(0, 1)
    d ~ uniform(0.2, 0.9)
    u ~ uniform(0, 1)
    j ~ uniform(-0.1, 0.1)
    i ~ pick(0 .. 5)
    normal ~ normal(0, 1)
    r = clamp(a, 0.3, 0.6)
    t = level(EXPRESSION)
    eps ~ noise[student]
    loss flow = mse(student.predict(student.noisy(x0, eps, t), t, student.cond(batch)), student.target(x0, eps, t))
  }
}
"""


def told(expression: str) -> list[str]:
    source = Source("m.fdl", METHOD.replace("EXPRESSION", expression))
    return [d.code for d in check_source(source, Path("m.fdl")).diagnostics if d.severity == "error"]


@pytest.mark.parametrize(
    "expression",
    [
        "a",
        "1 - a",
        "r.sigma + 0.4",
        "a*d + (1 - a)*u",
        "d + (r.sigma - d)*u",
        "(a + d + u)/3",
        "i/4",
        "1 - i/5",
        "0.5 + j",
        "square(a)",
        "sqrt(a*d)",
        "0.5 + 0.5*tanh(10*j)",
        "exp(-a)",
        "abs(2*a - 1)",
        "a**2",
        "min(2*a, 1)",
        "clamp(3*a - 1, 0, 1)",
        "select(a < d, a*d, 0.5)",
        "r.alpha",
        "a - a*d",
        "1 - abs(9*j)",
        "1 - square(a)",
        "-a + 1",
        "(step % 10)/10",
        "min(1, step/100)",
    ],
)
def test_what_lies_in_the_unit_interval_is_a_level(expression: str) -> None:
    assert told(expression) == []


@pytest.mark.parametrize(
    "expression",
    [
        "a + 0.01",
        "d - 0.3",
        "a + j",
        "i/3",
        "a/d",
        "2*tanh(a)",
        "exp(a)",
        "log(a)",
        "1.5*a*d",
        "min(a, d) - 0.1",
        "max(a + d, 0)",
        "step/100",
        "mean(abs(x0), per = sample)",
        "a**(-1)",
        "0.5 - abs(8*j)",
        "0 - abs(normal)",
        "1 - square(2*a)",
        "a - exp(d)",
        "-a",
    ],
)
def test_what_may_leave_it_is_not(expression: str) -> None:
    assert told(expression) == ["not-a-time"]


@pytest.mark.parametrize(
    "name", [n for n, op in OPS.items() if op.interval is not intervals.whole_line and op.python]
)
def test_an_interval_holds_whatever_is_computed(name: str) -> None:
    op, rng = OPS[name], random.Random(name)
    assert op.python is not None
    for _ in range(300):
        ends = [
            sorted(rng.choice((-3.0, -1.0, 0.0, 0.5, 1.0, 2.0, 7.0)) for _ in range(2))
            for _ in range(op.arity or 0)
        ]
        if name == "clamp":
            ends[1:] = [[0.0, 0.5], [0.5, 1.0]]
        if name == "shifted":
            ends = [[0.0, 1.0], sorted((rng.uniform(0.1, 9), rng.uniform(0.1, 9)))]
        low, high = op.interval(*map(tuple, ends))
        values = [rng.uniform(*e) for e in ends]
        try:
            made = op.python(*values)
        except (ArithmeticError, ValueError):
            continue
        if not isinstance(made, complex):
            assert low - 1e-9 <= made <= high + 1e-9, (ends, values, made)
