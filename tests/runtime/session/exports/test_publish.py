"""Exports that go to the hub: what is uploaded, the card, and what is told when nothing is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
import torch
from checkpoints import typed_role, wan_checkpoint

from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.records import Lock
from fdc.compiler.runtime.session.exports.export_role import export_role
from fdc.compiler.runtime.session.exports.model_card import Origin
from fdc.compiler.runtime.weights.load_roles import Registry, load_role
from fdc.compiler.runtime.weights.publish import publish

LOCK = Lock(
    program="abc",
    command="fdc run /home/me/p.fdl",
    python="3.11",
    versions={"torch": "2.13"},
    settings={"train": {"steps": 4}},
    hashes={"teacher.vae": "01"},
    source="/home/me/p.fdl",
)


class FakeApi:
    """Takes down what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = asked

    def create_repo(self, repo_id: str, **given: Any) -> str:
        self.asked.append(("create", {"repo_id": repo_id, **given}))
        return f"the address of {repo_id}"

    def upload_folder(self, **given: Any) -> None:
        files = sorted(
            p.relative_to(given["folder_path"]).as_posix() for p in given["folder_path"].rglob("*")
        )
        self.asked.append(("folder", {**given, "files": files}))

    def upload_file(self, **given: Any) -> None:
        self.asked.append(("file", given))


asked: list[tuple[str, dict[str, Any]]] = []


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """An adapter over a folder of this machine, with samples, on its way to the hub."""
    pytest.importorskip("peft")
    base = wan_checkpoint(tmp_path / "base")
    lora = {"kind": "lora", "rank": 2}
    role = load_role(
        typed_role(source=base, train=lora), Registry(), allow_python=False, device=torch.device("cpu")
    )
    run = tmp_path / "run"
    for step in (2, 10):
        (run / "samples" / f"step-{step}").mkdir(parents=True)
        (run / "samples" / f"step-{step}" / "sheet.png").write_bytes(bytes([step]))
    origin = Origin(run, "tune", "program tune { }", LOCK, {"H": 32}, "me/cats", frozenset({role.name}))
    return export_role(role, tmp_path / "out", origin=origin, metadata={"program": "tune", "step": 10})


def test_what_is_uploaded(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked.clear()
    monkeypatch.setattr(huggingface_hub, "HfApi", FakeApi)
    assert publish(exported, "me/cats", private=True, message="m") == "the address of me/cats"
    (_, made), (_, folder), (_, file) = asked
    assert made == {"repo_id": "me/cats", "private": True, "exist_ok": True}
    expected = ["README.md", "fdc.json", "program.fdl", "pytorch_lora_weights.safetensors", "samples"]
    assert folder["files"] == [*expected, "samples/sheet.png"] and folder["ignore_patterns"] == ["fdc.json"]
    said = json.loads(file["path_or_fileobj"])
    assert said["base"] == "base" and file["path_in_repo"] == "fdc.json"
    assert Path(json.loads((exported / "fdc.json").read_text())["base"]).is_absolute(), (
        "here it stays a source"
    )


def test_the_card_holds_program_lock_and_samples_and_no_place_of_this_machine(exported: Path) -> None:
    card = (exported / "README.md").read_text()
    assert card.startswith("---\nlibrary_name: diffusers\ntags:\n- fdc\n- lora\n---\n")
    assert 'load_lora_weights("me/cats")' in card and "program tune { }" in card and '"torch": "2.13"' in card
    assert "![samples](samples/sheet.png)" in card and "at step 10" in card
    assert (exported / "samples" / "sheet.png").read_bytes() == bytes([10])
    assert str(exported.parent) not in card and "/home/me" not in card


def test_samples_of_another_role_are_not_shown(exported: Path, tmp_path: Path) -> None:
    role = load_role(
        typed_role(source=tmp_path / "base", train="full"),
        Registry(),
        allow_python=False,
        device=torch.device("cpu"),
    )
    origin = Origin(tmp_path / "run", "tune", "", None, {}, sampled=frozenset({"another"}))
    out = export_role(role, tmp_path / "judge", origin=origin)
    assert not (out / "samples").exists() and "## Samples" not in (out / "README.md").read_text()


def test_a_base_of_the_hub_is_named(exported: Path, tmp_path: Path) -> None:
    role = load_role(
        typed_role(source=tmp_path / "base", train="full"),
        Registry(),
        allow_python=False,
        device=torch.device("cpu"),
    )
    role = replace(role, repository="owner/base")
    origin = Origin(tmp_path / "run", "tune", "", None, {})
    out = export_role(role, tmp_path / "whole", origin=origin)
    assert "base_model: owner/base" in (out / "README.md").read_text()


def test_what_is_told_when_nothing_is_uploaded(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Offline(FakeApi):
        def create_repo(self, repo_id: str, **given: Any) -> str:
            raise OSError("no connection")

    monkeypatch.setattr(huggingface_hub, "HfApi", Offline)
    with pytest.raises(RunError, match="no connection") as caught:
        publish(exported, "me/cats", private=False, message="m")
    assert "hf upload me/cats" in (caught.value.help or "")
    with pytest.raises(RunError, match="no name of a repository"):
        publish(exported, "cats", private=False, message="m")
