"""Excerpts of emitted modules in the pages are what is emitted now. `pytest --update-golden` writes them anew.

A marker stands above each: `<!-- emitted: FILE PROGRAM FUNCTION -->`, or `FUNCTION FIRST..LAST` for the statements from
the one that assigns FIRST to the one that assigns LAST.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from paths import ROOT

from fdc.compiler.driver.pipeline import check, compile

PAGES = (ROOT / "README.md", ROOT / "grammar" / "guide.md")
EXCERPT = re.compile(
    r"(<!-- emitted: (\S+) (\w+) (\w+)(?: (\w+)\.\.(\w+))? -->\n```python\n)(.*?)(^```$)",
    re.MULTILINE | re.DOTALL,
)


@cache
def module(file: str, program: str) -> str:
    (found,) = (p for p in check(ROOT / file).programs if p.name == program)
    return compile(found, f"fdc build {file}").text


def assigned(node: ast.AST) -> set[str]:
    """Names that a statement assigns to itself, not in a block of it."""
    targets = node.targets if isinstance(node, ast.Assign) else []
    return {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}


def excerpt(text: str, function: str, first: str | None, last: str | None) -> str:
    """A function of a module, or some of its statements with the comments above them, to the left."""
    lines = text.splitlines()
    (whole,) = (n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef) and n.name == function)
    start, end = min((d.lineno for d in whole.decorator_list), default=whole.lineno), whole.end_lineno
    if first and last:
        statements = [n for n in ast.walk(whole) if isinstance(n, ast.Assign)]
        start = next(n.lineno for n in statements if first in assigned(n))
        end = next(n.end_lineno for n in statements if last in assigned(n))
        while lines[start - 2].strip().startswith("#"):
            start -= 1
    assert end is not None
    return textwrap.dedent("\n".join(lines[start - 1 : end])) + "\n"


def rewritten(page: str) -> str:
    def replaced(m: re.Match[str]) -> str:
        return f"{m[1]}{excerpt(module(m[2], m[3]), m[4], m[5], m[6])}{m[8]}"

    return EXCERPT.sub(replaced, page)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_excerpts_are_what_is_emitted(page: Path, golden: Callable[[Path, str], None]) -> None:
    text = page.read_text("utf-8")
    assert len(EXCERPT.findall(text)) == text.count("<!-- emitted: ") > 0
    golden(page, rewritten(text))


def test_emitted_code_has_a_marker() -> None:
    """Other Python in the pages is not from a module."""
    for page in PAGES:
        unmarked = EXCERPT.sub("", page.read_text("utf-8"))
        for code in re.findall(r"^```python\n(.*?)^```$", unmarked, re.MULTILINE | re.DOTALL):
            assert not re.search(r"\.fdl:\d|\btl\.|\brun\.|fused_", code), code
