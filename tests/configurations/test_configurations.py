"""Public training configurations as programs: each is right as it ships, and trains at a tiny size as `fdc run` does it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from unittest.mock import MagicMock

import pytest
import torch
from checkpoints import wan_checkpoint
from paths import CONFIGURATIONS

from fdc.compiler.cli.main import main
from fdc.compiler.driver.pipeline import check
from fdc.compiler.runtime.base.media.clips_and_images import write_mp4
from fdc.compiler.runtime.train import optimizers

PROGRAMS = {p.stem: p for p in sorted(CONFIGURATIONS.glob("*.fdl"))}
ELSEWHERE = {"adamw8bit": "adamw"}
"""An optimizer that needs a GPU, and what stands in for it."""
TINY = {"sizes.F": "9", "sizes.H": "32", "sizes.W": "32"}
PROMPTS = '["a red circle moving left"]'
ON_ONE = {"mesh.replicate": "1", "mesh.shard": "1"}
"""Several ranks are a warning of `fdc check`, and refused by `fdc run`."""

RUNS: dict[str, dict[str, str]] = {
    "fastvideo_dmd2_t2v": {
        **ON_ONE,
        "data.path": '"rows"',
        "use.ratio": "2",
        "train.steps": "2",
        "train.batch": "2",
        "checkpoint.every": "2",
        "validate.prompts": PROMPTS,
        "validate.every": "2",
    },
    "fastvideo_t2v": {
        **ON_ONE,
        "data.path": '"rows"',
        "train.steps": "1",
        "checkpoint.every": "1",
        "train.batch": "2",
        "validate.prompts": PROMPTS,
        "validate.sample": "student.sample(steps = 2, scale = 5.0)",
    },
    "fastvideo_t2v_lora": {"data.path": '"rows"', "train.steps": "1", "checkpoint.every": "1"},
    "diffusion_pipe_wan_14b": {
        "data.path": '"clips"',
        "data.buckets": "[sizes(H = 48), sizes(F = 1)]",
        "train.epochs": "1",
        "optimize.student.warmup": "0",
    },
    "diffsynth_wan_14b_lora": {"data.path": '"clips"', "train.epochs": "1", "checkpoint.every": "1"},
    "musubi_wan": {
        "data.folders": '[folder("clips", cut = first, fps = 16)]',
        "data.buckets": "[sizes(H = 48), sizes(F = 1)]",
        "train.epochs": "1",
        "checkpoint.every": "1",
    },
    "fastvideo_kd_t2v": {
        "kd.mesh.shard": "1",
        "kd.checkpoint.every": "2",
        "paths.data.path": '"rows"',
        "paths.produce.count": "2",
        "kd.train.steps": "2",
        "kd.train.batch": "2",
    },
}
"""What is another thing at a tiny size, beside the weights."""


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_is_right_as_it_ships(name: str) -> None:
    """The one warning is that several ranks do not run yet."""
    found = check(PROGRAMS[name])
    assert found.clean, found.diagnostics
    assert {d.code for d in found.diagnostics} <= {"not-run-yet"}
    assert all("`mesh`" in d.message for d in found.diagnostics)


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_tells_its_source(name: str) -> None:
    said = [line for line in PROGRAMS[name].read_text("utf-8").splitlines() if line.startswith("#")]
    assert "/" in said[0], "the project, as owner/name at a commit"
    assert any("Not here, or not the same" in line for line in said)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wan_checkpoint(tmp_path_factory.mktemp("wan") / "checkpoint")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    torch.set_num_threads(1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "wandb", MagicMock())
    build = optimizers.build
    monkeypatch.setattr(optimizers, "build", lambda kind, *rest: build(ELSEWHERE.get(kind, kind), *rest))
    return tmp_path


def rows(folder: Path) -> None:
    """Two rows in the columns that FastVideo's preprocessing writes: latents of 9 frames of 32 x 32, and a text's rows."""
    pyarrow = pytest.importorskip("pyarrow", reason="needs fdc[parquet]")
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs fdc[parquet]")
    draws = torch.Generator().manual_seed(0)

    def stored(name: str, *shape: int) -> Mapping[str, object]:
        made = torch.randn(shape, generator=draws).numpy()
        return {
            f"{name}_bytes": made.tobytes(),
            f"{name}_shape": list(shape),
            f"{name}_dtype": str(made.dtype),
        }

    folder.mkdir()
    written = [
        {"caption": f"clip {n}", **stored("vae_latent", 16, 3, 4, 4), **stored("text_embedding", 5 + n, 32)}
        for n in range(2)
    ]
    parquet.write_table(pyarrow.Table.from_pylist(written), folder / "data_chunk_0.parquet")


def clips(folder: Path) -> None:
    """Two clips of 12 frames, one lying and one standing, and an image."""
    for n, (height, width) in enumerate([(32, 48), (48, 32)]):
        clip = torch.full((12, height, width, 3), 40 * n, dtype=torch.uint8)
        write_mp4(folder / f"{n}.mp4", clip, 16, lossless=True)
        (folder / f"{n}.txt").write_text("grey")
    (folder / "metadata.csv").write_text("video,prompt\n0.mp4,grey\n1.mp4,dark grey\n")


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_it_runs_at_a_tiny_size(name: str, here: Path, weights: Path) -> None:
    rows(here / "rows")
    clips(here / "clips")
    programs = check(PROGRAMS[name]).programs
    sources = {f"{role}.source": f'wan.tiny("{weights}")' for p in programs for role in p.roles}
    changes = {**TINY, **sources, **RUNS[name]}
    given = [word for setting, value in changes.items() for word in ("--set", f"{setting}={value}")]
    assert main(["run", str(PROGRAMS[name]), *given]) == 0
    for p in programs:
        (run,) = (here / "runs" / p.name).iterdir()
        assert (run / "finished.json").exists()
        losses = [
            e["losses"]
            for line in (run / "events.jsonl").read_text().splitlines()
            if "losses" in (e := json.loads(line))
        ]
        assert bool(losses) == bool(p.updates)
        trained = {name for u in p.updates for name in u.roles}
        assert {f.name for f in (run / "export").glob("*")} == trained
