"""Right programs check clean, warnings included, and their typed form keeps to the table of ops."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from paths import ACCEPTED, EXAMPLES, LIBRARY
from shipped import later_slow

from fdc.compiler.base.source import Source, Span
from fdc.compiler.driver.pipeline import check
from fdc.compiler.program.typed_program import TypedProgram
from fdc.compiler.program.verify import verify_program
from fdc.compiler.syntax import ast

RIGHT = [*sorted(EXAMPLES.glob("*.fdl")), *sorted(ACCEPTED.glob("*.fdl"))]


@pytest.mark.parametrize("path", later_slow([*RIGHT, *LIBRARY]), ids=lambda p: p.name)
def test_right_programs_are_clean(path: Path) -> None:
    checked = check(path)
    assert [(d.code, d.span.line, d.message) for d in checked.diagnostics] == []
    for program in checked.programs:
        verify_program(program)
        assert list(syntax_in(program)) == []


def syntax_in(program: TypedProgram) -> Iterator[str]:
    """Where a typed program holds a piece of syntax."""
    stack: list[tuple[str, Any]] = [("program", program)]
    seen: dict[int, Any] = {}
    while stack:
        path, found = stack.pop()
        if id(found) in seen or isinstance(found, (str, Span, Source)):
            continue
        seen[id(found)] = found
        if isinstance(found, ast.Syntax):
            yield f"{path}: {type(found).__name__}"
        elif isinstance(found, Mapping):
            stack += [(f"{path}[{k}]", v) for k, v in found.items()]
        elif isinstance(found, (tuple, list, set, frozenset)):
            stack += [(path, v) for v in found]
        else:
            stack += [(f"{path}.{k}", v) for k, v in getattr(found, "__dict__", {}).items()]
