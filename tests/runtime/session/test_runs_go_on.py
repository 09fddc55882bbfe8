"""A run is its program's meaning: what goes on with it, what is told as another program, and what a longer run is."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from fdc.compiler.cli.main import main
from fdc.compiler.runtime.base.records import Lock, read_record
from fdc.compiler.runtime.train import checkpoints

pytestmark = pytest.mark.slow

PROGRAM = """import mini

program p {
  sizes { F = 2, H = 8, W = 8 }
  role student = mini(tiny(seed = 0)) { train = full, precision = f32 }
  data clips = shapes("data", count = 5) { prompt: str, video: pixels[b, 3, F, H, W] }
  update student {
    x0 = student.clean(batch)
    t ~ shifted(uniform(0, 1), 3.0)
    eps ~ noise[student]
    xt = student.noisy(x0, eps, t)
    loss flow = mse(student.predict(xt, t, student.cond(batch)), student.target(x0, eps, t))
  }
  optimize student = adamw(lr = 1e-3)
  train { steps = 3, batch = 2, clip = 1.0, deterministic = true }
  validate every 2 { sample = student.sample(steps = 1), weights = average(student, decay = 0.9), count = 1 }
  checkpoint every 2 { keep = 9, export = false }
}
"""

Edit = Callable[[str], str]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    torch.set_num_threads(1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FDC_CACHE", str(tmp_path / "kept"))
    (tmp_path / "p.fdl").write_text(PROGRAM)
    return tmp_path


def run(*args: str, file: str = "p.fdl") -> int:
    return main(["run", file, *args])


def runs(here: Path) -> list[Path]:
    return sorted((here / "runs" / "p").iterdir())


def lock(folder: Path) -> Lock:
    return read_record(Lock, folder / "lock.json")


def state(folder: Path, step: int) -> dict[str, Tensor]:
    """All tensors of a checkpoint."""
    files = (folder / "checkpoints" / f"step-{step}").glob("*.safetensors")
    return {f"{f.stem}:{name}": t for f in files for name, t in load_file(f).items()}


def same(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


def close(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(
        torch.allclose(a[k], b[k], atol=2e-4) for k in a if "optimizer" not in k
    )


def edit(here: Path, *changed: tuple[str, str]) -> None:
    text = (here / "p.fdl").read_text()
    for old, new in changed:
        assert old in text
        text = text.replace(old, new)
    (here / "p.fdl").write_text(text)


def test_a_longer_run_is_the_run_of_that_length_to_the_last_bit(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run("--set", "train.steps=5", "--run-folder", "whole") == 0
    assert run() == 0
    (folder,) = runs(here)
    capfd.readouterr()
    edit(here, ("steps = 3", "steps = 5"), ("import mini", "# a comment\nimport mini"))
    (here / "p.fdl").rename(here / "renamed.fdl")
    assert run(file="renamed.fdl") == 0
    said = capfd.readouterr().err
    assert "goes on from step 3" in said and "train.steps: 3 -> 5" in said
    assert runs(here) == [folder]
    assert same(state(folder, 5), state(here / "whole", 5))
    assert json.loads((folder / "finished.json").read_text())["steps"] == 5
    for step in (2, 4):
        names = [
            sorted(p.name for p in (f / "samples" / f"step-{step}").iterdir())
            for f in (folder, here / "whole")
        ]
        assert names[0] == names[1]
        sheets = [
            (f / "samples" / f"step-{step}" / "sheet.png").read_bytes() for f in (folder, here / "whole")
        ]
        assert sheets[0] == sheets[1]
    legs = lock(folder).legs
    assert [leg.from_step for leg in legs] == [0, 3] and legs[1].changes == ("train.steps: 3 -> 5",)
    capfd.readouterr()
    assert run(file="renamed.fdl") == 0
    assert "done and unchanged" in capfd.readouterr().err
    assert run("--set", "train.steps=4", file="renamed.fdl") == 0
    said = capfd.readouterr().err
    assert "done" in said and "train.steps: 5 -> 4" in said


def test_launch_settings_go_on_with_the_run_to_rounding(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run("--set", "train.steps=4", "--run-folder", "whole") == 0
    assert run("--set", "train.steps=2") == 0
    capfd.readouterr()
    edit(
        here,
        ("batch = 2", "batch = 2, accumulate = 2"),
        ("train = full", "train = full, checkpointing = full"),
    )
    edit(here, ("validate every 2", "validate every 3"), ("keep = 9", "keep = 8"), ("steps = 3", "steps = 4"))
    assert run() == 0
    (folder,) = runs(here)
    said = capfd.readouterr().err
    for line in (
        "train.accumulate: 1 -> 2",
        "student.checkpointing: none -> full",
        "validate.every: 2 -> 3",
        "checkpoint.keep: 9 -> 8",
    ):
        assert line in said
    assert close(state(folder, 4), state(here / "whole", 4))


def test_another_meaning_is_told_and_begins_anew_and_goes_on_when_asked(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run() == 0
    (first,) = runs(here)
    before = {p.name: p.read_bytes() for p in first.iterdir() if p.is_file()}
    capfd.readouterr()
    edit(
        here,
        ("lr = 1e-3", "lr = 1e-4"),
        ("batch = 2", "batch = 4, seed = 1"),
        ("3.0)", "5.0)"),
        ("steps = 3", "steps = 4"),
    )
    assert run("--set", "train.clip=2.0") == 0
    said = capfd.readouterr().err
    for line in (
        "optimize student.lr: 0.001 -> 1e-4",
        "train.batch: 2 -> 4",
        "train.seed: 0 -> 1",
        "train.clip: 1 -> 2",
        "update student: t: ~ shifted(uniform(0, 1), 3.0) -> ~ shifted(uniform(0, 1), 5.0) (line 9)",
        "update student: the loss flow changed (line 12)",
        f"--set train.clip=2.0 --continue runs/p/{first.name}",
    ):
        assert line in said
    assert len(runs(here)) == 2
    assert {p.name: p.read_bytes() for p in first.iterdir() if p.is_file()} == before
    assert run("--set", "train.clip=2.0", "--continue", f"runs/p/{first.name}") == 0
    said = capfd.readouterr().err
    assert "goes on from step 3" in said and "train.batch: 2 -> 4" in said
    made = lock(first)
    assert [leg.from_step for leg in made.legs] == [0, 3]
    assert "train.seed: 0 -> 1" in made.legs[1].changes and "--continue" in made.legs[1].command
    assert made.legs[0].program != made.legs[1].program == made.program
    saved = json.loads((first / "checkpoints" / "step-4" / "state.json").read_text())
    assert saved["position"] == 3 * 2 + 4, "the data go on where they were"
    assert run("--set", "train.clip=2.0") == 0
    assert "done and unchanged" in capfd.readouterr().err


CRITIC = """  role critic = mini(tiny(seed = 1)) { train = full, precision = f32 }
  update critic {
    x0 = critic.clean(batch)
    t ~ uniform(0, 1)
    eps ~ noise[critic]
    xt = critic.noisy(x0, eps, t)
    loss flow = mse(critic.predict(xt, t, critic.cond(batch)), critic.target(x0, eps, t))
  }
  optimize critic = adamw(lr = 1e-3)
