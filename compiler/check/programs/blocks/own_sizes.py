"""Sizes of a block `validate`'s own: the program is checked once more, at these sizes, as that block runs it."""

from __future__ import annotations

from collections.abc import Callable, Collection

from ....base.diagnostic_bag import Bag
from ....base.diagnostics import Diagnostic, Label
from ....base.frozen import replace
from ....base.source import Span
from ....modules import settings
from ....modules.imports import Definition
from ....program.typed_program import TypedProgram, Validation, text_fields
from ....syntax import ast
from ...core.suggestions import report_unknown
from ..library import Library
from ..program_state import ProgramState

SIZES = "sizes"
"""Before the name of a size of the block's own: `sizes.F = 17`."""
Check = Callable[[Definition, Library, Collection[str], Bag], TypedProgram | None]


def own_sizes(state: ProgramState, d: ast.SettingsDecl) -> dict[str, ast.Entry]:
    """The sizes that a block states for itself, of those that the program has; what else stands there is reported."""
    found: dict[str, ast.Entry] = {}
    for e in d.entries:
        if e.path[0] != SIZES:
            continue
        name = ".".join(e.path[1:])
        if name not in state.sizes and name not in state.bad_sizes:
            report_unknown(
                state.bag,
                "unknown-setting",
                f"the program has no size `{name}`" if name else "a size is stated as `sizes.F = 17`",
                e.span,
                name,
                state.sizes,
                otherwise=f"it has {', '.join(state.sizes)}",
            )
        elif not isinstance(e.value, ast.Number) or type(e.value.value) is not int or e.value.value < 1:
            state.bag.error("bad-setting", f"size `{name}` is a whole number above 0", e.span)
        else:
            found[name] = e
    return found


def at_own_sizes(
    state: ProgramState,
    v: Validation,
    definition: Definition,
    library: Library,
    wrong: Collection[str],
    check: Check,
) -> Validation:
    """The block with the program as it is at the block's sizes; what is wrong at these is reported where they stand."""
    block = next(d for d in state.members(ast.SettingsDecl) if d.kind.span == v.span)
    sizes = own_sizes(state, block)
    if not sizes:
        return v
    declaration = state.declaration
    members = tuple(r for m in declaration.members if (r := _resized(m, block, sizes)) is not None)
    inner = Bag(state.bag.meter)
    program = check(
        replace(definition, declaration=replace(declaration, members=members)), library, wrong, inner
    )
    for d in inner.found:
        if d.severity == "error":
            state.bag.add(_told(d, block, next(iter(sizes.values())).span))
    if program is not None and program.data is not None and program.data.source == settings.DRAWN:
        (inside,) = program.validations
        reads = inside.fields - frozenset(text_fields(program.data))
        if reads or (v.loss is not None and v.data is None):
            state.bag.error(
                "bad-setting",
                f"`{settings.DRAWN}` draws clips of one size into its folder, and this block would read others from it",
                next(iter(sizes.values())).span,
                labels=(Label(program.data.span, "the program's data"),),
                help="give the block `data` of its own, or leave its sizes out",
            )
    return replace(v, sized=program)


def _resized(
    m: ast.ProgramMember, block: ast.SettingsDecl, sizes: dict[str, ast.Entry]
) -> ast.ProgramMember | None:
    """A member as it is at these sizes; None for one that the block has nothing to do with."""
    if isinstance(m, ast.SizesDecl):
        entries = (
            replace(e, value=sizes[e.name].value, span=sizes[e.name].span) if e.name in sizes else e
            for e in m.entries
        )
        return replace(m, entries=tuple(entries))
    if m is block:
        return replace(block, entries=tuple(e for e in block.entries if e.path[0] != SIZES))
    other = isinstance(m, ast.SettingsDecl) and m.kind.id == block.kind.id
    return None if other or isinstance(m, ast.ProduceDecl) else m


def _told(d: Diagnostic, block: ast.SettingsDecl, at: Span) -> Diagnostic:
    """An error at the sizes of a block, where it states them; edits elsewhere are for the program's own."""
    if block.span.covers(d.span):
        return replace(d, fixes=())
    message = f"at the sizes of this `validate`, {d.message}"
    return replace(d, message=message, span=at, labels=(Label(d.span, "here"), *d.labels), fixes=())
