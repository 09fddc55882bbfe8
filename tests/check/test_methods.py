"""Methods that are right check clean, warnings included; each of their wrong variants is told in its place."""

from __future__ import annotations

import pytest
from method_cases import FAMILIES, NAMES, Variant, checked, variants
from paths import METHODS

from fdc.compiler.driver.pipeline import check
from fdc.compiler.program.verify import verify_program


@pytest.mark.parametrize("name", [*NAMES, FAMILIES])
def test_a_right_method(name: str) -> None:
    found = check(METHODS / f"{name}.fdl")
    assert [(d.code, d.span.line, d.message) for d in found.diagnostics] == []
    for program in found.programs:
        verify_program(program)


@pytest.mark.slow
@pytest.mark.parametrize("variant", variants(), ids=str)
def test_a_wrong_variant(variant: Variant) -> None:
    found = checked(variant.method, variant.text).diagnostics
    assert {d.span.line for d in found} == {variant.line}, [d.message for d in found]
    assert {d.code for d in found} <= variant.codes
