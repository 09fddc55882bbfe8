"""Fields that a module does not read are not decoded."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from fdc.compiler.cli.main import main
from fdc.compiler.driver.pipeline import check, compile
from fdc.compiler.runtime.base.media.clips_and_images import write_mp4
from fdc.compiler.runtime.base.settings import FolderOptions
from fdc.compiler.runtime.data.folders.cuts import cut_memory, frame_cuts
from fdc.compiler.runtime.data.folders.file_fields import FileField, Pixels
from fdc.compiler.runtime.data.open_data import open_files
from fdc.compiler.runtime.session.plans.fields_read import Encoding, field_uses

FIELDS = ("prompt", "video", "pose")


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ('return batch["prompt"]', {"prompt"}),
        ('return run.cached(run.a, "enc", batch, ("video",), lambda rows: f(run, rows["video"]))', {"video"}),
        (
            'return run.cached(run.a, "enc", {**batch, "x": []}, ("x",), lambda rows: f(run, rows["x"]))',
            set(),
        ),
        ('return other(run, batch), batch["pose.key"]', {"pose"}),
        ("return foreign(batch)", set(FIELDS)),
        ("return batch", set(FIELDS)),
        ("for name in batch: return batch[name]", set(FIELDS)),
        ('"""Reads the video."""\n    return run.batch_size', set()),
    ],
)
def test_what_a_module_reads(body: str, read: set[str]) -> None:
    text = f"def loss(run, batch):\n    {body}\n\n\ndef other(run, batch):\n    return None\n"
    assert field_uses(text, FIELDS).read == read


def test_what_nothing_but_an_encoder_reads() -> None:
    text = """
def clean(run, batch):
    return run.cached(run.a, "see", batch, ("video", "pose"), lambda rows: f(run, rows["video"], rows["pose"]))

def cond(run, batch):
    return run.cached(run.b, "say", {**batch, "pose": []}, ("prompt", "pose"), lambda rows: f(run, rows["prompt"]))

def loss(run, batch):
    return batch["pose"], clean(run, batch), cond(run, batch)
"""
    uses = field_uses(text, (*FIELDS, "other"))
    assert (uses.read, uses.only_encoded) == ({"prompt", "video", "pose"}, {"prompt", "video"})
    assert uses.encoded == {
        "video": (Encoding("a", "see", 0, 2),),
        "pose": (Encoding("a", "see", 1, 2),),
        "prompt": (Encoding("b", "say", 0, 2),),
    }
    assert field_uses(text + "\n\ndef more(batch): return outside(batch)", FIELDS).only_encoded == set()


@pytest.mark.parametrize(("name", "read"), [("wan_dmd2", {"prompt"}), ("wan_finetune", {"prompt", "video"})])
def test_shipped_programs(name: str, read: set[str]) -> None:
    """The one trains on texts, with latents that it draws; the other on clips."""
    (program,) = check(Path(__file__).parents[3] / "programs" / f"{name}.fdl").programs
    assert program.data is not None
    assert field_uses(compile(program, "").text, program.data.fields).read == read


def test_what_is_not_read_is_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[str] = []

    def counted(path: Path, *given: object) -> object:
        decoded.append(path.name)
        return read_pixels(path, *given)  # type: ignore[arg-type]

    read_pixels = frame_cuts.read_pixels
    monkeypatch.setattr(frame_cuts, "read_pixels", counted)
    for name in ("a", "b"):
        write_mp4(tmp_path / f"{name}.mp4", torch.zeros(3, 8, 12, 3, dtype=torch.uint8))
        (tmp_path / f"{name}.txt").write_text(name)
    (tmp_path / "b.mp4").write_bytes(b"nothing that can be decoded")
    fields: dict[str, FileField] = {"prompt": "str", "video": Pixels(3, 8, 12)}
    options = FolderOptions(path=str(tmp_path), may_fail=0.5)
    texts = open_files(options, fields, 0, None, print, read={"prompt"})
    samples = [texts.sample(p) for p in range(4)]
    assert decoded == []
    assert sorted(str(s.fields["prompt"]) for s in samples) == ["a", "a", "b", "b"]
    assert {tuple(s.fields) for s in samples} == {("prompt",)}
    whole = open_files(options, fields, 0, None, print)
    assert [whole.sample(p).source for p in range(2)] == ["a.mp4", "a.mp4"]
    assert set(decoded) == {"a.mp4", "b.mp4"}
    assert texts.fingerprint() == whole.fingerprint()


PROGRAM = """\
import mini
import finetune

