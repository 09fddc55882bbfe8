"""A run's folder: found again by the program's hash, another program's refused, one process at a time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from fdc.compiler.runtime.base.errors import RunError
from fdc.compiler.runtime.base.records import Finished
from fdc.compiler.runtime.base.run_folder import RunFolder, describe, held, open_folder, program_hash


def opened(
    runs: Path, source: str = "program a { }", given: Path | None = None, fresh: bool = False
) -> RunFolder:
    folder = open_folder(runs, "a", program_hash(source), given, fresh)
    describe(folder, source, "plan", "fdc run a.fdl", {"train": {"steps": 3}}, {"data": "h"})
    return folder


def test_the_same_program_finds_its_folder_and_a_changed_one_gets_another(tmp_path: Path) -> None:
    first = opened(tmp_path)
    assert first.path.parent == tmp_path / "a"
    assert opened(tmp_path).path == first.path
    assert opened(tmp_path, "program a { sizes { } }").path != first.path
    assert opened(tmp_path, fresh=True).path not in (first.path, None)


def test_texts_are_told_apart_from_their_concatenation() -> None:
    assert program_hash("ab", "c") != program_hash("a", "bc") != program_hash("abc")


def test_the_folder_tells_how_the_run_was_made(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    assert (folder.path / "program.fdl").read_text() == "program a { }"
    assert (folder.path / "plan.py").read_text() == "plan"
    lock = json.loads((folder.path / "lock.json").read_text())
    assert lock["program"] == program_hash("program a { }") and lock["settings"] == {"train": {"steps": 3}}
    assert (
        lock["versions"]["torch"] and lock["hashes"] == {"data": "h"} and lock["command"] == "fdc run a.fdl"
    )


def test_a_folder_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    folder = opened(tmp_path, given=tmp_path / "mine")
    before = {p.name: p.read_bytes() for p in folder.path.iterdir()}
    with pytest.raises(RunError) as caught:
        opened(tmp_path, "program a { other }", given=tmp_path / "mine")
    assert caught.value.exit_status == 2 and "another program" in caught.value.message
    assert {p.name: p.read_bytes() for p in folder.path.iterdir()} == before


def test_a_folder_with_other_things_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("…")
    with pytest.raises(RunError) as caught:
        opened(tmp_path / "runs", given=tmp_path)
    assert caught.value.exit_status == 2


def test_a_given_folder_whose_run_died_before_it_was_described_can_be_used_again(tmp_path: Path) -> None:
    folder = open_folder(tmp_path, "a", program_hash("x"), tmp_path / "mine", False)
    with held(folder):
        (folder.path / "plan.py").write_text("plan")
    assert open_folder(tmp_path, "a", program_hash("x"), tmp_path / "mine", False).path == folder.path


def test_a_folder_that_cannot_be_made_is_a_diagnostic(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError) as caught:
        opened(tmp_path / "file" / "runs")
    assert caught.value.exit_status == 2


def test_a_finished_run_is_known_as_such_only_to_its_program(tmp_path: Path) -> None:
    folder = opened(tmp_path)
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
    folder = opened(tmp_path)
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
