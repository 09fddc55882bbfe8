"""How a loss moves with what it compares, where it chooses between numbers: a bound that no tried point reaches decides
nothing.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source

METHOD = """
method m(student) {
  update student {
    x0 = student.clean(batch)
    t ~ uniform(0, 1)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    r = mean(square(student.predict(xt, t, student.cond(batch)) - student.target(x0, eps, t)), per = sample)
    loss flow = EXPRESSION
  }
}
"""


def told(expression: str) -> list[str]:
    source = Source("m.fdl", METHOD.replace("EXPRESSION", expression))
    return [d.code for d in check_source(source, Path("m.fdl")).diagnostics]


@pytest.mark.parametrize(
    "expression",
    [
        "mean(max(r, 40.0 + step))",
        "mean(max(r, 100.0))",
        "mean(max(r, max(50, 2.0)))",
        "mean(max(r - 300, 0))",
        "mean(max(r*t.sigma, 40))",
        "mean(max(r, 1e9))",
        "mean(max(r, -1))",
        "mean(min(r, 1e-9))",
        "mean(min(r, 1e9))",
        "mean(min(r, r + 1))",
        "mean(clamp(r, 1000, 2000))",
        "mean(clamp(r, 0, 0.0001))",
        "mean(select(r > 1000, r, 0))",
        "mean(select(t.sigma > 0.999, r, 0))",
        "mean(abs(r - 1000))",
        "mean(r*max(0, r - 1000))",
        "mean(r*max(0, 0.001 - t.sigma))",
        "mean(r*min(0.001, t.sigma))",
        "mean(r) + mean(max(1 - r, 0))",
    ],
)
def test_a_branch_that_is_hardly_taken_decides_nothing(expression: str) -> None:
    assert told(expression) == []


@pytest.mark.parametrize(
    "expression", ["mean(min(r, -1))", "mean(min(r, 0))", "mean(max(min(r, 0), 0))", "mean(clamp(r, -2, -1))"]
)
def test_a_branch_that_bounds_exclude_is_not_taken(expression: str) -> None:
    assert told(expression) == ["no-gradient"]


@pytest.mark.parametrize(
    "expression", ["mean(max(1 - r, 0))", "mean(max(1000 - r, 0))", "-mean(max(r, 60))", "-mean(min(r, 1e9))"]
)
def test_a_loss_that_falls_where_it_is_not_flat_drives_away(expression: str) -> None:
    assert told(expression) == ["moves-away"]


MANY = """
method m(student) {
  update student {
    x0 = student.clean(batch)
    c = student.cond(batch)
BODY
    loss all = SUM
  }
}
"""


@pytest.mark.parametrize("wrong", [None, 2, 17])
def test_a_loss_of_twenty_comparisons(wrong: int | None) -> None:
    """Each is followed, wherever it stands in the sum."""
    body = "\n".join(
        f"    t{i} ~ uniform(0, 1)\n    e{i} ~ noise[student]\n    y{i} = student.noisy(x0, e{i}, t{i})"
        for i in range(20)
    )
    taken = {wrong: 0} if wrong is not None else {}
    parts = (
        f"mse(student.x0(y{i}, t{i}, c), (y{i} - t{i}.sigma*e{taken.get(i, i)})/t{i}.alpha)"
        for i in range(20)
    )
    text = MANY.replace("BODY", body).replace("SUM", " + ".join(parts))
    found = [d.code for d in check_source(Source("m.fdl", text), Path("m.fdl")).diagnostics]
    assert found == ([] if wrong is None else ["quantity-mismatch"])
