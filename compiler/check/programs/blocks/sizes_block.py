"""A program's sizes: whole numbers, and expressions of these and of sizes above them."""

from __future__ import annotations

from ....base.diagnostics import Fix
from ....base.source import Span
from ....syntax import ast
from ....syntax.visitor import names_read
from ....types.dims import Dim, Facts
from ...core.dim_expressions import dim_of
from ..program_state import ProgramState, report_twice

MAX_SIZE = 2**31


def read_sizes(state: ProgramState) -> None:
    for block in state.members(ast.SizesDecl):
        before: ast.Entry | None = None
        for e in block.entries:
            if e.value is None and _is_unit(e, before):
                _report_unit(state, e, before)
                continue
            before = e
            if e.name in state.sizes:
                report_twice(state, e.name, e.span, state.sizes[e.name][1])
                continue
            if e.name in state.given:
                state.sizes[e.name] = state.given[e.name]
                continue
            value = _value(state, e)
            if value is not None:
                state.sizes[e.name] = (value, e.span)
            else:
                state.bad_sizes.add(e.name)


def _value(state: ProgramState, e: ast.Entry) -> int | None:
    """The number that an entry gives; None after an error."""
    value: int | None = None
    if isinstance(e.value, ast.Number):
        value = e.value.value if isinstance(e.value.value, int) else None
    elif isinstance(e.value, (ast.Binary, ast.Unary, ast.Name)):
        names: dict[str, Dim | None] = {n: Dim.of(v) for n, (v, _) in state.sizes.items()}
        names |= dict.fromkeys(state.bad_sizes)
        found = dim_of(e.value, names, Facts(), state.bag)
        if found is None:
            return None
        value = found.constant
        state.sizes_read |= names_read([e.value]) & names.keys()
    if value is None or not 1 <= value <= MAX_SIZE:
        message = f"size `{e.name}` is a whole number from 1 to {MAX_SIZE:,}"
        shown = f"{value}" if value is not None and not isinstance(e.value, ast.Number) else ""
        state.bag.error("bad-setting", message, e.span, shown and f"this is {shown}")
        return None
    return value


def _is_unit(e: ast.Entry, before: ast.Entry | None) -> bool:
    """Whether a word stands behind a number, without a comma between: `F = 81 frames`."""
    if before is None or not isinstance(before.value, ast.Number):
        return False
    return not e.span.source.text[before.span.end : e.span.start].strip(" ")


def _report_unit(state: ProgramState, e: ast.Entry, before: ast.Entry | None) -> None:
    assert before is not None
    beyond = Span(e.span.source, before.span.end, e.span.end)
    state.bag.error(
        "bad-setting",
        f"a size is a number alone, and `{e.name}` follows `{before.span.text}`",
        e.span,
        help=f"write `{before.span.text}`",
        fixes=(Fix(f"write `{before.span.text}`", beyond, ""),),
    )
