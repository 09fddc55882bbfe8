"""Whole runs from the command line: train, resume, stop, skip what is done, export, and what goes wrong on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from paths import ROOT
from pydantic import BaseModel
from safetensors.torch import load_file

from fdc.compiler.cli.main import main
from fdc.compiler.driver.build_cache import KeptModule
from fdc.compiler.runtime.api.components import LoadedComponent
from fdc.compiler.runtime.base.event_records import EVENTS
from fdc.compiler.runtime.base.records import (
    CheckpointManifest,
    DataRecord,
    ExportRecord,
    Finished,
    Lock,
    ShapesManifest,
    TrainingState,
)

PROGRAM = """
import mini
import finetune

program toy {
  sizes { F = 2, H = 8, W = 8 }
  role student = mini(tiny(seed = 0)) { train = full, precision = f32 }
  data clips = shapes("data", count = 16) { prompt: str, video: pixels[b, 3, F, H, W] }
  use finetune(student) { times = uniform(0, 1) }
  optimize student = adamw(lr = 1e-3, warmup = 2)
  train { steps = 6, batch = 4, clip = 1.0, seed = 3, deterministic = true }
  validate every 3 { sample = student.sample(steps = 2), weights = average(student, decay = 0.9), count = 2 }
  checkpoint every 2 { keep = 5 }
}
"""


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy.fdl").write_text(PROGRAM)
    return tmp_path


def run(*args: str) -> int:
    return main(["run", "toy.fdl", *args])


def folder(here: Path, name: str = "toy") -> Path:
    (found,) = (here / "runs" / name).iterdir()
    return found


def weights(run_folder: Path, step: int) -> dict[str, torch.Tensor]:
    return load_file(run_folder / "checkpoints" / f"step-{step}" / "student.weights.safetensors")


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


RECORDS: Mapping[str, type[BaseModel]] = {
    "lock.json": Lock,
    "data.json": DataRecord,
    "finished.json": Finished,
    "checkpoints/*/manifest.json": CheckpointManifest,
    "checkpoints/*/state.json": TrainingState,
    "export/*/fdc.json": ExportRecord,
}


def test_every_record_of_a_run_is_read_and_written_by_its_model(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FDC_CACHE", str(here / "kept"))
    assert run() == 0
    made = folder(here)
    known = {path: kind for pattern, kind in RECORDS.items() for path in made.glob(pattern)}
    libraries = set(made.glob("export/*/*/*.json")) | set(made.glob("export/*/model_index.json"))
    assert set(made.rglob("*.json")) - libraries == set(known)
    assert len({*known.values()}) == len(RECORDS)
    (entry,) = (here / "kept" / "builds").iterdir()
    for path, kind in [
        *known.items(),
        (entry, KeptModule),
        (here / "data" / "manifest.json", ShapesManifest),
    ]:
        value = json.loads(path.read_text())
        record = kind.model_validate(value)
        assert record.model_dump(mode="json", exclude_unset=True) == value, path
        assert not record.model_extra, path
    lines = [json.loads(line) for line in (made / "events.jsonl").read_text().splitlines()]
    assert {line["event"] for line in lines} == {"begin", "step", "checkpoint", "samples", "done"}
    for line in lines:
        values = {name: value for name, value in line.items() if name not in ("event", "time")}
        assert EVENTS[line["event"]].model_validate(values).model_dump(exclude_unset=True) == values
    lock = json.loads((made / "lock.json").read_text())
    assert lock["settings"]["validate"]["sample"] == "student.sample(steps = 2)"


def test_a_run_leaves_everything_behind_and_is_skipped_when_done(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run() == 0
    made = folder(here)
    for name in (
        "program.fdl",
        "plan.py",
        "lock.json",
        "events.jsonl",
        "graph.html",
        "loss.png",
        "samples/step-3/sheet.png",
    ):
        assert (made / name).stat().st_size > 0, name
    events = [json.loads(line) for line in (made / "events.jsonl").read_text().splitlines()]
    steps = [e["step"] for e in events if e["event"] == "step"]
    assert steps == [1, 2, 3, 4, 5, 6]
    assert (made / "export" / "student" / "transformer" / "diffusion_pytorch_model.safetensors").exists()
    before = (made / "events.jsonl").read_text()
    capfd.readouterr()
    assert run() == 0
    assert "done and unchanged" in capfd.readouterr().err
    assert (made / "events.jsonl").read_text() == before


def test_a_resumed_run_ends_bitwise_where_an_unbroken_one_does(here: Path) -> None:
    assert run() == 0
    whole = weights(folder(here), 6)
    (here / "runs").rename(here / "whole")
    assert run("--set", "train.steps=6") == 0  # the same text: the same folder name
    made = folder(here)
    for late in ("step-6",):
        for path in sorted((made / "checkpoints" / late).iterdir()):
            path.unlink()
        (made / "checkpoints" / late).rmdir()
    (made / "finished.json").unlink()
    assert run("--set", "train.steps=6") == 0
    assert same(weights(made, 6), whole)


@pytest.mark.slow
def test_accumulation_draws_the_same_samples_and_noise(here: Path) -> None:
    assert run("--set", "train.steps=2") == 0
    at_once = weights(folder(here), 2)
    (here / "runs").rename(here / "once")
    assert run("--set", "train.steps=2", "--set", "train.accumulate=2") == 0
    in_parts = weights(folder(here), 2)
    for name, tensor in at_once.items():
        assert torch.allclose(tensor, in_parts[name], atol=2e-5), name


@pytest.mark.slow
def test_sigterm_writes_a_checkpoint_exits_75_and_the_same_command_goes_on(here: Path) -> None:
    command = [sys.executable, "-m", "fdc.compiler.cli.main", "run", "toy.fdl", "--set", "train.steps=400"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        logs = list(here.glob("runs/toy/*/events.jsonl"))
        if logs and '"step": 3,' in logs[0].read_text():
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 75, said
    made = folder(here)
    done = max(int(p.name[5:]) for p in (made / "checkpoints").glob("step-*"))
    assert "SIGTERM" in said and f"step {done}" in said
    events = [json.loads(line) for line in (made / "events.jsonl").read_text().splitlines()]
    assert events[-1]["event"] in ("interrupted", "checkpoint") or events[-1].get("step") == done


@pytest.mark.slow
def test_the_second_run_reads_encodings_from_disk(here: Path) -> None:
    assert run() == 0
    assert run("--fresh") == 0
    last = []
    for made in sorted((here / "runs" / "toy").iterdir(), key=lambda p: p.stat().st_mtime):
        events = [json.loads(line) for line in (made / "events.jsonl").read_text().splitlines()]
        last.append(events[-1])
    assert last[0]["cache_misses"] > 0
    assert last[1]["cache_misses"] == 0 and last[1]["cache_hits"] > 0


def test_export_gives_what_diffusers_loads_alone(here: Path) -> None:
    from diffusers import WanTransformer3DModel

    assert run() == 0
    made = folder(here)
    assert main(["export", str(made), "--role", "student", "--weights", "live", "out"]) == 0
    assert main(["export", str(made), "elsewhere", "--lora", "comfy"]) == 2
    model = WanTransformer3DModel.from_pretrained(here / "out" / "transformer")
    saved = weights(made, 6)
    for name, p in model.named_parameters():
        assert torch.equal(p, saved[f"transformer.{name}"])


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        (lambda p: p.replace('shapes("data", count = 16)', 'folder("absent")'), 2, "absent"),
        (lambda p: p.replace("mini(tiny(seed = 0))", 'mini("nowhere/at/all")'), 2, "nowhere/at/all"),
        (lambda p: p.replace("steps = 6", "steps = six"), 1, "bad-setting"),
        (lambda p: p.replace("F = 2,", "F = 3,"), 1, "size-not-accepted"),
        (
            lambda p: p.replace("  checkpoint", "  mesh { shard = 2 }\n  checkpoint").replace(
                "tiny(seed = 0)", '"none"'
            ),
            1,
            "`toy` asks for a `mesh` of several ranks",
        ),
        (lambda p: p.replace("{ keep = 5 }", "{ async = true }"), 1, "toy.fdl:13"),
    ],
)
def test_what_goes_wrong_is_said_in_one_message(
    here: Path, capfd: pytest.CaptureFixture[str], change: object, status: int, words: str
) -> None:
    (here / "toy.fdl").write_text(change(PROGRAM))  # type: ignore[operator]
    assert run() == status
    said = capfd.readouterr().err
    assert words in said and "Traceback" not in said


def test_files_that_cannot_be_read(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "absent.fdl"]) == 2
    (here / "bytes.fdl").write_bytes(b"\xff\xfe\x00")
    assert main(["check", "bytes.fdl"]) == 2
    assert main(["check", "/dev/null"]) == 2
    said = capfd.readouterr().err
    assert "absent.fdl" in said and "UTF-8" in said and "regular file" in said


def test_a_run_folder_of_another_program_is_refused(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run("--run-folder", "mine", "--set", "train.steps=1") == 0
    assert run("--run-folder", "mine", "--set", "train.seed=2") == 2
    assert "another program" in capfd.readouterr().err
    assert (here / "mine" / "checkpoints" / "step-1" / "manifest.json").exists()


@pytest.mark.slow
def test_a_folder_of_captions_without_clips_and_clips_without_captions(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run("--set", "train.steps=1") == 0
    (here / "empty").mkdir()
    text = PROGRAM.replace('shapes("data", count = 16)', 'folder("empty")')
    (here / "toy.fdl").write_text(text)
    assert run() == 2
    assert "no clips" in capfd.readouterr().err
    clip = next((here / "data").rglob("*.mp4"))
    (here / "empty" / "a.mp4").write_bytes(clip.read_bytes())
    assert run() == 2
    assert "a.mp4" in capfd.readouterr().err


PRODUCE = """
import mini

