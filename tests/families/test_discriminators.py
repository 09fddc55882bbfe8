"""Heads on a frozen teacher's blocks: as wide as these, they learn to tell samples from data, and teach a student."""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path
from typing import Any

import family_trials
import pytest
import torch
from lowering import loaded
from paths import ROOT
from references.cases import all_cases

from fdc.compiler.cli.main import main
from fdc.compiler.driver.pipeline import check, compile
from fdc.compiler.program.typed_program import TypedProgram
from fdc.compiler.runtime.api.run_context import Run
from fdc.compiler.runtime.random.streams import Streams
from fdc.families.discriminators.binding import Heads

PROGRAM = ROOT / "programs" / "wan_ladd.fdl"
SETTINGS = (
    *(f"sizes.{n}={v}" for n, v in {"F": 9, "H": 32, "W": 32}.items()),
    "student.source=wan.tiny(tiny(seed = 0))",
    "teacher.source=wan.tiny(tiny(seed = 1))",
    "judge.source=discriminators.tiny(tiny(seed = 0))",
    *(f"{r}.precision=f32" for r in ("student", "teacher")),
    "optimize.judge.lr=2e-3",
    "train.batch=2",
    "train.accumulate=1",
)


def program(*more: str) -> TypedProgram:
    found = check(PROGRAM, overrides=(*SETTINGS, *more))
    assert found.programs, [f"{d.code}: {d.message}" for d in found.diagnostics]
    return found.programs[0]


def test_a_judge_is_as_wide_as_what_it_is_given() -> None:
    config = program().roles["judge"].family.components["net"].config
    assert config == {"width": 24, "layers": 2, "hidden": 16}
    large = program("teacher.source=wan.t2v_14b(tiny(seed = 0))", 'judge.source=discriminators("judge")')
    assert large.roles["judge"].family.components["net"].config == {"width": 5120, "layers": 3, "hidden": 256}


def test_heads_take_rows_and_maps() -> None:
    heads, t = Heads(6, 2, 8), torch.tensor([0.1, 0.9])
    maps = torch.randn(2, 6, 3, 4)
    rows = maps.flatten(2).mT
    torch.testing.assert_close(heads([maps, maps], t), heads([rows, rows], t))
    assert heads([rows, rows], t).shape == (2,)
    assert not torch.equal(heads([rows, rows], t), heads([rows, rows], t.flip(0)))


@pytest.mark.slow
def test_a_judge_learns_and_its_student_is_moved() -> None:
    """The judge alone is stepped, on ten draws that come again; the student has a gradient through it."""
    torch.set_num_threads(1)
    typed = program()
    plan = loaded(compile(typed, "test").text)
    roles = family_trials.roles_of(typed)
    batch = family_trials.batch_of(typed, ["a red circle", "a green square"])
    judge, student = (u for u in plan.UPDATES)
    optimizer = torch.optim.AdamW(list(roles["judge"].parameters()), lr=2e-3)

    def loss(update: Any, turn: int) -> torch.Tensor:
        for name in ("judge", "student"):
            for p in roles[name].parameters():
                p.requires_grad_(name in update.roles)
                p.grad = None
        run = Run(roles, turn, Streams(5, turn, (0, 1)), 2, family_trials.CPU)
        (made,) = update.losses(run, dict(batch)).values()
        made.backward()
        return made.detach()

    hinges = []
    for step in range(60):
        hinges.append(float(loss(judge, step % 10)))
        assert all(p.grad is None for p in roles["student"].parameters())
        optimizer.step()
    assert sum(hinges[-10:]) < 0.5 * sum(hinges[:10])
    loss(student, 0)
    assert all(p.grad is None for p in roles["judge"].parameters())
    sizes = [float(p.grad.abs().max()) for p in roles["student"].parameters() if p.grad is not None]
    assert len(sizes) > 10 and max(sizes) > 0


@pytest.mark.slow
def test_the_program_that_ships_runs_goes_on_and_its_judge_is_exported(tmp_path: Path) -> None:
    family_trials.write_data(all_cases()["wan"], tmp_path / "data")
    given = (
        *SETTINGS,
        f'data.path="{tmp_path / "data"}"',
        "validate.every=2",
        'validate.prompts=["a red circle"]',
    )

    def run(folder: str, *more: str) -> int:
        words = [w for s in (*given, *more) for w in ("--set", s)]
        with chdir(tmp_path):
            return main(["run", str(PROGRAM), *words, "--run-folder", folder])

    assert run("one", "train.steps=2") == 0
    assert run("one", "train.steps=4") == 0
    judge = tmp_path / "one" / "export" / "judge"
    assert Heads.from_pretrained(judge / "net").config.width == 24
    again = f'judge.source=discriminators.tiny("{judge}")'
    assert run("two", "train.steps=2", again) == 0
    assert (
        run("three", "train.steps=2", again, 'teacher.source=wan.tiny(tiny(seed = 1), layers = ["blocks.1"])')
        == 1
    )
