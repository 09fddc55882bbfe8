"""A run's folder: found again by the program's hash, locked while in use, with what tells how it was made."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .errors import RunError
from .records import Finished, Lock, PlanRecord, record_or_none

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

    @property
    def lock(self) -> Lock | None:
        """How the run in the folder was made, if there is one and its file can be read."""
        return record_or_none(Lock, self.path / "lock.json")

    def finished(self) -> Finished | None:
        """What the run ended with, if it is done."""
        found = record_or_none(Finished, self.path / "finished.json")
        return found if found is not None and found.program == self.program else None

    def finish(self, summary: Finished) -> None:
        write_text(self.path / "finished.json", summary.text())


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
    folder = RunFolder(path, program)
    if folder.lock is not None and folder.lock.program != program:
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
    return folder


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
    *,
    name: str = "",
    origin: str = "",
    module: PlanRecord | None = None,
) -> None:
    """Writes program.fdl, plan.py and lock.json. `settings` are JSON, `name` and `origin` the program's name and file."""
    write_text(folder.path / "program.fdl", source)
    write_text(folder.path / "plan.py", plan)
    lock = Lock(
        program=folder.program,
        command=command,
        python=platform.python_version(),
        versions={library: library_version(library) for library in LIBRARIES},
        settings=settings,
        hashes=hashes,
        name=name,
        source=origin,
        plan=module,
    )
    write_text(folder.path / "lock.json", lock.text(sort_keys=True))


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
