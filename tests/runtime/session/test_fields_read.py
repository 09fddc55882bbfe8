"""Fields that a module does not read are not decoded."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from fdc.compiler.driver.pipeline import check, compile
from fdc.compiler.runtime.base.media import write_mp4
from fdc.compiler.runtime.base.settings import FolderOptions
from fdc.compiler.runtime.data.folders.cuts import frame_cuts
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
