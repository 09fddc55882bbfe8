"""`del` statements for values that are not read any more, put into a function's written lines."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from .lines import EmittedLine


def freed(lines: list[EmittedLine], names: Iterable[str]) -> list[EmittedLine]:
    """The lines of a function's body (indented by four) with a `del` after the last statement that reads each name.

    What is assigned in a loop is left: the next round replaces it. So is what only a return reads.
    """
    tree = ast.parse("\n".join(["def function():", *(line.text for line in lines)]))
    (function,) = tree.body
    assert isinstance(function, ast.FunctionDef)
    after: dict[
        int, tuple[int, list[str]]
    ] = {}  # by the line that a statement ends on: its indent, and names
    for name in names:
        last = _last(function.body, name)
        if last is not None:
            at = (last.end_lineno or last.lineno) - 2  # of `lines`, from nought
            after.setdefault(at, (last.col_offset, []))[1].append(name)
    made: list[EmittedLine] = []
    for k, line in enumerate(lines):
        made.append(line)
        if k in after:
            indent, found = after[k]
            made.append(EmittedLine(f"{' ' * indent}del {', '.join(found)}", line.span))
    return made


def _last(block: list[ast.stmt], name: str) -> ast.stmt | None:
    """The last statement of the innermost block with all mentions of the name, if a `del` may stand after it."""
    found = [s for s in block if _mentions(s, name)]
    if len(found) == 1:
        (only,) = found
        return _last(only.body, name) if isinstance(only, ast.With) else None
    if not found or isinstance(found[-1], ast.Return):
        return None
    return found[-1]


def _mentions(statement: ast.stmt, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(statement))
