"""Latents and conditions that `produce` stores are what each family trains on."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from family_trials import write_data
from paths import ROOT
from references.cases import all_cases

from fdc.compiler.cli.main import main

PROGRAMS = """import {family}
import finetune

program store {{
  sizes {{ {sizes} }}
  role student = {family}.tiny(tiny(seed = 0)) {{ precision = f32 }}
  data d = {source} {{ {fields} }}
  graph both(batch) {{ return (student.clean(batch), student.cond(batch)) }}
  produce latents = both(batch) to shards("latents") {{ fields = [x0, c], count = 4, batch = 2 }}
}}

program train {{
  sizes {{ {sizes} }}
  role student = {family}.tiny(tiny(seed = 0)) {{ train = full, precision = f32 }}
  data d = shards("latents") {{ x0: clean[student], c: student.{record} }}
  use finetune(student) {{ times = {times} }}
  optimize student = adamw(lr = 1e-4)
  train {{ steps = 1, batch = 3 }}
}}
"""
FAMILIES = [name for name, case in all_cases().items() if case.variant == "tiny"]


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_trains_on_what_it_stored(
    family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it has components that nobody loads, or that a checkpoint may lack."""
    torch.set_num_threads(1)
    monkeypatch.chdir(tmp_path)
    case = all_cases()[family]
    write_data(case, tmp_path / "data")
    declared = (ROOT / "families" / family / f"{family}.fdl").read_text("utf-8")
    text = PROGRAMS.format(
        family=family,
        sizes=", ".join(f"{n} = {v}" for n, v in case.sizes.items()),
        fields=case.fields,
        source=case.source,
        record="text" if "record text" in declared else "condition",
        times=case.times,
    )
    Path("p.fdl").write_text(text)
    assert main(["run", "p.fdl"]) == 0
    assert list(Path("runs/train").glob("*/export/student"))
