"""Right programs check clean, warnings included; wrong ones are refused with code and line as their first line says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from paths import ACCEPTED, BAD, EXAMPLES, LIBRARY, REFUSED

from fdc.compiler.driver.pipeline import check

GOOD = sorted([*EXAMPLES.glob("*.fdl"), *ACCEPTED.glob("*.fdl")])
WRONG = sorted([*BAD.glob("*.fdl"), *REFUSED.glob("*.fdl")])
EXPECT = re.compile(r"# expect: ([\w-]+) on line (\d+)(?: or (\d+))?")


@pytest.mark.parametrize("path", [*GOOD, *LIBRARY], ids=lambda p: p.name)
def test_right_programs_are_clean(path: Path) -> None:
    assert [(d.code, d.span.line, d.message) for d in check(path).diagnostics] == []


@pytest.mark.parametrize("path", WRONG, ids=lambda p: p.name)
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
