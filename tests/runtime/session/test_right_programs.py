"""Every program of the tests and of fdc that is right is built, and trains, samples and produces at a tiny size.

Weights and data are stand-ins (`support/stand_ins.py`); all else is what `fdc run` does.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import stand_ins
import torch
from paths import ACCEPTED, EXAMPLES, METHODS, ROOT
from shipped import is_later

from fdc.compiler.driver.meaning import meaning
from fdc.compiler.driver.pipeline import Checked, check
from fdc.compiler.lower.program import lower
from fdc.compiler.program.schedule import Schedule
from fdc.compiler.program.typed_program import TypedProgram
from fdc.compiler.runtime.random.streams import Streams
from fdc.compiler.runtime.session import prepare as preparing
from fdc.compiler.runtime.session.choose_run import choose
from fdc.compiler.runtime.session.prepare import Prepared
from fdc.compiler.runtime.session.run_request import Options, RunRequest
from fdc.compiler.runtime.session.train_program import _start, _training
from fdc.compiler.runtime.train import optimizers
from fdc.compiler.runtime.train.training_step import one_step
from fdc.compiler.runtime.train.validation import pixels_of

FILES = {
    f"{p.parent.name}/{p.name}": p
    for folder in (ACCEPTED, EXAMPLES, METHODS, ROOT / "programs")
    for p in sorted(folder.glob("*.fdl"))
    if not is_later(p) and "import discriminators" not in p.read_text("utf-8")
}
"""Without those of `tests/families`, which run with their own networks, and those that ask for layers of one."""

ELSEWHERE = {"adamw8bit": "adamw"}
"""Optimizers of libraries that need not be installed, and what stands in for them."""

SMALL = ("sizes.F=17", "sizes.H=128", "sizes.W=128")


@cache
def checked(path: Path) -> Checked:
    found = check(path)
    large = any(p.sizes.get("H", 0) > 256 for p in found.programs)
    return check(path, overrides=SMALL) if large else found


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def slow(name: str) -> bool:
    """The methods are many, and differ in what the checker says of them more than in what runs; of the other programs every
    twelfth is run with what is fast."""
    return FILES[name].parent == METHODS or sorted(FILES).index(name) % 12 > 0


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] * slow(n)) for n in FILES])
def test_a_right_program_runs(name: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for program in checked(FILES[name]).programs:
        runs(program, checked(FILES[name]), here, monkeypatch)


def runs(program: TypedProgram, checked: Checked, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each update's first step, then what the program shows and produces."""
    build = optimizers.build
    monkeypatch.setattr(optimizers, "build", lambda kind, *rest: build(ELSEWHERE.get(kind, kind), *rest))
    p = prepared(program, checked, folder, monkeypatch)
    if program.updates:
        asked = p.request.settings.train
        assert asked is not None
        settings = asked.model_copy(
            update={"batch": max(2, asked.each) * asked.accumulate, "steps": asked.steps or 1}
        )
        training = _training(p, settings)
        _start(training, p)
        before = {n: [w.detach().clone() for w in t.parameters] for n, t in training.trained.items()}
        for step in sorted({1, *(first_step(u.schedule) for u in training.updates)}):
            training.step = step - 1
            assert one_step(training).losses.keys() <= {
                f"{u.name}.{n}" for u in program.updates for n, _ in u.losses
            }
        for name, t in training.trained.items():
            assert t.updates > 0, name
            assert any(not torch.equal(a, b) for a, b in zip(before[name], t.parameters)), name
    with torch.no_grad():
        shown(p)


def first_step(schedule: Schedule) -> int:
    return next(step for step in range(1, 10_000) if schedule.due(step))


def prepared(
    program: TypedProgram, checked: Checked, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Prepared:
    plan = lower(program)
    roles = {name: stand_ins.role(typed, plan) for name, typed in program.roles.items()}
    monkeypatch.setattr(preparing, "load_roles", lambda *_, **__: roles)
    monkeypatch.setattr(preparing, "open_feed", lambda *_, **__: stand_ins.feed(program))
    options = Options(checked.source.path, None, folder / "runs", None, True, True, "cpu", ())
    request = RunRequest(program, checked, options, torch.device("cpu"))
    chosen = choose(request, meaning(program, dict.fromkeys(program.needs, "a run")))
    return preparing.prepare(request, chosen, dict.fromkeys(program.needs, folder))


def shown(p: Prepared) -> None:
    """Samples and products of two samples have a row for each."""
    feed = p.shuffled or p.in_order
    batch: dict[str, Any] = feed.batch(range(2)) if feed is not None else {}
    run = p.make_run(draws=Streams(0, 0, (0, 1)), step=0, batch_size=2)
    for name in p.request.program.samples:
        assert len(pixels_of(getattr(p.plan, name)(run, batch))) == 2
    for item in p.request.program.produce:
        made = p.plan.PRODUCE[item.name](run, batch)
        assert made and all(len(t) == 2 for t in stand_ins.flat(made))
