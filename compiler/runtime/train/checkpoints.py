"""Checkpoints that are whole or not there: written aside, synced, hashed, then renamed.

A checkpoint is a folder `step-N` of safetensors files and one `state.json`; `manifest.json`, written last,
names every file with its hash. No format here runs code when it is read.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from ..base.errors import RunError
from ..base.records import CheckpointManifest, read_record
from ..base.run_folder import gone

MANIFEST = "manifest.json"
FORMAT = 1


@dataclass(frozen=True)
class Snapshot:
    """What a checkpoint holds: groups of named tensors (one file each), and plain values."""

    step: int
    tensors: Mapping[str, Mapping[str, Tensor]]
    values: Mapping[str, Any]
    program: str = ""
    """Whose it is, where it was read."""


def save(folder: Path, snapshot: Snapshot, program: str, keep: int) -> Path:
    """Writes `folder/step-N` and removes all but the newest `keep` complete ones, and what no manifest completes.

    `program` is the program's hash. Raises `RunError` if the disk does not take it; nothing saved before
    is lost then.
    """
    if not folder.parent.is_dir():
        raise gone(folder.parent)
    final = folder / f"step-{snapshot.step}"
    aside = folder / f".step-{snapshot.step}.writing"
    try:
        folder.mkdir(exist_ok=True)
        for leftover in folder.glob(".step-*"):
            shutil.rmtree(leftover)
        aside.mkdir()
        for name, group in snapshot.tensors.items():
            save_file(
                {k: v.detach().cpu().contiguous() for k, v in group.items()}, aside / f"{name}.safetensors"
            )
        (aside / "state.json").write_text(json.dumps(dict(snapshot.values), indent=1, sort_keys=True))
        files = {p.name: _digest(p) for p in sorted(aside.iterdir())}
        manifest = CheckpointManifest(format=FORMAT, step=snapshot.step, program=program, files=files)
        for path in aside.iterdir():
            _sync(path)
        (aside / MANIFEST).write_text(manifest.text())
        _sync(aside / MANIFEST)
        _sync(aside)
        _remove(final)
        aside.rename(final)
        _sync(folder)
    except (OSError, SafetensorError) as e:
        shutil.rmtree(aside, ignore_errors=True)
        raise RunError(
            "missing-file",
            f"the checkpoint of step {snapshot.step} cannot be written: {getattr(e, 'strerror', None) or e}",
            help="checkpoints written before are whole; free some space and run the same command to go on",
            facts=(f"folder: {folder}",),
            exit_status=1,
        ) from e
    for old in [*complete(folder)[keep:], *unfinished(folder)]:
        _remove(old)
    return final


def _remove(checkpoint: Path) -> None:
    """Renamed first, so that a checkpoint is never seen with part of its files."""
    if checkpoint.exists():
        going = checkpoint.with_name(f".{checkpoint.name}.going")
        checkpoint.rename(going)
        shutil.rmtree(going, ignore_errors=True)


def complete(folder: Path) -> list[Path]:
    """Checkpoints with a manifest, newest first."""
    found = [p for p in folder.glob("step-*") if (p / MANIFEST).is_file() and p.name[5:].isdigit()]
    return sorted(found, key=lambda p: int(p.name[5:]), reverse=True)


def unfinished(folder: Path) -> list[Path]:
    """Folders of checkpoints that no manifest completes."""
    return sorted(p for p in folder.glob("step-*") if p.name[5:].isdigit() and not (p / MANIFEST).exists())


def newest(folder: Path, programs: Collection[str]) -> tuple[Snapshot | None, list[str]]:
    """The newest checkpoint that is whole, and what was passed over on the way, in words.

    Raises `RunError` if a checkpoint is of none of these programs, or if there are some and none is whole: a run
    never starts again from nothing unasked.
    """
    passed: list[str] = []
    told = [
        f"{p.name} has no manifest and is no checkpoint; the next one removes it" for p in unfinished(folder)
    ]
    for path in complete(folder):
        try:
            return load(path, programs), [*told, *passed]
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as e:
            passed.append(f"checkpoint {path.name} is damaged ({e}) and was passed over")
    if passed:
        raise RunError(
            "missing-file",
            f"no checkpoint in {folder} is whole",
            help="give back the files that changed, or remove the run's folder to start again",
            facts=tuple(passed),
        )
    return None, told


def load(path: Path, programs: Collection[str]) -> Snapshot:
    """Reads a checkpoint after comparing every file with its hash. Raises ValueError for a damaged one."""
    manifest = read_record(CheckpointManifest, path / MANIFEST)
    if manifest.format != FORMAT:
        raise ValueError(f"format {manifest.format} is not {FORMAT}")
    if manifest.program not in programs:
        raise RunError(
            "bad-setting",
            f"{path} belongs to another program",
            help="use another run folder, or the program that made this one (program.fdl in it)",
            exit_status=2,
        )
    tensors = {}
    for name, digest in manifest.files.items():
        if _digest(path / name) != digest:
            raise ValueError(f"{name} has changed")
        if name.endswith(".safetensors"):
            tensors[name.removesuffix(".safetensors")] = load_file(path / name)
    return Snapshot(manifest.step, tensors, _values(path / "state.json"), manifest.program)


def _values(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except RecursionError:
        raise ValueError(f"{path.name} is nested too deeply") from None


def compare(expected: set[str], found: set[str], what: str) -> None:
    """Raises `RunError` naming what a checkpoint lacks or holds beyond what the program has."""
    for names, words in ((expected - found, "lacks"), (found - expected, "also holds")):
        if names:
            raise RunError(
                "config-mismatch",
                f"the checkpoint's {what}: it {words} {some(sorted(names))}",
                help="it was written by another program or another version; start again in a new folder",
            )


def restore(into: Mapping[str, Tensor], saved: Mapping[str, Tensor], what: str) -> None:
    """Copies tensors by name. Raises `RunError` on missing, extra, differently shaped or typed ones."""
    compare(set(into), set(saved), what)
    for name, tensor in into.items():
        if tensor.shape != saved[name].shape or tensor.dtype != saved[name].dtype:
            raise RunError(
                "config-mismatch",
                f"the checkpoint's {what}: {name} is {_kind(saved[name])} there and {_kind(tensor)} here",
            )
    with torch.no_grad():
        for name, tensor in into.items():
            tensor.copy_(saved[name])


def _kind(tensor: Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')}{list(tensor.shape)}"


def some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _digest(path: Path) -> str:
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
