"""The binder: what the names of a file mean, by its syntax alone, against what the checker found them to mean."""

from __future__ import annotations

from pathlib import Path

import pytest
from paths import ACCEPTED, EXAMPLES, LIBRARY, TESTS

from fdc.compiler.base.source import Source, Span
from fdc.compiler.check.core.family_model import PUBLISHED
from fdc.compiler.driver.pipeline import check
from fdc.compiler.modules.names.bind_file import bind
from fdc.compiler.modules.names.symbol import FileNames, Use
from fdc.compiler.syntax import ast

RIGHT = (*LIBRARY, *EXAMPLES.rglob("*.fdl"), *ACCEPTED.rglob("*.fdl"))
WRONG = sorted(set(TESTS.rglob("*.fdl")) - set(RIGHT))


def agree(path: Path) -> int:
    """Compares every name that the checker resolved in a file and in what it imports; gives how many there are."""
    checked = check(path, noting=True)
    names = {m.source: bind(m) for m in checked.modules}
    compared = 0
    for section in checked.sections:
        for name, target in section.notes.uses.items():
            use = names[name.source].at(name.start)
            if use is None:  # what every family offers is known only where a program binds the role
                assert name.text in PUBLISHED, f"{name}: `{name.text}` leads nowhere"
                continue
            assert use.span == name
            assert same(use, target, names), (
                f"{name}: `{name.text}` leads to {use.symbol.span}, not to {target}"
            )
            compared += 1
    return compared


def same(use: Use, target: Span, names: dict[Source, FileNames]) -> bool:
    """Whether the checker's place is one of the declarations that must keep one name with the binder's."""
    found = names[target.source].at(target.start)
    if found is None:
        return False
    if isinstance(use.symbol.node, ast.MethodDecl) and use.symbol.kind == "role":  # as the program binds it
        return found.symbol.kind == "role"
    return found.symbol.root == use.symbol.root


def test_the_binder_and_the_checker_agree() -> None:
    assert all(agree(path) for path in RIGHT)


@pytest.mark.slow
def test_they_agree_on_programs_with_mistakes() -> None:
    assert sum(agree(path) for path in WRONG) > 5000
