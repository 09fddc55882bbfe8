"""`fdc check` reads a family's `binding.py` and runs nothing of it: what is missing there is told at the stage that asks."""

from __future__ import annotations

from pathlib import Path

import pytest
from paths import ROOT

from fdc.compiler.base.diagnostics import Diagnostic
from fdc.compiler.driver.pipeline import check

MINI = ROOT / "families" / "mini"
PYTHON = (MINI / "binding.py").read_text()
STAGE = "stage encode_text : encode(prompt: str[b]) -> text by python(encode_text)"


def found(tmp_path: Path, python: str | None, folder: str = "mine") -> list[Diagnostic]:
    """What is found in a copy of a family, in a folder of its own, with this Python beside it."""
    home = tmp_path / folder
    home.mkdir(exist_ok=True)
    file = home / "mine.fdl"
    file.write_text((MINI / "mini.fdl").read_text().replace("family mini", "family mine"))
    if python is not None:
        (home / "binding.py").write_text(python)
    return list(check(file).diagnostics)


def test_a_family_with_its_python_is_right(tmp_path: Path) -> None:
    assert found(tmp_path, PYTHON) == []


def test_the_file_is_missing(tmp_path: Path) -> None:
    (d,) = found(tmp_path, None)
    assert (d.code, d.span.text) == ("missing-file", "encode_text")
    assert "there is no binding.py beside it" in d.message
    assert found(tmp_path, None, "sketches") == [], "a sketch among other files: a run asks for its Python"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "def encode_text(",
            "def encode_texts(",
            "binding.py has no `encode_text`, which stage `encode_text` asks for",
        ),
        (
            "class SpaceToDepth(",
            "class Depth(",
            "binding.py has no `SpaceToDepth`, which component `codec` asks for",
        ),
        ("(role: Any, prompt: list[str])", "(role: Any)", "takes 1 arguments, and the stage hands it 2"),
        (
            "(role: Any, prompt: list[str])",
            "(role, prompt, other)",
            "takes 3 arguments, and the stage hands it 2",
        ),
        ("def encode_text(", "def encode_text((", "it is no Python in line"),
    ],
)
def test_what_it_lacks(tmp_path: Path, old: str, new: str, message: str) -> None:
    (d,) = found(tmp_path, PYTHON.replace(old, new))
    assert message in d.message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("(role: Any, prompt: list[str])", "(role: Any, prompt: list[str], longest: int = 40)"),
        ("(role: Any, prompt: list[str])", "(*given: Any)"),
        ("def encode_text(", "def _encode("),
    ],
)
def test_what_it_may_have(tmp_path: Path, old: str, new: str) -> None:
    text = PYTHON.replace(old, new) + ("\n\nencode_text = _encode\n" if "_encode" in new else "")
    assert found(tmp_path, text) == []
