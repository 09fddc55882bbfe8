"""Every family with a reference: it loads as diffusers' classes do, trains, and is as large as what was published."""

from __future__ import annotations

from pathlib import Path

import family_trials
import pytest
import torch
from paths import ROOT
from references.cases import Case, all_cases

from fdc.compiler.driver.pipeline import check

CASES = all_cases()
STEPS = {"finetune": 4 * family_trials.FIXED, "dmd2": 2 * family_trials.FIXED}
"""Of each update. They are as many as put every family well beyond the three standard errors."""
LIMIT = 1e-4
"""How far float32 may be from the reference."""


@pytest.fixture(params=CASES.values(), ids=CASES.keys())
def case(request: pytest.FixtureRequest) -> Case:
    torch.set_num_threads(1)
    found: Case = request.param
    return found


def test_it_checks_alone(case: Case) -> None:
    found = check(ROOT / "families" / case.family / f"{case.family}.fdl")
    assert not found.diagnostics, [f"{d.code}: {d.message}" for d in found.diagnostics]


@pytest.mark.slow
def test_it_makes_what_diffusers_classes_make(case: Case, tmp_path: Path) -> None:
    case.pipeline().save_pretrained(tmp_path)
    found = family_trials.compared(case, tmp_path)
    assert found.worst <= LIMIT, found


@pytest.mark.slow
@pytest.mark.parametrize("method", STEPS)
def test_it_trains(case: Case, method: str) -> None:
    found = family_trials.trained(case, method, STEPS[method])
    assert not found.untouched, found.untouched
    for name in case.losses[method]:
        assert found.fall(name) > 3, (name, found.losses[name])


@pytest.mark.slow
def test_the_program_that_ships_runs_and_diffusers_loads_its_export(case: Case, tmp_path: Path) -> None:
    found = family_trials.ran(case, "finetune", tmp_path)
    assert found.export.worst <= LIMIT, found.export
    assert found.moved, "training left every weight as it was"


@pytest.mark.slow
def test_it_has_as_many_parameters_as_what_was_published(case: Case) -> None:
    for variant, wanted in case.counts.items():
        assert family_trials.counts(case, variant) == wanted
