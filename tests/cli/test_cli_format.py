"""`fdc fmt` as a user meets it: what it writes and prints, and the status that it ends with."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from fdc.compiler.cli.main import main

LOOSE = "method m( student ){update student{\n  x0=student.clean(batch)\n loss a = mse(x0,x0)}}\n"
NEAT = """method m(student) {
  update student {
    x0 = student.clean(batch)
    loss a = mse(x0, x0)
  }
}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    (tmp_path / "inside").mkdir()
    (tmp_path / "loose.fdl").write_text(LOOSE, "utf-8")
    (tmp_path / "inside" / "neat.fdl").write_text(NEAT, "utf-8")
    return tmp_path


def standard_input(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_files_and_folders_are_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "."]) == 0
    assert capsys.readouterr().out == "loose.fdl formatted\n"
    assert (
        (folder / "loose.fdl").read_text("utf-8") == (folder / "inside/neat.fdl").read_text("utf-8") == NEAT
    )
    assert main(["fmt", ".", "--check"]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("option", ["--check", "--diff"])
def test_only_told(folder: Path, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "loose.fdl", "inside", option]) == 1
    out, err = capsys.readouterr()
    assert err == "loose.fdl would change\n"
    assert out.count("\n+") == (7 if option == "--diff" else 0)
    assert (folder / "loose.fdl").read_text("utf-8") == LOOSE


def test_standard_input_goes_to_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    standard_input(LOOSE, monkeypatch)
    assert main(["fmt", "-"]) == 0
    assert capsys.readouterr().out == NEAT
    standard_input(LOOSE, monkeypatch)
    assert main(["fmt", "-", "--check", "--stdin-filename", "draft.fdl"]) == 1
    assert capsys.readouterr() == ("", "draft.fdl would change\n")


def test_what_cannot_be_read_is_left_as_it_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "broken.fdl").write_text("method m(student) {\n  update student {\n", "utf-8")
    assert main(["fmt", "broken.fdl", "loose.fdl"]) == 1
    out, err = capsys.readouterr()
    assert out == "loose.fdl formatted\n"
    assert "error[syntax]" in err and "broken.fdl" in err
    assert (folder / "broken.fdl").read_text("utf-8").endswith("update student {\n")
    assert main(["fmt", "gone.fdl"]) == 2
    assert "there is no file `gone.fdl`" in capsys.readouterr().err