program p {
  sizes { F = 2, H = 16, W = 16 }
  role student = mini(tiny(seed = 0)) { train = full, precision = f32 }
  data clips = folder("data") { prompt: str, video: pixels[b, 3, F, H, W] }
  use finetune(student)
  optimize student = adamw(lr = 1e-4)
  train { steps = 9, batch = 2 }
}
"""


@pytest.mark.slow
def test_clips_of_which_latents_are_kept_are_not_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three epochs decode each clip once, but for those that are read ahead before their latents are kept; a second run
    decodes none; what both train is the same to the last bit."""
    decoded: list[str] = []
    ahead = 5  # a batch of two, and of the one behind it less than there are threads, four at most

    def counted(path: Path, *given: object) -> object:
        decoded.append(path.name)
        return read_pixels(path, *given)  # type: ignore[arg-type]

    read_pixels = frame_cuts.read_pixels
    monkeypatch.setattr(frame_cuts, "read_pixels", counted)
    monkeypatch.setattr(cut_memory, "_MEMORY", 0)
    monkeypatch.chdir(tmp_path)
    for n in range(6):
        clip = torch.randint(0, 255, (2, 16, 16, 3), dtype=torch.uint8)
        write_mp4(tmp_path / "data" / f"{n}.mp4", clip)
        (tmp_path / "data" / f"{n}.txt").write_text(str(n))
    (tmp_path / "p.fdl").write_text(PROGRAM)
    weights = []
    for expected in (6, 0):
        assert main(["run", "p.fdl", "--device", "cpu", "--fresh"]) == 0
        assert len(set(decoded)) == expected
        assert len(decoded) <= expected + (ahead if expected else 0)
        decoded.clear()
        made = max((tmp_path / "runs" / "p").iterdir(), key=lambda path: path.stat().st_mtime_ns)
        weights.append(load_file(made / "checkpoints" / "step-9" / "student.weights.safetensors"))
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    for entry in (tmp_path / "runs" / "cache").rglob("*.safetensors"):
        entry.write_bytes(b"damaged")
    assert main(["run", "p.fdl", "--device", "cpu", "--fresh"]) == 0
    assert len(set(decoded)) == 6, "late rows are read where what was kept is of no use"


@pytest.mark.slow
def test_held_out_clips_are_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[str] = []

    def counted(path: Path, *given: object) -> object:
        decoded.append(f"{path.parent.name}/{path.name}")
        return read_pixels(path, *given)  # type: ignore[arg-type]

    read_pixels = frame_cuts.read_pixels
    monkeypatch.setattr(frame_cuts, "read_pixels", counted)
    monkeypatch.setattr(cut_memory, "_MEMORY", 0)
    monkeypatch.chdir(tmp_path)
    for folder in ("data", "held"):
        for n in range(4):
            clip = torch.randint(0, 255, (2, 16, 16, 3), dtype=torch.uint8)
            write_mp4(tmp_path / folder / f"{n}.mp4", clip)
            (tmp_path / folder / f"{n}.txt").write_text(str(n))
    held = 'validate every 1 { loss = flow, data = folder("held"), batch = 2, count = 4 }'
    program = PROGRAM.replace("steps = 9, batch = 2 }", f"steps = 3, batch = 2 }}\n  {held}")
    (tmp_path / "p.fdl").write_text(program)
    assert main(["run", "p.fdl", "--device", "cpu"]) == 0
    assert sorted(name for name in decoded if "held" in name) == [f"held/{n}.mp4" for n in range(4)]
