"""Random programs whose latents are made of several draws and calls: those that are right pass without a warning, those with
one slip are told, those that are written another way pass. The rates are in the message of each test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest

from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source

PROGRAM = """import mini

program p {
  sizes { F = 4, H = 16, W = 16 }
  role student = mini(tiny(seed = 0)) { train = full }
  role teacher = mini(tiny(seed = 1))
  data clips = shapes("data/shapes") { prompt: str, video: pixels[b, 3, F, H, W] }
  update student {
    x0 = student.clean(batch)
    c = student.cond(batch)
    d = teacher.cond(batch)
    u = teacher.uncond(batch)
    q ~ uniform(0.05, 0.15)
    r ~ uniform(0.2, 0.4)
    t ~ uniform(0.5, 0.9)
    g ~ uniform(0.1, 0.9)
    one ~ noise[student]
    two ~ noise[student]
    three ~ noise[student]
    BODY
  }
  optimize student = adamw(lr = 1e-3)
  train { steps = 10, batch = 2 }
}
"""
LINTS = ("redundant-stop", "unused-binding")


@dataclass(frozen=True)
class Case:
    """Lines of an update: the noise, the input, the steps of a sampler from level t to r, and the losses."""

    noise: str
    steps: tuple[str, ...]
    losses: tuple[str, ...]

    def text(self) -> str:
        x = "xt" if not self.steps else f"y{len(self.steps) - 1}"
        at = "t" if not self.steps else "r" if len(self.steps) == 1 else "q"
        lines = [f"spread = {self.noise}", "xt = student.noisy(x0, spread, t)", *self.steps]
        lines += [line.replace("INPUT", x).replace("AT", at) for line in self.losses]
        body = "\n    ".join(lines)
        return PROGRAM.replace("BODY", body)

    @property
    def findings(self) -> list[str]:
        found = check_source(Source("p.fdl", self.text()), Path("/at_random/p.fdl")).diagnostics
        return [d.code for d in found if d.code not in LINTS]


NOISES = (
    *("one", "-one", "0.6*one + 0.8*two", "0.8*one - 0.6*two", "sqrt(1 - g*g)*one + g*two"),
    *("0.6*(0.6*one + 0.8*two) + 0.8*three", "sqrt(0.5)*(one + two)", "(one + two + three)/sqrt(3.0)"),
    *("g**0.5*one - (1 - g)**0.5*two", "select(t.sigma > 0.7, one, 0.6*one + 0.8*two)"),
)
"""Noises of size 1."""
EULER = "OUT = IN + (TO.sigma - AT.sigma)*teacher.velocity(IN, AT, d)"
STEPS = (
    EULER,
    "OUT = TO.alpha*teacher.x0(IN, AT, d) + TO.sigma*teacher.eps(IN, AT, d)",
    "OUT = student.noisy(teacher.x0(IN, AT, d), fresh, TO)",
    "OUT = student.noisy(teacher.x0(IN, AT, d), 0.6*teacher.eps(IN, AT, d) + 0.8*fresh, TO)",
    "OUT = TO.alpha*teacher.x0(IN, AT, d) + sqrt(TO.sigma**2 - (0.1*TO.sigma)**2)*teacher.eps(IN, AT, d)"
    " + 0.1*TO.sigma*fresh",
    "OUT = student.noisy(guide(teacher.x0(IN, AT, d), teacher.x0(IN, AT, u), 3.0), teacher.eps(IN, AT, d), TO)",
    "OUT = TO.sigma/AT.sigma*IN - TO.alpha*(exp(log(AT.alpha/AT.sigma) - log(TO.alpha/TO.sigma)) - 1)*teacher.x0(IN, AT, d)",
)
FITS = (
    "mse(student.predict(xt, t, c), spread - x0)",
    "mse(student.predict(xt, t, c), student.target(x0, spread, t))",
    "mse(student.eps(xt, t, c), spread)",
    "mse(student.eps(xt, t, c), (xt - t.alpha*x0)/t.sigma)",
    "mse(student.x0(xt, t, c), (xt - t.sigma*spread)/t.alpha)",
    "mean(square(student.velocity(xt, t, c) - (spread - x0)))",
)
TAUGHT = (
    "mse(student.x0(stop(INPUT), AT, c), x0)",
    "mse(student.x0(stop(INPUT), AT, c), stop(teacher.x0(INPUT, AT, d)))",
    "mse(student.x0(xt, t, c), stop(guide(teacher.x0(xt, t, d), teacher.x0(xt, t, u), 3.0)))",
    "mse(student.x0(xt, t, c), stop(student.x0(xt, t, c) - (teacher.x0(xt, t, u) - teacher.x0(xt, t, d))))",
)


def case(r: Random) -> Case:
    steps = []
    for i in range(r.randint(0, 2)):
        step = r.choice(STEPS).replace("OUT", f"y{i}").replace("IN", "xt" if i == 0 else f"y{i - 1}")
        step = step.replace("AT", "tr"[i]).replace("TO", "rq"[i])
        if "fresh" in step:
            steps.append(f"fresh{i} ~ noise[student]\n    " + step.replace("fresh", f"fresh{i}"))
        else:
            steps.append(step)
    losses = [f"loss fit = {r.choice(FITS)}", f"loss taught = {r.choice(TAUGHT)}"]
    if steps:
        losses.append("loss walked = mse(student.x0(stop(INPUT), AT, c), x0)")
    return Case(r.choice(NOISES), tuple(steps), tuple(losses))


Change = Callable[[Case, Random], Case | None]


def _in_fit(old: str, new: str) -> Change:
    def change(c: Case, r: Random) -> Case | None:
        fit = c.losses[0]
        head, _, aim = fit.partition("c)")
        return replace(c, losses=(head + "c)" + aim.replace(old, new), *c.losses[1:])) if old in aim else None

    return change


def _in_steps(old: str, new: str) -> Change:
    def change(c: Case, r: Random) -> Case | None:
        if not any(old in s for s in c.steps):
            return None
        return replace(c, steps=tuple(s.replace(old, new) for s in c.steps))

    return change


def _noise(old: str, new: str) -> Change:
    return lambda c, r: replace(c, noise=c.noise.replace(old, new)) if old in c.noise else None


def _taught(old: str, new: str) -> Change:
    def change(c: Case, r: Random) -> Case | None:
        changed = c.losses[1].replace(old, new)
        return replace(c, losses=(c.losses[0], changed, *c.losses[2:])) if changed != c.losses[1] else None

    return change


def _renamed(noise: str) -> str:
    return noise.replace("three", "two_").replace("one", "three").replace("two_", "one")


SLIPS: dict[str, Change] = {
    "another draw in the target": _in_fit("spread", "three"),
    "another time in the target": _in_fit("t.sigma", "r.sigma"),
    "the sign of a target": _in_fit("spread", "(-spread)"),
    "the difference turned": _in_fit("spread - x0", "x0 - spread"),
    "weights that add up to 1": _noise("0.8*", "0.4*"),
    "the square forgotten": _noise("sqrt(1 - g*g)", "(1 - g)"),
    "the root forgotten": _noise("sqrt(0.5)", "0.5"),
    "a step's sign": _in_steps("(r.sigma - t.sigma)*", "(t.sigma - r.sigma)*"),
    "a step of another length": _in_steps("(r.sigma - t.sigma)*", "0.5*(r.sigma - t.sigma)*"),
    "a step's noise added as a number": _in_steps("0.6*teacher.eps", "0.2*teacher.eps"),
    "a step lands elsewhere": _in_steps("r.alpha*teacher", "q.alpha*teacher"),
    "the noise turned in a step": _in_steps("+ r.sigma*teacher.eps", "- r.sigma*teacher.eps"),
    "the exponent's sign": _in_steps("exp(log(t.alpha", "exp(-log(t.alpha"),
    "the stop forgotten": _taught("stop(student.x0(xt, t, c) - ", "(student.x0(xt, t, c) - "),
    "a prediction compared with itself": _taught("c), x0)", "c), stop(student.x0(INPUT, AT, c)))"),
    "guidance turned": _taught(
        "guide(teacher.x0(xt, t, d), teacher.x0(xt, t, u), 3.0)",
        "guide(teacher.x0(xt, t, u), teacher.x0(xt, t, d), 3.0)",
    ),
    "the factor 0": _taught("loss taught = ", "loss taught = 0*"),
}
SAME: dict[str, Change] = {
    "a sum turned": _noise("0.6*one + 0.8*two", "0.8*two + 0.6*one"),
    "a root of a square": _noise("g*two", "sqrt(g*g)*two"),
    "a root written in another way": _noise("sqrt(1 - g*g)", "sqrt(1 - g)*sqrt(1 + g)"),
    "another draw throughout": lambda c, r: replace(c, noise=_renamed(c.noise)),
    "twice a half": _in_fit("spread", "(0.5*spread + 0.5*spread)"),
    "added and taken away": _in_fit("x0", "(x0 + xt - xt)"),
    "a positive weight": _taught("loss taught = ", "loss taught = 3.0*"),
    "a step's root in two factors": _in_steps("sqrt(r.sigma**2 - (0.1*r.sigma)**2)", "r.sigma*sqrt(0.99)"),
}


def tried(changes: dict[str, Change], cases: list[Case], r: Random) -> tuple[Counter[str], Counter[str]]:
    """By kind of change: how many were told, and how many passed without a word."""
    told: Counter[str] = Counter()
    silent: Counter[str] = Counter()
    for c in cases:
        for kind, change in changes.items():
            changed = change(c, r)
            if changed is not None and changed != c:
                (told if changed.findings else silent)[kind] += 1
    return told, silent


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    r = Random(5)
    return [case(r) for _ in range(25)]


def test_right_programs_pass_without_a_word(cases: list[Case]) -> None:
    wrong = [(c.findings, c.text()) for c in cases if c.findings]
    assert not wrong, f"{len(wrong)} of {len(cases)} are told:\n" + "\n".join(map(str, wrong[:3]))


@pytest.mark.slow
def test_a_slip_is_told(cases: list[Case]) -> None:
    told, silent = tried(SLIPS, cases, Random(1))
    count = told.total() + silent.total()
    assert count > 60
    assert len(told) > 12
    assert told.total() >= 0.97 * count, f"{silent.total()} of {count} slips pass: {dict(silent)}"


@pytest.mark.slow
def test_what_changes_nothing_passes(cases: list[Case]) -> None:
    told, silent = tried(SAME, cases, Random(2))
    assert silent.total() > 20
    assert not told, f"{told.total()} of {told.total() + silent.total()} are told: {dict(told)}"
