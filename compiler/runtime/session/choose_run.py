"""Which run a program goes on with, or that it begins one: by what it means, told where that is another than before."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...driver.meaning import Meaning
from ...driver.meaning_changes import Recorded, changes, launch_changes
from ..base import run_folder
from ..base.errors import RunError
from ..base.records import Lock
from ..base.run_folder import RunFolder
from ..train import checkpoints
from .run_request import RunRequest

UNRECORDED = "it was begun by an earlier fdc, which kept no record of what its program means"
SHOWN = 40
"""Changes that are told one by one."""


@dataclass(frozen=True)
class Chosen:
    """The folder in which a program runs, with what it means.

    `before` is how the run there was made, if there is one. `changes` are in what the program means another thing than that
    run's, which only `asked` (`--continue`) goes on with; `launch` are changes that keep it the same run.
    """

    folder: RunFolder
    meaning: Meaning
    before: Lock | None = None
    changes: tuple[str, ...] = ()
    launch: tuple[str, ...] = ()
    asked: bool = False

    @property
    def programs(self) -> frozenset[str]:
        """Those whose checkpoints the folder may hold."""
        return (
            self.before.programs | {self.folder.program} if self.before else frozenset({self.folder.program})
        )


def choose(r: RunRequest, meaning: Meaning) -> Chosen:
    """The run of equal meaning that was last begun, or a new one. Raises RunError for a folder or a run that was asked for
    and cannot be had."""
    options, identity = r.options, meaning.identity
    if options.continued is not None:
        return _continued(options.continued, r, meaning)
    if options.folder is not None:
        return _given(options.folder, r, meaning)
    runs = run_folder.runs_of(options.runs, r.program.name)
    same = next((run for run in runs if run.program == identity), None)
    if same is not None and not options.fresh:
        return _gone_on(same, meaning)
    if not options.fresh:
        _tell_of_another(r, runs, meaning)
    return Chosen(run_folder.new_folder(options.runs, r.program.name, identity, options.fresh), meaning)


def _recorded(lock: Lock) -> Recorded:
    return Recorded(lock.meaning, lock.launch, lock.words)


def _changes(lock: Lock, meaning: Meaning) -> tuple[str, ...]:
    if lock.program == meaning.identity:
        return ()
    renamed = [f"program: {lock.name} -> {meaning.name}"] if lock.name not in ("", meaning.name) else []
    return (*renamed, *(changes(_recorded(lock), meaning) if lock.meaning else [UNRECORDED]))


def _gone_on(folder: RunFolder, meaning: Meaning) -> Chosen:
    lock = folder.lock
    assert lock is not None
    libraries = run_folder.library_versions()
    versions = [
        f"{name}: {was or 'absent'} -> {libraries[name] or 'absent'}"
        for name, was in lock.versions.items()
        if name in libraries and was != libraries[name]
    ]
    launch = (*launch_changes(_recorded(lock), meaning), *versions) if lock.meaning else tuple(versions)
    return Chosen(folder, meaning, lock, launch=launch)


def _given(path: Path, r: RunRequest, meaning: Meaning) -> Chosen:
    folder = run_folder.given_folder(path, meaning.identity)
    lock = folder.lock
    if lock is None:
        return Chosen(folder, meaning)
    if lock.program == meaning.identity:
        return _gone_on(folder, meaning)
    raise RunError(
        "bad-setting",
        f"{path} holds a run of another program",
        help=f"`{_command(r, path)}` goes on from its last checkpoint with what changed; otherwise name another folder",
        exit_status=2,
        facts=_few(_changes(lock, meaning)),
    )


def _continued(path: Path, r: RunRequest, meaning: Meaning) -> Chosen:
    lock = RunFolder(path, "").lock
    if lock is None:
        raise RunError(
            "missing-file",
            f"{path} is no folder of a run: it has no lock.json that can be read",
            help="a run says in which folder it is; `--continue` takes that",
            exit_status=2,
        )
    folder = RunFolder(path, meaning.identity)
    if not checkpoints.complete(folder.checkpoints):
        raise RunError(
            "missing-file",
            f"{path} has no complete checkpoint to go on from",
            help="the same command without `--continue` begins anew",
            exit_status=2,
        )
    chosen = _gone_on(folder, meaning)
    return Chosen(folder, meaning, lock, _changes(lock, meaning), chosen.launch, asked=True)


def _tell_of_another(r: RunRequest, runs: Sequence[RunFolder], meaning: Meaning) -> None:
    """Of the runs of this name that got somewhere, the one that differs least is told with all that differs."""
    found = []
    for run in runs:
        lock, saved = run.lock, checkpoints.complete(run.checkpoints)
        if lock is not None and (saved or run.finished() is not None):
            found.append((run, _changes(lock, meaning), saved))
    if not found:
        return
    run, differing, saved = min(found, key=lambda f: len(f[1]))
    at = f" (at step {saved[0].name.removeprefix('step-')})" if saved else ""
    r.say(f"is another program than that of the run in {run.path}{at}:")
    for line in _few(differing):
        r.say(f"  {line}")
    if saved:
        r.say(f"so it begins anew; `{_command(r, run.path)}` goes on from there with what changed")
    else:
        r.say("so it begins anew")


def _few(lines: Sequence[str]) -> tuple[str, ...]:
    left = len(lines) - SHOWN
    return (*lines[:SHOWN], f"and {left} more") if left > 0 else tuple(lines)


def _command(r: RunRequest, run: Path) -> str:
    program = ["--program", r.program.name] if len(r.checked.programs) > 1 else []
    return f"{r.options.command} {shlex.join([*program, '--continue', str(run)])}"
