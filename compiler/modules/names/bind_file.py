"""The index of a file: which declaration each of its names means.

It is read from the syntax alone, so that it covers what no program uses and what has errors elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ....stages.table import HANDED, IN_STAGES
from ...base.frozen import replace
from ...base.source import Span
from ...syntax import ast
from ..imports import Definition, Module, Namespace
from .bind_code import CodeBinder, name_of
from .lookup import family_of, meaning, words_of
from .members import (
    KINDS,
    family_members,
    members_of,
    method_members,
    of_definition,
    parameters,
    parts,
    sampler_of,
    sizes,
)
from .scopes import BodyScope, family_scope, method_scope, process_scope, stage_scope
from .symbol import FileNames, Symbol, Symbols


def bind(module: Module) -> FileNames:
    """Every name of a file that means a declaration, with that declaration."""
    binder = _FileBinder(module)
    binder.file()
    uses = {(u.span.start, u.span.end): u for u in reversed(binder.uses)}  # the first one counts
    return FileNames(sorted(uses.values(), key=lambda u: u.span.start))


class _FileBinder(CodeBinder):
    """Declarations of every kind."""

    def file(self) -> None:
        for d in self.module.file.declarations:
            if isinstance(d, ast.Import):
                self._import(d)
        for name, named in self.module.names.items():
            self.outer[name] = (
                self.files[name]
                if isinstance(named, Namespace) and name in self.files
                else self._named(named)
            )
        for d in self.module.file.declarations:
            if isinstance(d, ast.Import):
                continue
            self.declare(Symbol(KINDS[type(d)], d.name.id, d.name.span, d))
            self.members, self.roles, self.sizes, self.fields, self.bound = {}, {}, {}, {}, {}
            match d:
                case ast.FamilyDecl():
                    self._family(d)
                case ast.MethodDecl():
                    self._method(d)
                case ast.ProgramDecl():
                    self._program(d)
                case ast.SpaceDecl():
                    self._space(d)
                case ast.ProcessDecl():
                    self._process(d)
                case ast.RecordDecl():
                    self._record(d)

    def _named(self, named: Definition | Namespace) -> Symbol:
        if isinstance(named, Definition):
            return of_definition(named)
        source = named.module.source
        start = Span(source, 0, 0)
        leads = of_definition(named.default) if named.default is not None else None
        return Symbol("file", named.name, start, named.module.file, leads=leads)

    def _import(self, d: ast.Import) -> None:
        text, source = d.span.source.text, d.span.source
        at = d.span.start + len("import")
        mark = '"' if d.is_path else d.target
        start = text.index(mark, at)
        end = text.index('"', start + 1) + 1 if d.is_path else start + len(d.target)
        target = Span(source, start, end)
        alias = d.alias or (Path(d.target).stem if d.is_path else d.target)
        named = self.module.names.get(alias)
        if d.names:
            named = None
            for n in d.names:
                found = self.module.names.get(n.id)
                if isinstance(found, Definition):
                    self.use(n.span, of_definition(found))
                    whole = Namespace(found.module, found.module.stem)
                    self.use(target, self._named(whole))
        if not isinstance(named, Namespace):
            return
        whole_file = self._named(named)
        if d.alias is not None:
            at = text.index(d.alias, text.index("as", end) + 2)
            span = Span(source, at, at + len(d.alias))
            self.files[alias] = Symbol("alias", alias, span, d, leads=whole_file.leads or whole_file)
            self.use(target, whole_file)
            self.declare(self.files[alias])
        else:
            self.files[alias] = whole_file
            self.use(target, whole_file)

    def _family(self, d: ast.FamilyDecl) -> None:
        self.members = family_members(d)
        self.sizes = sizes(d.members, d.name.id)
        self.declare_all(self.members, self.sizes)
        base = family_scope(self.members)
        for m in d.members:
            match m:
                case ast.SizesDecl():
                    for e in m.entries:
                        self._dims(e.value)
                case ast.ComponentDecl() | ast.VariantDecl():
                    if isinstance(m, ast.VariantDecl) and m.base is not None:
                        below = self.members.get(m.base.id)
                        self.use(
                            m.base.span, below if below is not None and below.kind == "variant" else None
                        )
                    for e in m.entries:
                        self._changes(e)
                case ast.SpaceDecl():
                    self._space(m)
                case ast.ProcessDecl():
                    self._process(m)
                case ast.RecordDecl():
                    self._record(m)
                case ast.StageDecl():
                    self._stage(m, base)
                case ast.Param():
                    self._param(m, base)
                case ast.GraphDecl():
                    self._graph(m, base)

    def _changes(self, e: ast.Entry) -> None:
        """An entry of a variant, whose path begins with what it changes."""
        places = parts(e)
        if e.path[0] == "sizes" and len(places) > 1:
            self.use(places[1], self.sizes.get(e.path[1]))
        elif len(places) > 1 or e.path[0] in self.members:
            found = self.members.get(e.path[0])
            node = found.node if found is not None else None
            published = isinstance(node, ast.GraphDecl | ast.StageDecl)
            self.use(
                places[0], found if published or isinstance(node, ast.ComponentDecl | ast.Param) else None
            )
            if published and isinstance(e.value, ast.Name):
                other = self.members.get(e.value.id)
                self.use(
                    e.value.span, other if other is not None and type(other.node) is type(node) else None
                )

    def _space(self, d: ast.SpaceDecl) -> None:
        if d.type is not None:
            for dim in d.type.dims:
                self._dims(dim.value)
        for part in d.factors:
            self.use(part.span, self._space_called(part.id))
        if d.codec is not None:
            self.use(d.codec.span, self._component(d.codec.id))
        if d.of is not None:
            self.use(d.of.span, self._space_called(d.of.id))
        for e in d.entries:
            if d.of is not None:
                self.use(parts(e)[0], self.sizes.get(e.name))
                self._dims(e.value)
            else:
                self._constants(e.value)

    def _constants(self, e: object) -> None:
        """Names of components, in `normalize` and `ticks`."""
        match e:
            case ast.Name(id=name):
                self.use(e.span, self._component(name))
            case ast.Attr(base=base):
                self._constants(base)
            case ast.Call(func=func, args=args):
                self._constants(func)
                for a in args:
                    self._constants(a.value)
            case ast.Unary(operand=x):
                self._constants(x)
            case ast.Binary(left=left, right=right):
                self._constants(left)
                self._constants(right)

    def _process(self, d: ast.ProcessDecl) -> None:
        helpers = {b.targets[0].id: Symbol("helper", b.targets[0].id, b.targets[0].span, b) for b in d.lets}
        self.declare_all(helpers)
        scope = process_scope(self.members, helpers)
        for b in d.lets:
            self._expr(b.value, scope)
        for e in d.entries:
            if e.value is not None:
                self._expr(e.value, self._given(e, scope))

    def _given(self, e: ast.Entry, scope: BodyScope) -> BodyScope:
        """Where the value of an entry stands: with the number that it is a function of."""
        if e.given is None:
            return scope
        names = {e.given.id: Symbol("argument", e.given.id, e.given.span, e)}
        self.declare_all(names)
        return BodyScope(names, scope)

    def _record(self, d: ast.RecordDecl) -> None:
        for f in d.fields:
            self.declare(Symbol("field", f.name.id, f.name.span, f, d.name.id))
            self._type(f.type, BodyScope({}))

    def _stage(self, d: ast.StageDecl, base: BodyScope) -> None:
        self._params(d.params, base, d.name.id)
        names = {p.name.id: Symbol("argument", p.name.id, p.name.span, p, d.name.id) for p in d.params}
        self._type(d.result, BodyScope(names, base))
        if isinstance(d.by, ast.ByPython):
            name = d.by.function
            self.use(name.span, Symbol("python", name.id, name.span, d.by, d.name.id))
            return
        scope = stage_scope(self.members, names)
        if isinstance(d.by, ast.ByStage):
            self.use(d.by.stage.span, self.members.get(d.by.stage.id))
            given = [e.value for e in d.by.entries if e.value is not None]
        else:
            self.use(d.by.component.span, self._component(d.by.component.id))
            given = [a.value for a in d.by.args]
            if d.by.component.id in IN_STAGES.keys() - HANDED and self._component(d.by.component.id) is None:
                scope = family_scope(self.members)
        for value in given:
            self._expr(value, scope)

    def _method(self, d: ast.MethodDecl) -> None:
        definition = Definition(d, self.module)
        if d.parent is not None:
            parent = meaning(self.module.names, words_of(d.parent)).method
            self._dotted(d.parent, of_definition(parent) if parent is not None else None)
        self.members, self.roles = method_members(definition)
        self.declare_all(self.members, self.roles)
        self._members(d.members, method_scope(self.members, self.roles))

    def _members(self, declared: Iterable[object], base: BodyScope) -> None:
        """Parameters, state, graphs, updates and shared names."""
        for m in declared:
            match m:
                case ast.Param():
                    self._param(m, base)
                case ast.StateDecl(value=value):
                    self._expr(value, base)
                case ast.GraphDecl():
                    self._graph(m, base)
                case ast.UpdateDecl():
                    for r in m.roles:
                        self.use(r.span, self.roles.get(r.id))
                    for e in (m.every, m.excepted, m.start, m.end):
                        if e is not None:
                            self._expr(e, base)
                    self._body(m.body, BodyScope({}, base), in_update=True)
                case ast.Bind(value=value):
                    self._expr(value, base)
                case ast.Draw():
                    self._draw(m, base)
                case ast.Assert(condition=e) | ast.Reveal(value=e):
                    self._expr(e, base)

    def _program(self, d: ast.ProgramDecl) -> None:
        name = d.name.id
        declared = [m for m in d.members if isinstance(m, ast.RoleDecl)]
        self.members = members_of(d.members, name)
        for r in reversed(declared):
            self.roles[r.name.id] = Symbol("role", r.name.id, r.name.span, r, name)
            found = family_of(r, self.module)
            if found is not None:
                self.bound[r.name.id] = found[0]
        self.sizes = sizes(d.members, name)
        for size, symbol in self.sizes.items():
            of_families = (sizes(f.declaration.members, f.name) for f in self.bound.values())  # type: ignore[union-attr]
            leads = next((t[size] for t in of_families if size in t), None)
            self.sizes[size] = replace(symbol, leads=leads)
        fields = (f for m in d.members if isinstance(m, ast.DataDecl) for f in m.fields)
        self.fields = {f.name.id: Symbol("field", f.name.id, f.name.span, f, name) for f in fields}
        self.declare_all(self.members, self.roles, self.sizes, self.fields)
        base = method_scope({**self._samplers(d), **self.members}, self.roles)
        self._members(d.members, base)
        for m in d.members:
            match m:
                case ast.RoleDecl():
                    self._role(m, base)
                case ast.DataDecl():
                    self.declare(Symbol("data", m.name.id, m.name.span, m, name))
                    for f in m.fields:
                        self._type(f.type, base)
                case ast.UseDecl():
                    self._use(m, base)
                case ast.OptimizeDecl(role=role, optimizer=optimizer):
                    self.use(role.span, self.roles.get(role.id))
                    for a in optimizer.args if isinstance(optimizer, ast.Call) else ():
                        self._expr(a.value, base)
                case ast.SettingsDecl(every=every, entries=entries):
                    if every is not None:
                        self._expr(every, base)
                    self._settings(entries, base)
                case ast.TrackDecl(entries=entries):
                    self._settings(entries, base)
                case ast.ProduceDecl():
                    self.declare(Symbol("data set", m.name.id, m.name.span, m, name))
                    self._expr(m.value, base)
                    self._settings(m.entries, base)
                case ast.ProcessDecl():
                    self.declare(Symbol("process", m.name.id, m.name.span, m, name))
                    self._process(m)
                case _:
                    pass

    def _role(self, d: ast.RoleDecl, base: BodyScope) -> None:
        self._settings((e for e in d.entries if e.name == "init"), base)
        if not isinstance(d.source, ast.Call):
            return
        found = family_of(d, self.module)
        self._family_path(d.source.func, found)
        taken = {}
        if found is not None:
            taken = parameters(of_definition(found[0]))
        for a in d.source.args:
            if a.name is not None:
                self.use(name_of(a), taken.get(a.name))
                self._expr(a.value, BodyScope({}))
            elif isinstance(a.value, ast.Attr):
                self._other_program(a.value)

    def _family_path(self, e: ast.Expr, found: tuple[Definition, str | None] | None) -> None:
        """`wan`, `wan.t2v_14b`, `mine.wan.t2v_14b`: the last is the variant, if there is one."""
        if found is None:
            self._dotted(e, None)
            return
        definition, variant = found
        if variant is not None and isinstance(e, ast.Attr):
            assert isinstance(definition.declaration, ast.FamilyDecl)
            self.use(e.name_span, family_members(definition.declaration).get(variant))
            e = e.base
        self._dotted(e, of_definition(definition))

    def _dotted(self, e: ast.Expr, last: Symbol | None) -> None:
        """A name that may stand behind a file's: `dmd2`, `mine.dmd2`."""
        if isinstance(e, ast.Attr):
            self.use(e.name_span, last)
            if isinstance(e.base, ast.Name):
                self.use(e.base.span, self.outer.get(e.base.id))
        elif isinstance(e, ast.Name):
            self.use(e.span, self.outer.get(e.id))

    def _other_program(self, e: ast.Attr) -> None:
        """`program.role`, `file.program.role`."""
        program = meaning(self.module.names, words_of(e.base)).program
        self._dotted(e.base, of_definition(program) if program is not None else None)
        d = program.declaration if program is not None else None
        for m in d.members if isinstance(d, ast.ProgramDecl) else ():
            if isinstance(m, ast.RoleDecl) and m.name.id == e.name:
                self.use(e.name_span, Symbol("role", e.name, m.name.span, m, program.name))  # type: ignore[union-attr]

    def _samplers(self, d: ast.ProgramDecl) -> Symbols:
        """The graph that the program's method samples with, under its name, and by the role that it samples."""
        found: Symbols = {}
        for use in d.members:
            method = (
                meaning(self.module.names, words_of(use.method)).method
                if isinstance(use, ast.UseDecl)
                else None
            )
            sampler = sampler_of(method) if method is not None else None
            if sampler is None:
                continue
            assert isinstance(use, ast.UseDecl) and method is not None
            symbol, role = sampler
            found[symbol.name] = symbol
            names = list(method_members(method)[1])
            for i, a in enumerate(use.roles):
                name = a.name if a.name is not None else names[i] if i < len(names) else ""
                if name == role and isinstance(a.value, ast.Name):
                    self.sampled[a.value.id] = symbol
        return found

    def _use(self, d: ast.UseDecl, base: BodyScope) -> None:
        definition = meaning(self.module.names, words_of(d.method)).method
        self._dotted(d.method, of_definition(definition) if definition is not None else None)
        members, roles = method_members(definition) if definition is not None else ({}, {})
        for a in d.roles:
            if a.name is not None:
                self.use(name_of(a), roles.get(a.name))
            if isinstance(a.value, ast.Name):
                self.use(a.value.span, self.roles.get(a.value.id))
        for e in d.entries:
            found = members.get(e.name)
            self.use(parts(e)[0], found if found is not None and found.kind == "param" else None)
            if e.value is not None:
                self._expr(e.value, base)
