"""`fdc new`, `fdc explain --list` and `fdc completion` as a user meets them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from shipped import later_slow

from fdc.compiler.cli.main import COMMANDS, main
from fdc.compiler.cli.new import KINDS, models
from fdc.grammar.codes import CODES


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    return tmp_path


@pytest.mark.parametrize(("kind", "model"), later_slow((k, m) for k in KINDS for m in models(k)))
def test_what_is_begun_checks_clean(
    kind: str, model: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", kind, "mine", "--from", model]) == 0
    file = folder / ("mine/mine.fdl" if kind == "family" else "mine.fdl")
    assert f"wrote {file.relative_to(folder)}\n" in capsys.readouterr().out
    assert f"{kind} mine " in file.read_text("utf-8") or f"{kind} mine(" in file.read_text("utf-8")
    assert main(["check", "."]) == 0, capsys.readouterr().err


def test_a_family_is_used_by_a_program(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for kind in KINDS:
        assert main(["new", kind, f"my_{kind}", *(["--from", "teach"] if kind == "program" else [])]) == 0
    program = folder / "my_program.fdl"
    text = program.read_text("utf-8")
    text = text.replace("import mini\n", 'import "./my_family/my_family.fdl"\n').replace(
        "mini(", "my_family("
    )
    text = text.replace("import finetune\n", 'import "./my_method.fdl"\n').replace("finetune(", "my_method(")
    program.write_text(text, "utf-8")
    assert main(["check", "."]) == 0, capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["program", "mine"], "`mine.fdl` is there already, and is left as it is"),
        (
            ["program", "Mine"],
            "`Mine` is no name: small letters, digits and `_`, and no word of the language",
        ),
        (["program", "loss"], "`loss` is no name"),
        (["program", "class"], "`class` is no name"),
        (["method", "other", "--from", "dmd"], "no method `dmd` comes with fdc; did you mean `dmd2`?"),
        (["method", "other", "--from", "teach"], "no method `teach` comes with fdc"),
    ],
)
def test_what_is_not_begun(
    words: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "mine.fdl").write_text("# mine\n", "utf-8")
    assert main(["new", *words]) == 2
    assert said in capsys.readouterr().err
    assert [(p.name, p.read_text("utf-8")) for p in folder.iterdir()] == [("mine.fdl", "# mine\n")]


def test_codes_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(CODES)
    assert all(line.endswith(f"  {page.title}") for line, page in zip(lines, CODES.values(), strict=True))
    for words in ([], ["syntax", "--list"]):
        assert main(["explain", *words]) == 2
        assert capsys.readouterr().err == "fdc: give either a code or --list\n"


def test_one_program_of_a_file_is_built(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    quickstart = str(Path(__file__).parents[2] / "programs/quickstart.fdl")
    assert main(["build", quickstart, "--program", "distil"]) == 0
    assert capsys.readouterr().out == "wrote out/plan.py\n"
    assert "--program distil" in (folder / "out/plan.py").read_text("utf-8").split('"""')[1]
    assert main(["build", quickstart, "--program", "absent"]) == 2
    assert "there is no such program to build; the file holds: distil, compare" in capsys.readouterr().err


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_commands_and_options(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("shtab")
    assert main(["completion", "bash"]) == 0
    (folder / "script").write_text(capsys.readouterr().out, "utf-8")

    def offered(*words: str) -> set[str]:
        line = f"source ./script; COMP_WORDS=(fdc {' '.join(words)} ''); COMP_CWORD={len(words) + 1}; _shtab_fdc; "
        said = subprocess.run(
            ["bash", "-c", line + 'echo "${COMPREPLY[@]}"'], capture_output=True, text=True, check=True
        )
        return set(said.stdout.split())

    assert set(COMMANDS) <= offered()
    assert offered("completion") >= {"bash", "zsh", "fish"}
