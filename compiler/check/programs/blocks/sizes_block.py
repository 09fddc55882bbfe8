"""A program's sizes."""

from __future__ import annotations

from ....syntax import ast
from ..program_state import ProgramState, report_twice

MAX_SIZE = 2**31


def read_sizes(state: ProgramState) -> None:
    for block in state.members(ast.SizesDecl):
        for e in block.entries:
            v = e.value.value if isinstance(e.value, ast.Number) else None
            if not isinstance(v, int) or not 1 <= v <= MAX_SIZE:
                message = f"size `{e.name}` is a whole number from 1 to {MAX_SIZE:,}"
                state.bag.error("bad-setting", message, e.span)
                state.bad_sizes.add(e.name)
            elif e.name in state.sizes:
                report_twice(state, e.name, e.span, state.sizes[e.name][1])
            else:
                state.sizes[e.name] = (v, e.span)