"""
ADAPTER = ("train = full", "train = lora(rank = 2)")
FIT = {
    "another optimizer": (
        [ADAPTER],
        [("adamw(lr = 1e-3)", "muon(lr = 1e-3)")],
        ["optimize student: adamw -> muon", "the optimizer of `student` begins anew: `muon` follows `adamw`"],
    ),
    "another average": (
        [],
        [("decay = 0.9)", "decay = 0.8)")],
        ["the average of `student` goes on with decay = 0.8"],
    ),
    "no average": (
        [],
        [("weights = average(student, decay = 0.9), ", "")],
        [
            "validate.weights: average(role = student, decay = 0.9) -> live",
            "`student`: its average-0.9 is left out",
        ],
    ),
    "a role more": (
        [],
        [("  train {", f"{CRITIC}  train {{")],
        ["critic: mini(tiny(seed = 1)) is new", "`critic` begins anew: the checkpoint has no weights of it"],
    ),
    "a role less": (
        [("  train {", f"{CRITIC}  train {{")],
        [(CRITIC, "")],
        ["update critic: of critic is gone", "`critic` is trained no more: its weights are left out"],
    ),
    "other precision": (
        [],
        [("precision = f32", "precision = pure_bf16")],
        ["student.precision: f32 -> pure_bf16", "the weights of `student` are kept, rounded from float32"],
    ),
}


@pytest.mark.parametrize("kind", FIT)
def test_state_that_no_longer_fits_is_told(kind: str, here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before, edited, lines = FIT[kind]
    edit(here, *before)
    assert run("--set", "train.steps=2") == 0
    (folder,) = runs(here)
    edit(here, *edited)
    capfd.readouterr()
    assert run("--continue", str(folder)) == 0
    said = capfd.readouterr().err
    for line in ("goes on from step 2", *lines):
        assert line in said
    assert run("--set", "train.steps=4") == 0, "its own checkpoint resumes"
    assert "goes on from step 3" in capfd.readouterr().err


def test_weights_that_do_not_fit_are_refused_and_the_run_stays_what_it_was(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run() == 0
    (folder,) = runs(here)
    names = ("lock.json", "finished.json", "plan.py", "graph.html", "program.fdl", "data.json")
    before = [(folder / name).read_bytes() for name in names]
    text = (here / "p.fdl").read_text()
    edit(here, ("train = full", "train = lora(rank = 2)"))
    assert run("--continue", str(folder)) == 1
    said = capfd.readouterr().err
    assert "holds no weights that fit" in said and "begin anew with --fresh" in said
    assert [(folder / name).read_bytes() for name in names] == before
    (here / "p.fdl").write_text(text)
    assert run() == 0
    assert "done and unchanged" in capfd.readouterr().err


def test_a_continued_leg_that_is_killed_goes_on_and_ends_where_it_would_have(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run() == 0
    (folder,) = runs(here)
    edit(here, ("lr = 1e-3", "lr = 2e-3"), ("steps = 3", "steps = 9"))
    copied = here / "copied"
    shutil.copytree(folder, copied)
    assert run("--continue", str(copied)) == 0
    whole = state(copied, 9)
    code = "import sys, torch; torch.set_num_threads(1); from fdc.compiler.cli.main import main; sys.exit(main(sys.argv[1:]))"
    leg = subprocess.Popen(
        [sys.executable, "-c", code, "run", "p.fdl", "--continue", str(folder)], stderr=subprocess.DEVNULL
    )
    while not (folder / "checkpoints" / "step-4" / "manifest.json").exists():
        assert leg.poll() is None
        time.sleep(0.002)
    leg.send_signal(signal.SIGKILL)
    leg.wait()
    shutil.rmtree(folder / "checkpoints" / "step-9", ignore_errors=True)
    legs = [leg.from_step for leg in lock(folder).legs]
    assert legs == [0, 3], "what was asked for is written down once it goes on"
    capfd.readouterr()
    assert run("--run-folder", str(folder)) == 0
    assert "goes on from step" in capfd.readouterr().err
    assert same(state(folder, 9), whole)
    assert [leg.from_step for leg in lock(folder).legs] == legs


def test_a_schedule_that_reads_the_steps_makes_a_longer_run_another_one(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    edit(here, ("lr = 1e-3", "lr = 1e-3, schedule = cosine"))
    assert run() == 0
    assert run("--set", "train.steps=4") == 0
    said = capfd.readouterr().err
    assert "train.steps: 3 -> 4, which the cosine rate of `student` falls over" in said
    assert len(runs(here)) == 2


def test_a_run_that_was_asked_for_and_cannot_be_had(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run("--continue", "nowhere") == 2
    assert "no lock.json" in capfd.readouterr().err
    assert run("--continue", "nowhere", "--fresh") == 2
    assert "does not go with --fresh" in capfd.readouterr().err
    assert run("--run-folder", "mine") == 0
    assert run("--run-folder", "mine", "--set", "train.seed=7") == 2
    said = capfd.readouterr().err
    assert "train.seed: 0 -> 7" in said and "--continue mine" in said


def test_an_edited_python_of_a_family_is_another_program_and_its_comments_are_not(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from paths import ROOT

    family = ROOT / "families" / "mini"
    (here / "mine.fdl").write_text((family / "mini.fdl").read_text())
    (here / "binding.py").write_text((family / "binding.py").read_text().replace("from ...", "from fdc."))
    edit(here, ("import mini", 'import "./mine.fdl" as mini'), ("steps = 3", "steps = 2"))
    assert run("--allow-python") == 0
    with open(here / "binding.py", "a") as f:
        f.write("# a comment\n")
    assert run("--allow-python") == 0
    assert "done and unchanged" in capfd.readouterr().err
    with open(here / "binding.py", "a") as f:
        f.write("FURTHER = 1\n")
    assert run("--allow-python") == 0
    assert "student, its family's Python changed" in capfd.readouterr().err


def test_another_fdc_goes_on_and_is_told(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    (folder,) = runs(here)
    record = json.loads((folder / "lock.json").read_text())
    record["versions"]["fdc"] = "0.0.9"
    (folder / "lock.json").write_text(json.dumps(record))
    assert run("--set", "train.steps=4") == 0
    assert "fdc: 0.0.9 -> " in capfd.readouterr().err
    for name in ("meaning", "launch", "words", "legs"):
        del record[name]
    (folder / "lock.json").write_text(json.dumps({**record, "program": "of a text"}))
    assert run() == 0
    assert "begun by an earlier fdc" in capfd.readouterr().err


def test_epochs_are_steps_once_the_data_are_read(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    edit(here, ("steps = 3", "epochs = 1"), ("every 2 { keep", "every 0.001 s { keep"))
    assert run() == 0
    assert "1 epoch of 5 samples are 3 steps of 2" in capfd.readouterr().err
    (folder,) = runs(here)
    assert {p.name for p in (folder / "checkpoints").iterdir()} == {"step-1", "step-2", "step-3"}
    assert run() == 0
    assert "done and unchanged" in capfd.readouterr().err
    assert run("--set", "train.epochs=2", "--set", "checkpoint.every=30 min") == 0
    said = capfd.readouterr().err
    assert "goes on from step 3" in said and "train.epochs: 1 -> 2" in said
    assert "checkpoint.every: 0.001 s -> 30 min" in said
    assert {p.name for p in (folder / "checkpoints").iterdir()} == {"step-1", "step-2", "step-3", "step-5"}


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_leg_that_a_disk_ends_before_its_first_checkpoint_is_gone_on_with(
    error: int, here: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run("--set", "train.steps=2") == 0
    (folder,) = runs(here)
    kept = state(folder, 2)
    edit(here, ("lr = 1e-3", "lr = 1e-4"))

    def refused(*_: object) -> None:
        raise OSError(error, os.strerror(error))

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "save_file", refused)
        assert run("--continue", str(folder)) == 1
        assert os.strerror(error) in " ".join(capfd.readouterr().err.split())
        assert run("--set", "train.steps=4") == 1, "nor does an extended run lose anything"
    assert same(state(folder, 2), kept)
    assert not list((folder / "checkpoints").glob(".step-*"))
    capfd.readouterr()
    assert run() == 0
    said = capfd.readouterr().err
    assert runs(here) == [folder] and "goes on from step 2" in said
    assert [leg.from_step for leg in lock(folder).legs] == [0, 2, 2, 2]
    assert main(["export", str(folder), "out", "--role", "student"]) == 0


def test_of_several_programs_the_one_of_the_run_goes_on(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    other = PROGRAM.replace("import mini\n", "").replace("program p {", "program q {")
    (here / "p.fdl").write_text(
        PROGRAM.replace("steps = 3", "steps = 1") + other.replace("steps = 3", "steps = 1")
    )
    assert run() == 0
    (folder,) = (here / "runs" / "q").iterdir()
    more = ("--set", "q.train.steps=2", "--set", "q.train.seed=5")
    assert run(*more) == 0
    assert f"--program q --continue runs/q/{folder.name}" in capfd.readouterr().err
    assert run(*more, "--continue", str(folder)) == 0
    said = capfd.readouterr().err
    assert "p: done and unchanged" in said and "q: goes on from step 1" in said
    assert run(*more, "--continue", "nowhere") == 2
    assert "is a run of none of them" in " ".join(capfd.readouterr().err.split())
