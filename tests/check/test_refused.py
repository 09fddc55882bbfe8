"""Wrong programs are refused where the mistake is, and what is printed about each is pinned whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from paths import GOLDEN, REFUSED
from refused import NAMES, PROGRAMS, expected, report, told

from fdc.compiler.driver.pipeline import check


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(REFUSED)


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_program(name: str, golden: Callable[[Path, str], None]) -> None:
    path = REFUSED / f"{name}.fdl"
    text, _ = report(name)
    found = told(text)
    for (code, file, lines), (severity, *place, line) in zip(
        expected(path.read_text(), name), found, strict=True
    ):
        assert place == [code, file] and line in lines and severity != "info"
    golden(path.with_suffix(".err"), text)


def offers(name: str) -> bool:
    return "can be fixed with" in (REFUSED / f"{name}.err").read_text()


@pytest.mark.slow
def test_the_titles_of_edits(golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN / "titles_of_edits.txt", "".join(report(name)[1] for name in NAMES if offers(name)))


def test_no_message_without_its_program() -> None:
    assert {p.with_suffix(".fdl") for p in REFUSED.rglob("*.err")} == set(PROGRAMS)


def test_a_refused_program_is_not_compiled() -> None:
    for topic in {p.parent for p in PROGRAMS}:
        checked = check(next(p for p in PROGRAMS if p.parent == topic))
        assert checked.programs == () or all(d.severity != "error" for d in checked.diagnostics)
