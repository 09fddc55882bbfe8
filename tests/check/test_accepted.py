"""Right programs check clean, warnings included."""

from __future__ import annotations

from pathlib import Path

import pytest
from paths import ACCEPTED, EXAMPLES, LIBRARY

from fdc.compiler.driver.pipeline import check

RIGHT = [*sorted(EXAMPLES.glob("*.fdl")), *sorted(ACCEPTED.glob("*.fdl"))]


@pytest.mark.parametrize("path", [*RIGHT, *LIBRARY], ids=lambda p: p.name)
def test_right_programs_are_clean(path: Path) -> None:
    assert [(d.code, d.span.line, d.message) for d in check(path).diagnostics] == []
