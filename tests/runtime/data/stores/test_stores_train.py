"""Training on stores: whole runs from the command line, stopped and gone on with, and latents that are normalised once."""

from __future__ import annotations

import inspect
import io
import json
import shutil
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from fdc.compiler.cli.main import main
from fdc.compiler.driver.pipeline import check, compile
from fdc.compiler.runtime.base.media.clips_and_images import write_mp4

SOURCES = {
    "webdataset": 'webdataset("store/*.tar")',
    "parquet": 'parquet("store/*.parquet")',
    "hub": 'hub("store")',
}
PROGRAM = """
import mini
import finetune

program toy {
  sizes { F = 2, H = 8, W = 8 }
  role student = mini(tiny(seed = 0)) { train = full, precision = f32 }
  data clips = SOURCE { prompt: str, video: pixels[b, 3, F, H, W] }
  use finetune(student) { times = uniform(0, 1) }
  optimize student = adamw(lr = 1e-3)
  train { steps = 5, batch = 3, seed = 3, deterministic = true }
  checkpoint every 2 { keep = 5 }
}
"""
COUNT = 8


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    torch.set_num_threads(1)
    monkeypatch.chdir(tmp_path)
    for n in range(COUNT):
        frames = torch.randint(
            0, 255, (4, 8, 8, 3), generator=torch.Generator().manual_seed(n), dtype=torch.uint8
        )
        write_mp4(tmp_path / f"{n}.mp4", frames, lossless=True)
    return tmp_path


def write_store(kind: str, here: Path, numbers: Sequence[int]) -> None:
    store = here / "store"
    shutil.rmtree(store, ignore_errors=True)
    if kind == "webdataset":
        store.mkdir()
        for shard in range(2):
            with tarfile.open(store / f"{shard}.tar", "w") as tar:
                for n in numbers[shard::2]:
                    tar.add(here / f"{n}.mp4", f"{n}.mp4")
                    info = tarfile.TarInfo(f"{n}.txt")
                    info.size = 6
                    tar.addfile(info, io.BytesIO(f"clip {n}".encode()))
        return
    pyarrow = pytest.importorskip("pyarrow", reason="needs fdc[parquet]")
    rows = [{"prompt": f"clip {n}", "video": (here / f"{n}.mp4").read_bytes()} for n in numbers]
    table = pyarrow.Table.from_pylist(rows)
    if kind == "parquet":
        store.mkdir()
        pytest.importorskip("pyarrow.parquet").write_table(table, store / "a.parquet", row_group_size=2)
    else:
        datasets = pytest.importorskip("datasets", reason="needs fdc[hub]")
        datasets.Dataset(table).save_to_disk(str(store))


def run(kind: str, *args: str) -> int:
    Path("toy.fdl").write_text(PROGRAM.replace("SOURCE", SOURCES[kind]))
    return main(["run", "toy.fdl", *args])


def weights(made: Path) -> dict[str, Any]:
    return load_file(made / "checkpoints" / "step-5" / "student.weights.safetensors")