program latents {
  sizes { F = 2, H = 8, W = 8 }
  role teacher = mini(tiny(seed = 0)) { precision = f32 }
  data clips = shapes("data", count = 6) { prompt: str, video: pixels[b, 3, F, H, W] }
  graph encoded(batch) { return (teacher.clean(batch), teacher.cond(batch)) }
  produce latents = encoded(batch) to shards("out") { fields = [clean, text], count = 6, batch = 4 }
}
"""


def test_produced_latents_carry_a_manifest_and_are_kept(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (here / "toy.fdl").write_text(PRODUCE)
    assert run() == 0
    manifest = json.loads((here / "out" / "manifest.json").read_text())
    assert manifest["count"] == 6 and [s["samples"] for s in manifest["shards"]] == [6]
    assert manifest["fields"]["clean"]["space"]["name"] == "blocks"
    assert manifest["fields"]["text"]["parts"]["embeds"]["pad"] == "zero"
    rows = load_file(here / "out" / "shard-00000.safetensors")
    assert rows["clean"].shape == (6, 12, 2, 4, 4) and rows["text.embeds"].shape == (6, 40, 64)
    before = (here / "out" / "shard-00000.safetensors").stat().st_mtime_ns
    assert run("--fresh") == 0
    assert (here / "out" / "shard-00000.safetensors").stat().st_mtime_ns == before
    assert "complete and unchanged" in capfd.readouterr().err
    (here / "toy.fdl").write_text(PRODUCE.replace("count = 6, batch", "count = 5, batch"))
    assert run() == 2
    assert "another data set" in capfd.readouterr().err


@pytest.mark.slow
def test_nothing_trains_while_products_are_made(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    whole = LoadedComponent._run

    def watched(self: LoadedComponent, *given: Any) -> torch.Tensor:
        if not torch.is_grad_enabled() and self.name == "transformer":
            seen.append(self.module.training)
        return whole(self, *given)

    monkeypatch.setattr(LoadedComponent, "_run", watched)
    item = "graph made(batch) { return student.sample(batch, steps = 1) }\n"
    item += '  produce made = made(batch) to shards("out") { fields = [video], count = 2, batch = 2 }\n'
    head = [
        x
        for x in PROGRAM.splitlines(True)
        if not x.lstrip().startswith(("use", "optimize", "train {", "validate", "checkpoint"))
    ]
    (here / "toy.fdl").write_text(
        "".join(head).rstrip().removesuffix("}").replace("train = full, ", "") + f"  {item}}}\n"
    )
    assert run() == 0
    assert seen and not any(seen)


@pytest.mark.slow
def test_changed_data_is_told_before_a_run_goes_on(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (here / "toy.fdl").write_text(PROGRAM.replace('shapes("data", count = 16)', 'folder("mine")'))
    (here / "other.fdl").write_text(PROGRAM)
    assert main(["run", "other.fdl", "--set", "train.steps=1"]) == 0
    (here / "data").rename(here / "mine")
    assert run() == 0
    made = next(p for p in (here / "runs" / "toy").iterdir() if (p / "checkpoints" / "step-6").exists())
    (made / "finished.json").unlink()
    caption = next((here / "mine").rglob("*.txt"))
    caption.write_text("something else")
    assert run() == 1
    assert "are no longer what they were" in " ".join(capfd.readouterr().err.split())


def test_what_a_familys_python_raises_is_told_with_its_line(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    family = ROOT / "families" / "mini"
    (here / "mine.fdl").write_text((family / "mini.fdl").read_text())
    broken = (
        (family / "binding.py")
        .read_text()
        .replace("ids, mask = role", "raise RuntimeError('no ink')\n    ids, mask = role")
    )
    (here / "binding.py").write_text(broken)
    (here / "toy.fdl").write_text(PROGRAM.replace("import mini", 'import "./mine.fdl" as mini'))
    assert run() != 0
    assert "--allow-python" in capfd.readouterr().err
    assert run("--allow-python") == 1
    said = capfd.readouterr().err
    assert "no ink" in said and "mine.fdl:" in said and "Traceback" not in said


def test_two_samples_over_one_grid_both_take_their_steps(here: Path) -> None:
    text = PRODUCE.replace(
        "(teacher.clean(batch), teacher.cond(batch))",
        "(teacher.sample(batch, steps = 3), again.sample(batch, steps = 3))",
    )
    text = text.replace(
        "  data clips", "  role again = mini(tiny(seed = 0)) { precision = f32 }\n  data clips"
    )
    (here / "toy.fdl").write_text(text.replace("fields = [clean, text]", "fields = [one, two]"))
    assert run() == 0
    rows = load_file(here / "out" / "shard-00000.safetensors")
    # the same network from other noise: as far from noise, and from each other, as samples are
    assert rows["one"].std() == pytest.approx(float(rows["two"].std()), rel=0.15)
    noise = torch.randn(6, 12, 2, 4, 4) * 0.45 - 0.75
    assert abs(float(rows["two"].std()) - float(noise.std())) > 0.02
