"""Times made at random of draws: latents may be asked about at their own time, however it is written, and at no other."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source

METHOD = """
method m(student) {
  update student {
    steps = sigmas([0.9, 0.6, 0.3])
    x0 = student.clean(batch)
    a ~ uniform(0, 1)
    d ~ truncated(logit_normal(-0.4, 1.0), 0.1, 0.9)
    u ~ uniform(0, 1)
    k ~ pick(0 .. 3)
    t = ONE
    r = OTHER
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    c = student.cond(batch)
    loss a = mse(student.x0(xt, ASKED, c), x0)
  }
}
"""


def written(rng: random.Random, depth: int) -> str:
    """Some time."""
    if depth == 0:
        return rng.choice(("a", "d", "steps[1]", "steps[k]", "level(0.4)"))
    one, other = written(rng, depth - 1), written(rng, depth - 1)
    return rng.choice(
        (
            f"max({one}, {other})",
            f"min({one}, {other})",
            f"clamp({one}, 0.05, 0.95)",
            f"select(u < 0.5, {one}, {other})",
            f"shifted({one}, {rng.choice(('3.0', '1.5'))})" if "shifted" not in one else one,
            f"level((1 - u)*{number(one)} + u*{number(other)})",
            f"level(clamp({number(one)} + 0.1, 0, 1))",
            f"level({number(one)}*{number(other)})",
        )
    )


def number(time: str) -> str:
    return f"{time}.sigma"


SAME = {  # two ways to write one time
    "max(a, d)": "max(d, a)",
    "min(a, d)": "level(min(a.sigma, d.sigma))",
    "level(1 - a)": "level(1 - a.sigma)",
    "level((1 - u)*a + u*d)": "level(a + u*(d - a))",
    "a": "level(a)",
    "d": "clamp(d, 0.1, 0.9)",
    "clamp(a, 0, 1)": "a",
    "min(d, 0.95)": "max(d, 0.05)",
    "max(level(0.4), level(0.7))": "level(0.7)",
}


def told(one: str, other: str, asked: str) -> list[str]:
    text = METHOD.replace("ONE", one).replace("OTHER", other).replace("ASKED", asked)
    found = check_source(Source("m.fdl", text), Path("m.fdl")).diagnostics
    return [d.code for d in found if d.severity == "error"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(30))
def test_a_time_is_itself_and_no_other(seed: int) -> None:
    rng = random.Random(seed)
    one, other = written(rng, rng.randint(0, 2)), written(rng, rng.randint(0, 2))
    assert told(one, other, "t") == [], one
    assert told(one, one, "r") == [] or "select" in one or "steps[k]" in one, one
    if one != other and not told(one, other, "r"):
        pytest.fail(f"noisy at {one} passes for noisy at {other}")


@pytest.mark.parametrize("one", SAME)
def test_a_time_written_another_way(one: str) -> None:
    assert told(one, SAME[one], "r") == []


NEAR = [
    ("max(a, d)", "min(a, d)"),
    ("max(a, d)", "a"),
    ("level(1 - a)", "a"),
    ("shifted(a, 3.0)", "shifted(a, 2.0)"),
    ("level((1 - u)*a + u*d)", "level(u*a + (1 - u)*d)"),
    ("clamp(a, 0.2, 0.7)", "clamp(a, 0.2, 0.8)"),
    ("steps[k]", "steps[1]"),
]


@pytest.mark.parametrize(("one", "other"), NEAR)
def test_times_that_are_nearly_the_same(one: str, other: str) -> None:
    assert told(one, other, "r") == ["time-mismatch"]
