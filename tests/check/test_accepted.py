"""Right programs check clean, warnings included, and their typed form keeps to the table of ops."""

from __future__ import annotations

from pathlib import Path

import pytest
from paths import ACCEPTED, EXAMPLES, LIBRARY

from fdc.compiler.driver.pipeline import check
from fdc.compiler.program.verify import verify_program

RIGHT = [*sorted(EXAMPLES.glob("*.fdl")), *sorted(ACCEPTED.glob("*.fdl"))]


@pytest.mark.parametrize("path", [*RIGHT, *LIBRARY], ids=lambda p: p.name)
def test_right_programs_are_clean(path: Path) -> None:
    checked = check(path)
    assert [(d.code, d.span.line, d.message) for d in checked.diagnostics] == []
    for program in checked.programs:
        verify_program(program)