@pytest.mark.slow
@pytest.mark.parametrize("kind", SOURCES)
def test_a_run_that_stopped_in_mid_epoch_goes_on(
    kind: str, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_store(kind, here, range(COUNT))
    assert run(kind) == 0
    (made,) = (here / "runs" / "toy").iterdir()
    whole = weights(made)
    shutil.rmtree(made / "checkpoints" / "step-5")
    (made / "finished.json").unlink()
    assert run(kind) == 0
    resumed = weights(made)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    # what was used is no longer there, which is told
    shutil.rmtree(made / "checkpoints" / "step-5")
    (made / "finished.json").unlink()
    write_store(kind, here, range(1, COUNT))
    capfd.readouterr()
    assert run(kind) == 1
    assert "are no longer what they were" in " ".join(capfd.readouterr().err.split())


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["webdataset", "parquet"])
def test_a_store_that_grew_is_gone_on_with(kind: str, here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_store(kind, here, range(COUNT))
    assert run(kind) == 0
    (made,) = (here / "runs" / "toy").iterdir()
    whole = weights(made)
    shutil.rmtree(made / "checkpoints" / "step-5")
    (made / "finished.json").unlink()
    ending = {"webdataset": "tar", "parquet": "parquet"}[kind]
    name = {"webdataset": "0", "parquet": "a"}[kind]
    (here / "first").mkdir()
    for path in (here / "store").iterdir():
        path.rename(here / "first" / path.name)
    write_store(kind, here, [1, 2])
    (here / "store" / f"{name}.{ending}").rename(here / "first" / f"{name}b.{ending}")
    shutil.rmtree(here / "store")
    (here / "first").rename(here / "store")
    capfd.readouterr()
    assert run(kind) == 0
    said = " ".join(capfd.readouterr().err.split())
    assert "new, from the next epoch on" in said
    resumed = weights(made)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


LATENTS = """
import wan
import finetune

program cached {
  sizes { F = 5, H = 16, W = 16 }
  role student = wan.tiny(tiny(seed = 0)) { train = full, precision = f32 }
  data latents = SOURCE {
    x0: clean[student] { column = "vae_latent", normalized = NORMALIZED }
    text: student.text { column = "text_embedding" }
  }
  use finetune(student)
  optimize student = adamw(lr = 1e-5)
  train { steps = 1, batch = 2, seed = 0 }
}
"""


def test_latents_are_normalised_once(tmp_path: Path) -> None:
    """By torch, before a kernel: a kernel reads one number, and a codec has one for each channel."""
    texts = {}
    for normalized in ("true", "false"):
        file = tmp_path / f"{normalized}.fdl"
        file.write_text(LATENTS.replace("SOURCE", 'parquet("x")').replace("NORMALIZED", normalized))
        checked = check(file)
        assert not checked.diagnostics
        texts[normalized] = compile(checked.programs[0], "").text
    assert "latents_mean" not in texts["true"]
    assert 'x0 = (batch["x0"] - latents_mean) / latents_std' in texts["false"]
    assert texts["false"].count("- latents_mean") == 1 and "latents_mean_ptr" not in texts["false"]


@pytest.mark.slow
def test_raw_latents_train_as_normalised_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="needs fdc[parquet]")
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs fdc[parquet]")
    from diffusers import AutoencoderKLWan

    monkeypatch.chdir(tmp_path)
    given = inspect.signature(AutoencoderKLWan.__init__).parameters
    mean, std = (torch.tensor(given[n].default).view(-1, 1, 1, 1) for n in ("latents_mean", "latents_std"))
    raw = [torch.randn(16, 2, 2, 2, generator=torch.Generator().manual_seed(n)) for n in range(4)]
    losses = {}
    for normalized, latents in (("false", raw), ("true", [(z - mean) / std for z in raw])):
        columns: dict[str, Any] = {}
        for name, values in (("vae_latent", latents), ("text_embedding", [torch.ones(7, 32)] * 4)):
            columns[f"{name}_bytes"] = [v.contiguous().numpy().tobytes() for v in values]
            columns[f"{name}_shape"] = [list(v.shape) for v in values]
        parquet.write_table(pyarrow.table(columns), f"{normalized}.parquet")
        Path("p.fdl").write_text(
            LATENTS.replace("SOURCE", f'parquet("{normalized}.parquet")').replace("NORMALIZED", normalized)
        )
        status = main(["run", "p.fdl", "--runs", normalized])
        assert status == 0, capfd.readouterr().err
        (log,) = Path(normalized).glob("cached/*/events.jsonl")
        steps = [json.loads(line) for line in log.read_text().splitlines() if '"step"' in line]
        losses[normalized] = next(s["losses"] for s in steps if "losses" in s)
    assert losses["false"] == pytest.approx(losses["true"], rel=1e-5)
