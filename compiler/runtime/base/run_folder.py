"""A run's folder: found again by the program's hash, locked while in use, with what tells how it was made."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .errors import RunError

LIBRARIES = ("fdc", "torch", "triton", "diffusers", "transformers", "safetensors", "numpy", "av")

HELD = ".held"
"""Locked while a process runs in the folder; the first thing written there."""


@dataclass(frozen=True)
class RunFolder:
    """`runs/<program>/<id>/`"""

    path: Path
    program: str  # the hash of the program's text

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def samples(self) -> Path:
        return self.path / "samples"

    @property
    def export(self) -> Path:
        return self.path / "export"

    def finished(self) -> dict[str, Any] | None:
        """What the run ended with, if it is done."""
        found = _read_json(self.path / "finished.json")
        return found if found.get("program") == self.program else None

    def finish(self, summary: Mapping[str, Any]) -> None:
        write_text(self.path / "finished.json", json.dumps({"program": self.program, **summary}, indent=1))


def _read_json(path: Path) -> dict[str, Any]:
    """A mapping; empty if there is none that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def program_hash(*texts: str) -> str:
    """Of a program's text and everything that it imports."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(hashlib.sha256(text.encode()).digest())
    return digest.hexdigest()


def open_folder(runs: Path, name: str, program: str, given: Path | None, fresh: bool) -> RunFolder:
    """The folder in which this program runs: the one it ran in before, or a new one.

    Raises `RunError` if a given folder belongs to another program or cannot be made.
    """
    path = given if given is not None else runs / name / program[:12]
    if given is None and fresh:
        n = 2
        while path.exists():
            path = runs / name / f"{program[:12]}-{n}"
            n += 1
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise RunError(
            "missing-file", f"the run folder {path} cannot be made: {e.strerror or e}", exit_status=2
        ) from None
    if _read_json(path / "lock.json").get("program") not in (None, program):
        raise RunError(
            "bad-setting",
            f"{path} holds a run of another program",
            help="use another folder; the program that made this one is program.fdl in it",
            exit_status=2,
        )
    known = any((path / name).exists() for name in ("lock.json", HELD))
    if given is not None and not known and any(path.iterdir()):
        raise RunError(
            "bad-setting",
            f"{path} is not empty and holds no run",
            help="name a new or empty folder",
            exit_status=2,
        )
    return RunFolder(path, program)


@contextmanager
def held(folder: RunFolder) -> Iterator[None]:
    """Keeps other processes out of the folder. Raises `RunError` if one is in."""
    with open(folder.path / HELD, "a+") as f:
        try:
            fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise RunError(
                "bad-setting",
                f"another process is running in {folder.path}",
                help="wait for it, stop it, or use --run-folder",
                exit_status=2,
            ) from None
        yield


def describe(
    folder: RunFolder,
    source: str,
    plan: str,
    command: str,
    settings: Mapping[str, Any],
    hashes: Mapping[str, str],
    about: Mapping[str, Any] | None = None,
) -> None:
    """Writes program.fdl, plan.py and lock.json; `about` stands in the latter, too."""
    write_text(folder.path / "program.fdl", source)
    write_text(folder.path / "plan.py", plan)
    lock = {
        "program": folder.program,
        "command": command,
        "python": platform.python_version(),
        "versions": {name: library_version(name) for name in LIBRARIES},
        "settings": settings,
        "hashes": hashes,
        **(about or {}),
    }
    write_text(folder.path / "lock.json", json.dumps(lock, indent=1, sort_keys=True, default=str))


def library_version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def write_text(path: Path, text: str) -> None:
    """Written aside and renamed."""
    aside = path.with_name(f".{path.name}.writing")
    aside.write_text(text, encoding="utf-8")
    os.replace(aside, path)
