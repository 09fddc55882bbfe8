"""Runs of networks with layers that no gradient reaches go on from their checkpoints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from family_trials import write_data
from references.cases import all_cases

from fdc.compiler.cli.main import main

PROGRAM = """import qwenimage
import finetune

program p {{
  sizes {{ H = 64, W = 64 }}
  role student = qwenimage.tiny(tiny(seed = 0)) {{ train = {train}, precision = f32 }}
  data d = folder("data") {{ prompt: str, image: pixels[b, 3, H, W] }}
  use finetune(student) {{ times = uniform(0.1, 0.9) }}
  optimize student = adamw(lr = 1e-3)
  train {{ steps = 2, batch = 2 }}
}}
"""


@pytest.mark.slow
@pytest.mark.parametrize("train", ["full", "lora(rank = 2)"])
def test_an_optimizer_that_holds_nothing_of_idle_weights_goes_on(
    train: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of an adapter of an idle layer are idle, too."""
    torch.set_num_threads(1)
    monkeypatch.chdir(tmp_path)
    write_data(all_cases()["qwenimage"], tmp_path / "data")
    Path("p.fdl").write_text(PROGRAM.format(train=train))
    assert main(["run", "p.fdl", "--set", "train.steps=1"]) == 0
    assert main(["run", "p.fdl"]) == 0
    (run,) = Path("runs/p").iterdir()
    events = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    assert max(e.get("step", 0) for e in events) == 2
