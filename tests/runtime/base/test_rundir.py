"""A run's folder: found among those of its name, one process at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.records import Finished, Lock
from fdc.compiler.runtime.base.run_folder import (
    RunFolder,
    describe,
    given_folder,
    held,
    library_versions,
    new_folder,
    runs_of,
)


def described(folder: RunFolder) -> RunFolder:
    lock = Lock(
        program=folder.program,
        command="fdc run a.fdl",
        python="3",
        versions=library_versions(),
        settings={"train": {"steps": 3}},
        hashes={"data": "h"},
    )
    describe(folder, "program a { }", "plan", "page", lock)
    return folder


def test_a_run_that_was_never_described_gives_its_folder_to_the_next_and_others_keep_theirs(
    tmp_path: Path,
) -> None:
    first = new_folder(tmp_path, "a", "p")
    assert first.path.parent == tmp_path / "a"
    assert new_folder(tmp_path, "a", "p").path == first.path
    assert new_folder(tmp_path, "a", "p", fresh=True).path != first.path
    described(first)
    assert new_folder(tmp_path, "a", "p").path != first.path
    assert new_folder(tmp_path, "a", "q").path != first.path


def test_runs_of_a_name_are_found_the_last_one_first(tmp_path: Path) -> None:
    assert runs_of(tmp_path, "a") == []
    made = [described(new_folder(tmp_path, "a", p)) for p in ("p", "q", "r")]
    for run, at in zip(made, (3, 1, 2)):
        os.utime(run.path / "lock.json", (at, at))
    assert runs_of(tmp_path, "a") == [made[0], made[2], made[1]]
    (made[0].path / "lock.json").write_text("{")
    assert runs_of(tmp_path, "a") == [made[2], made[1]]


def test_the_folder_tells_how_the_run_was_made(tmp_path: Path) -> None:
    folder = described(new_folder(tmp_path, "a", "p"))
    assert (folder.path / "program.fdl").read_text() == "program a { }"
    assert (folder.path / "plan.py").read_text() == "plan"
    lock = json.loads((folder.path / "lock.json").read_text())
    assert lock["program"] == "p" and lock["settings"] == {"train": {"steps": 3}}
    assert (
        lock["versions"]["torch"] and lock["hashes"] == {"data": "h"} and lock["command"] == "fdc run a.fdl"
    )


def test_a_folder_with_other_things_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("…")
    with pytest.raises(RunError) as caught:
        given_folder(tmp_path, "p")
    assert caught.value.exit_status == 2


def test_a_given_folder_whose_run_died_before_it_was_described_can_be_used_again(tmp_path: Path) -> None:
    folder = given_folder(tmp_path / "mine", "p")
    with held(folder):
        (folder.path / "plan.py").write_text("plan")
    assert given_folder(tmp_path / "mine", "p").path == folder.path


def test_a_folder_that_cannot_be_made_is_a_diagnostic(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError) as caught:
        new_folder(tmp_path / "file" / "runs", "a", "p")
    assert caught.value.exit_status == 2


def test_a_finished_run_is_known_as_such_only_to_its_program(tmp_path: Path) -> None:
    folder = described(new_folder(tmp_path, "a", "p"))
    assert folder.finished() is None
    folder.finish(Finished(program=folder.program, steps=3))
    found = folder.finished()
    assert found is not None and found.steps == 3
    assert RunFolder(folder.path, "another").finished() is None
    for text in ("", "[]", '{"prog'):
        (folder.path / "finished.json").write_text(text)
        assert folder.finished() is None


HOLDING = """
import sys
from pathlib import Path
from fdc.compiler.runtime.base.run_folder import RunFolder, held
with held(RunFolder(Path(sys.argv[1]), "p")):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_processes_do_not_share_a_folder_and_a_dead_one_holds_nothing(tmp_path: Path) -> None:
    folder = described(new_folder(tmp_path, "a", "p"))
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(folder.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None and other.stdout.readline() == "held\n"
    with pytest.raises(RunError) as caught, held(folder):
        pass
    assert caught.value.exit_status == 2 and "another process" in caught.value.message
    other.kill()
    other.communicate()
    with held(folder):
        pass
