"""Where a role's weights come from: a folder, a hub name, a tiny stand-in, or a role of another program."""

from __future__ import annotations

from ....base.diagnostics import Fix, Label
from ....base.source import Span
from ....modules.imports import Definition, Namespace
from ....modules.names.lookup import PathMeaning, meaning, words_of
from ....modules.names.missing_imports import excused
from ....syntax import ast
from ...core.suggestions import report_unknown
from ..blocks.setting_values import bare_path
from ..program_state import ProgramState
from .initial_weights import circle


def read_source(state: ProgramState, d: ast.RoleDecl) -> None:
    assert isinstance(d.source, ast.Call)
    positional = [a for a in d.source.args if a.name is None]
    if len(positional) != 1:
        state.bag.error(
            "missing-argument" if not positional else "unknown-parameter",
            "a family is called with one source of weights",
            d.source.span,
            help="a folder, a hub name, `tiny(seed = 0)`, or a role of another program",
        )
        return
    source = positional[0].value
    match source:
        case ast.String(value=text):
            state.sources[d.name.id] = ("path", text)
        case ast.Call(func=ast.Name(id="tiny"), args=args):
            seed = args[0].value if args else None
            value = seed.value if isinstance(seed, ast.Number) else 0
            if len(args) > 1 or (
                args and (not isinstance(seed, ast.Number) or args[0].name not in (None, "seed"))
            ):
                state.bag.error("bad-setting", "`tiny` takes a seed: `tiny(seed = 0)`", source.span)
            state.sources[d.name.id] = ("tiny", value)
        case ast.Attr(base=ast.Name() | ast.Attr(base=ast.Name())):
            _role_of_program(state, d, source)
        case _:
            path = bare_path(source, None) or (source.id if isinstance(source, ast.Name) else None)
            fix = (Fix(f'write `"{path}"`', source.span, f'"{path}"'),) if path is not None else ()
            state.bag.error(
                "type-mismatch",
                "a source is a folder, a hub name, `tiny(seed = 0)`, or a role of another program",
                source.span,
                help="a folder or a hub name stands in quotes" if path is not None else "",
                fixes=fix,
            )


def _role_of_program(state: ProgramState, d: ast.RoleDecl, source: ast.Attr) -> None:
    """`program.role`, or `file.program.role` of a program whose file is imported."""
    meant = meaning(state.module.names, words_of(source.base))
    found = meant.program
    if found is None:
        _report_unknown_program(state, meant, source.base)
        return
    role, program = source.name, found.name
    if found.declaration is state.declaration:
        state.bag.error("import-cycle", "a program's role cannot come from the program itself", source.span)
        return
    assert isinstance(found.declaration, ast.ProgramDecl)
    if through := circle(found, state.declaration):
        _report_circle(state, source, program, through)
        return
    roles = [m for m in found.declaration.members if isinstance(m, ast.RoleDecl)]
    there = next((m for m in roles if m.name.id == role), None)
    if there is None:
        report_unknown(
            state.bag,
            "unknown-name",
            f"program `{program}` has no role `{role}`",
            source.name_span,
            role,
            [m.name.id for m in roles],
        )
        return
    if not any(e.name == "train" for e in there.entries):
        state.bag.error(
            "not-trainable",
            f"`{program}` does not train `{role}`, so it exports none",
            source.name_span,
            labels=(Label(there.name.span, "frozen here"),),
            help="name a role that it trains",
        )
    state.sources[d.name.id] = ("role", f"{program}.{role}")
    state.needs.append(program)


def _report_circle(state: ProgramState, source: ast.Attr, program: str, through: list[Definition]) -> None:
    """Programs that start from each other, told once: in the first of them that stands in the file."""
    own = state.declaration.name
    if any(
        d.declaration.span.source is own.span.source and d.declaration.name.span.start < own.span.start
        for d in through
    ):
        return
    state.bag.error(
        "import-cycle",
        f"`{own.id}` starts from `{program}`, which starts from `{own.id}`",
        source.span,
        labels=tuple(Label(d.declaration.name.span, "and so on") for d in through[1:-1]),
        help="one of them starts from a folder, a hub name or `tiny(seed = 0)`",
    )


def _report_unknown_program(state: ProgramState, meant: PathMeaning, e: ast.Expr) -> None:
    word = meant.path[0]
    file = state.module.names.get(word)
    if excused(state.module, meant.path):
        return
    place, known = Span(e.span.source, e.span.start, e.span.start + len(word)), list(state.module.names)
    if isinstance(file, Namespace) and isinstance(e, ast.Attr):
        word, place, known = e.name, e.name_span, [d.name for d in file.module.own()]
    report_unknown(state.bag, "unknown-name", f"no program is called `{word}`", place, word, known)
