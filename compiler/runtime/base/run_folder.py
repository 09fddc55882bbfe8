"""A run's folder: found again by what its program means, locked while in use, with what tells how it was made."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .errors import RunError
from .records import Finished, Lock, record_or_none

LIBRARIES = ("fdc", "torch", "triton", "diffusers", "transformers", "safetensors", "numpy", "av")

HELD = ".held"
"""Locked while a process runs in the folder; the first thing written there."""


@dataclass(frozen=True)
class RunFolder:
    """`runs/<program>/<id>/`"""

    path: Path
    program: str
    """The hash of what the program means that runs in it."""

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


def runs_of(runs: Path, name: str) -> list[RunFolder]:
    """The runs of programs of this name that can be read, the last one first."""
    found: list[tuple[int, RunFolder]] = []
    for path in (runs / name).glob("*/lock.json"):
        folder = path.parent
        lock = record_or_none(Lock, path)
        if lock is not None:
            found.append((path.stat().st_mtime_ns, RunFolder(folder, lock.program)))
    return [folder for _, folder in sorted(found, key=lambda run: (run[0], run[1].path.name), reverse=True)]


def new_folder(runs: Path, name: str, program: str, fresh: bool = False) -> RunFolder:
    """A folder for a run that begins, beside the others. One that a run left before it was described is taken again, but for
    `fresh`. Raises `RunError` if it cannot be made."""
    path, n = runs / name / program[:12], 2
    while path.exists() and (fresh or (path / "lock.json").exists()):
        path, n = runs / name / f"{program[:12]}-{n}", n + 1
    return RunFolder(_made(path), program)


def given_folder(path: Path, program: str) -> RunFolder:
    """A folder that was chosen for a run. Raises `RunError` if it cannot be made, or holds something else than a run."""
    folder = RunFolder(_made(path), program)
    known = any((path / name).exists() for name in ("lock.json", HELD))
    if not known and any(path.iterdir()):
        raise RunError(
            "bad-setting",
            f"{path} is not empty and holds no run",
            help="name a new or empty folder",
            exit_status=2,
        )
    return folder


def _made(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise RunError(
            "missing-file", f"the run folder {path} cannot be made: {e.strerror or e}", exit_status=2
        ) from None
    return path


def gone(folder: Path) -> RunError:
    """What there is to say where a run finds its folder no more."""
    return RunError(
        "missing-file",
        f"the run folder {folder} is gone: something removed it while the run was in it",
        help="its checkpoints went with it; the same command begins anew",
    )


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


@contextmanager
def kept_where_refused(folder: RunFolder) -> Iterator[None]:
    """Puts back the modules of the run that is here where one that goes on with it ends before it is described."""
    lock = folder.path / "lock.json"
    if not lock.exists():
        yield
        return
    modules = {path: path.read_bytes() for path in folder.path.glob("plan*.py")}
    before = lock.stat()
    try:
        yield
    except BaseException:
        now = lock.stat() if lock.exists() else None
        if now is not None and (now.st_ino, now.st_mtime_ns) == (before.st_ino, before.st_mtime_ns):
            for path in folder.path.glob("plan*.py"):
                if path not in modules:
                    path.unlink()
            for path, text in modules.items():
                path.write_bytes(text)
        raise


def describe(folder: RunFolder, source: str, plan: str, page: str, lock: Lock) -> None:
    """Writes program.fdl, plan.py, graph.html and lock.json."""
    write_text(folder.path / "program.fdl", source)
    write_text(folder.path / "plan.py", plan)
    write_text(folder.path / "graph.html", page)
    write_text(folder.path / "lock.json", lock.text(sort_keys=True))


def library_versions() -> dict[str, str | None]:
    return {library: library_version(library) for library in LIBRARIES}


def library_version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def write_text(path: Path, text: str) -> None:
    """Written aside and renamed."""
    aside = path.with_name(f".{path.name}.writing")
    try:
        aside.write_text(text, encoding="utf-8")
        os.replace(aside, path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
