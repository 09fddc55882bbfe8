"""Right programs check clean, warnings included; wrong ones are refused with code and line as their first line says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fdc.compiler.driver.pipeline import check

HERE = Path(__file__).parent
ROOT = HERE.parent
GOOD = sorted([*(HERE / "examples" / "good").glob("*.fdl"), *(HERE / "accepted").glob("*.fdl")])
LIBRARY = sorted([*(ROOT / "programs").glob("*.fdl"), *(ROOT / "families").glob("*/*.fdl")])
BAD = sorted([*(HERE / "examples" / "bad").glob("*.fdl"), *(HERE / "refused").glob("*.fdl")])
EXPECT = re.compile(r"# expect: ([\w-]+) on line (\d+)(?: or (\d+))?")


@pytest.mark.parametrize("path", [*GOOD, *LIBRARY], ids=lambda p: p.name)
def test_right_programs_are_clean(path: Path) -> None:
    assert [(d.code, d.span.line, d.message) for d in check(path).diagnostics] == []


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.name)
def test_wrong_programs_are_refused_once_where_the_mistake_is(path: Path) -> None:
    expected = EXPECT.match(path.read_text())
    assert expected is not None, "the first line says what is expected"
    lines = {int(n) for n in expected.groups()[1:] if n}
    found = check(path)
    assert not found.clean
    assert [(d.code, d.span.line in lines) for d in found.diagnostics] == [(expected[1], True)], [
        (d.code, d.span.line, d.message) for d in found.diagnostics
    ]
    assert found.programs == ()
