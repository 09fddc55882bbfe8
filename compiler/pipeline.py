"""The passes in order: `check` for the front half, `compile` for the whole way to an emitted module."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from . import overrides as settings_overrides
from . import syntax as ast
from .check import families, methods, programs
from .check.elaborate import Elaborator, Frame, TooLong
from .check.roles import RoleBinding, family_frame
from .check.terms import Bag, Binding, Scope, Term
from .diagnostics import Diagnostic, in_order
from .parse import parse
from .resolve import Definition, Resolved, read, resolve
from .source import Source
from .typed import TypedProgram, Value
from .types import Batch

if TYPE_CHECKING:
    from .rewrite import Record


@dataclass(frozen=True)
class Checked:
    """What checking one file found: diagnostics in order of place, and its programs where they are free of errors."""

    source: Source
    diagnostics: tuple[Diagnostic, ...]
    programs: tuple[TypedProgram, ...]
    files: tuple[Source, ...] = ()  # every file read, the main one first

    @property
    def clean(self) -> bool:
        return all(d.severity != "error" for d in self.diagnostics)


def check(path: Path, shown: str | None = None, overrides: tuple[str, ...] = ()) -> Checked:
    """Check the file at `path`. Raises `resolve.Unreadable` and `overrides.BadOverride`."""
    return check_source(read(path, shown or str(path)), path, overrides)


def check_source(source: Source, path: Path, overrides: tuple[str, ...] = ()) -> Checked:
    """Check a text as if it stood at `path` (imports are relative to it)."""
    if overrides:
        source = settings_overrides.apply(source, parse(source)[0], overrides)
    resolved = resolve(source, path)
    bag = Bag()
    bag.found.extend(resolved.diagnostics)
    typed = []
    used: set[str] = set()
    for definition in resolved.main.own():
        if isinstance(definition.declaration, ast.ProgramDecl):
            used |= _methods_used(definition)
            program = programs.check(definition, bag)
            if program is not None:
                typed.append(program)
    for definition in _worth_checking(resolved):
        match definition.declaration:
            case ast.FamilyDecl():
                try:
                    check_family(definition, bag)
                except TooLong as e:
                    e.report(bag)
            case ast.MethodDecl() if definition.key not in used:
                methods.check_alone(definition, bag)
            case _:
                pass
    found = in_order(bag.found)
    broken = any(d.severity == "error" for d in found)
    if broken:  # a name may be unread, a stop cut nothing, only because of an error
        found = tuple(d for d in found if d.code not in ("unused-binding", "redundant-stop"))
    files = (source, *(m.source for m in resolved.modules if m.source is not source))
    return Checked(source, found, () if broken else tuple(typed), files)


@dataclass(frozen=True)
class Compiled:
    """An emitted module, and what each pass changed on the way."""

    text: str
    records: tuple[Record, ...]


def compile(program: TypedProgram, command: str, verify: bool = False) -> Compiled:
    """A checked program to its module. Raises `CannotRun` for what is checked and not yet lowered."""
    from .emit.module import emit
    from .lower.program import lower
    from .rewrite import optimise

    plan, records = optimise(lower(program), verified=verify)
    return Compiled(emit(plan, command), tuple(records))


def _worth_checking(resolved: Resolved) -> list[Definition]:
    """Families and methods of the user's own files; the library's are checked by its tests."""
    return [d for m in resolved.modules if not m.built_in for d in m.own()]


def _methods_used(definition: Definition) -> set[str]:
    found: set[str] = set()
    assert isinstance(definition.declaration, ast.ProgramDecl)
    for m in definition.declaration.members:
        if isinstance(m, ast.UseDecl):
            method = methods.find_method(m.method, definition.module, Bag())
            if method is not None:
                found.add(method.key)
    return found


def check_family(definition: Definition, bag: Bag) -> None:
    """A family on its own: its contract with symbolic sizes, and each of its graphs."""
    model = families.build(definition, None, None, bag, where=None)
    if model is None or model.process is None:
        return
    role = RoleBinding(model.name, model, definition.declaration.name.span)
    el = Elaborator(bag, role)
    el.families = {model.name: model.typed()}
    start = Frame(Scope(), {}, {})
    role.params = {
        name: el.expression(p.default, family_frame(role, start))
        for name, p in model.params.items()
        if p.default is not None
    }
    for graph in model.graphs.values():
        home = family_frame(role, start)
        scope = Scope({}, home.scope)
        for p in graph.params:
            scope.names[p.name.id] = Binding(_parameter(el, p, home), None, used=True)
        el.body(graph.body, Frame(scope, home.graphs, {}, (graph.name.id,), family=role, home=home))
        el.note_uses(scope)
    el.lint()


def _parameter(el: Elaborator, p: ast.Param, home: Frame) -> Term:
    if p.default is not None:
        return el.expression(p.default, home)
    type_ = Batch(None)
    return Term(Value("batch", (), type_, p.name.span, {}, (), p.name.id))
