"""The names in graphs, updates, expressions and types."""

from __future__ import annotations

from collections.abc import Iterable

from ...base.source import Span
from ...syntax import ast
from ...types.quantity import LATENTS
from ..imports import Definition, Module
from .declared import rebound
from .lookup import meaning
from .members import family_members, of_definition, parameters, parts, role_function
from .scopes import BodyScope, carries
from .symbol import Symbol, Symbols, Use


class CodeBinder:
    """Notes what the names in code mean.

    `members`, `roles`, `sizes`, `fields` and `bound` are those of the declaration around; `bound` are its roles' families,
    `sampled` the samplers that its method publishes, by role.
    """

    def __init__(self, module: Module) -> None:
        self.module = module
        self.uses: list[Use] = []
        self.files: Symbols = {}
        self.members: Symbols = {}
        self.outer: Symbols = {}
        self.roles: Symbols = {}
        self.sizes: Symbols = {}
        self.fields: Symbols = {}
        self.bound: dict[str, Definition] = {}
        self.sampled: Symbols = {}

    def use(
        self, span: Span, symbol: Symbol | None, declares: bool = False, statement: ast.Syntax | None = None
    ) -> None:
        if symbol is not None:
            self.uses.append(Use(span, symbol, declares, statement))

    def declare(self, symbol: Symbol) -> None:
        self.use(symbol.span, symbol, declares=True)

    def declare_all(self, *tables: Symbols) -> None:
        for table in tables:
            for symbol in table.values():
                if symbol.span.source is self.module.source:
                    self.declare(symbol)

    def _declared(self, path: tuple[str, ...]) -> Symbol | None:
        """The declaration of another file that a path of words means."""
        found = meaning(self.module.names, path)
        definition = found.found if not found.left else None
        return of_definition(definition) if isinstance(definition, Definition) else None

    def _component(self, name: str) -> Symbol | None:
        found = self.members.get(name)
        return found if found is not None and found.kind == "component" else None

    def _space_called(self, name: str) -> Symbol | None:
        for table in (self.members, self.outer):
            if name in table and table[name].kind == "space":
                return table[name]
        return None

    def _settings(self, entries: Iterable[ast.Entry], base: BodyScope) -> None:
        for e in entries:
            if e.value is not None:
                self._expr(e.value, base)

    def _param(self, p: ast.Param, base: BodyScope) -> None:
        if p.type is not None:
            self._type(p.type, base)
        if p.default is not None:
            self._expr(p.default, base)

    def _params(self, params: Iterable[ast.Param], base: BodyScope, owner: str) -> Symbols:
        found: Symbols = {}
        for p in params:
            found[p.name.id] = Symbol("argument", p.name.id, p.name.span, p, owner)
            self._param(p, base)
        self.declare_all(found)
        return found

    def _graph(self, d: ast.GraphDecl, base: BodyScope) -> None:
        self._body(d.body, BodyScope(self._params(d.params, base, d.name.id), base))

    def _body(self, statements: Iterable[ast.Statement], scope: BodyScope, in_update: bool = False) -> None:
        for s in statements:
            match s:
                case ast.Bind(targets=targets, value=value):
                    self._expr(value, scope)
                    for t in targets:
                        self._bind(t, s, scope, in_update)
                case ast.Draw(target=target):
                    self._draw(s, scope)
                    self._bind(target, s, scope, in_update)
                case ast.For():
                    self._expr(s.iterable, scope)
                    names = {t.id: Symbol("name", t.id, t.span, s) for t in s.targets}
                    self.declare_all(names)
                    carried = rebound(s, lambda name: carries(scope.find(name)))
                    self._body(s.body, BodyScope(names, scope, frozenset(carried)), in_update)
                case ast.Loss(name=name, value=value):
                    self._expr(value, scope)
                    self.declare(Symbol("loss", name.id, name.span, s))
                case ast.Log(name=name, value=value):
                    self._expr(value, scope)
                    self.declare(Symbol("log", name.id, name.span, s))
                case ast.Return(value=e) | ast.Assert(condition=e) | ast.Reveal(value=e):
                    self._expr(e, scope)

    def _bind(self, target: ast.Name, s: ast.Statement, scope: BodyScope, in_update: bool) -> None:
        own = scope.names.get(target.id)
        if own is not None:  # bound twice, which is an error
            self.use(target.span, own, declares=True, statement=s)
            return
        outside = scope.find(target.id)
        if outside is not None and (target.id in scope.carried or _keeps_its_meaning(outside, in_update)):
            self.use(target.span, outside, declares=True, statement=s)
            return
        scope.names[target.id] = Symbol("name", target.id, target.span, s)
        self.declare(scope.names[target.id])

    def _draw(self, s: ast.Draw, scope: BodyScope) -> None:
        self._expr(s.distribution, scope)
        if s.scope_arg is not None:
            self._expr(s.scope_arg, scope)

    def _expr(self, e: ast.Expr, scope: BodyScope) -> None:
        match e:
            case ast.Name(id=name):
                self.use(e.span, scope.find(name))
            case ast.ListExpr(items=items) | ast.TupleExpr(items=items):
                for item in items:
                    self._expr(item, scope)
            case ast.Each(item=item, name=name, over=over):
                self._expr(over, scope)
                names = {name.id: Symbol("name", name.id, name.span, e)}
                self.declare_all(names)
                self._expr(item, BodyScope(names, scope))
            case ast.MapExpr(entries=entries):
                self._settings(entries, scope)
            case ast.Attr():
                self._attribute(e, scope)
            case ast.Call():
                self._call(e, scope)
            case ast.Index(base=ast.Name(id=kind), index=inner) if kind in LATENTS and not scope.find(kind):
                self._space_or_role(inner, scope)
            case ast.Index(base=base, index=inner):
                self._expr(base, scope)
                self._expr(inner, scope)
            case ast.SamplesOf(base=base, which=which):
                self._expr(base, scope)
                self._expr(which, scope)
            case ast.Unary(operand=x):
                self._expr(x, scope)
            case ast.Binary(left=left, right=right) | ast.Range(low=left, high=right):
                self._expr(left, scope)
                self._expr(right, scope)
            case ast.As(value=value, type=type_):
                self._expr(value, scope)
                self._type(type_, scope)

    def _space_or_role(self, e: ast.Expr, scope: BodyScope) -> None:
        """What stands between the brackets of `clean[...]`."""
        if not isinstance(e, ast.Name):
            if isinstance(e, ast.Attr) and isinstance(e.base, ast.Name) and e.base.id in self.outer:
                self._attribute(e, BodyScope(self.outer))
            else:
                self._expr(e, scope)
            return
        self.use(e.span, self.roles.get(e.id) or self._space_called(e.id))

    def _attribute(self, e: ast.Attr, scope: BodyScope) -> None:
        if not isinstance(e.base, ast.Name):
            self._expr(e.base, scope)
            return
        base = scope.find(e.base.id)
        if base is None and e.base.id == "batch":
            self.use(e.name_span, self.fields.get(e.name))
            return
        self.use(e.base.span, base)
        if base is None:
            return
        match base.kind:
            case "role":
                self.use(e.name_span, self._of_role(base, e.name))
            case "argument":
                fields = self._record_of(base)
                if base.name == "batch":
                    fields = self.fields
                self.use(e.name_span, fields.get(e.name))
            case "file" | "alias":
                self.use(e.name_span, self._declared((e.base.id, e.name)))
            case _:
                pass

    def _of_role(self, role: Symbol, name: str) -> Symbol | None:
        """What `role.name` means, where the role's family is known."""
        definition = self.bound.get(role.name) if isinstance(role.node, ast.RoleDecl) else None
        if definition is None:
            return None
        assert isinstance(definition.declaration, ast.FamilyDecl)
        return role_function(definition.declaration, name)

    def _record_of(self, argument: Symbol) -> Symbols:
        """The fields of a stage's or graph's parameter whose type is a record of this family."""
        type_ = argument.node.type if isinstance(argument.node, ast.Param) else None
        if not isinstance(type_, ast.TypeExpr):
            return {}
        record = self._record_called(type_.name)
        d = record.node if record is not None else None
        fields = d.fields if isinstance(d, ast.RecordDecl) else ()
        return {f.name.id: Symbol("field", f.name.id, f.name.span, f, type_.name) for f in fields}

    def _record_called(self, name: str) -> Symbol | None:
        first, _, rest = name.partition(".")
        if rest and first in self.bound:
            declaration = self.bound[first].declaration
            assert isinstance(declaration, ast.FamilyDecl)
            symbol = family_members(declaration).get(rest)
        elif rest:
            symbol = self._declared((first, rest))
        else:
            symbol = self.members.get(name) or self.outer.get(name)
        return symbol if symbol is not None and symbol.kind == "record" else None

    def _call(self, e: ast.Call, scope: BodyScope) -> None:
        callee = self._published(e, scope)
        if callee is not None and isinstance(e.func, ast.Attr):
            self._expr(e.func.base, scope)
            self.use(e.func.name_span, callee)
        else:
            callee = self._callee(e, scope)
            self._expr(e.func, scope)
        taken = parameters(callee) if callee is not None else {}
        free = callee is None
        for i, a in enumerate(e.args):
            if a.name is not None:
                inner = e.args[0].value
                if (
                    free
                    and i
                    and isinstance(e.func, ast.Name)
                    and e.func.id == "jvp"
                    and isinstance(inner, ast.Call)
                ):
                    differentiated = self._callee(inner, scope)
                    taken = parameters(differentiated) if differentiated is not None else {}
                self.use(name_of(a), taken.get(a.name))
                if free and a.name in ("per", "axis", "dtype"):
                    continue
            self._expr(a.value, scope)

    def _published(self, e: ast.Call, scope: BodyScope) -> Symbol | None:
        """The sampler of a method, where a call of a role's means it: one with no arguments that only the family's has."""
        if not isinstance(e.func, ast.Attr) or not isinstance(e.func.base, ast.Name):
            return None
        role, found = scope.find(e.func.base.id), self.sampled.get(e.func.base.id)
        if found is None or role is None or role.kind != "role" or e.func.name != found.name:
            return None
        return found if all(a.name in (None, *parameters(found)) for a in e.args) else None

    def _callee(self, e: ast.Call, scope: BodyScope) -> Symbol | None:
        """The graph or stage that is called."""
        match e.func:
            case ast.Name(id=name):
                found = scope.find(name)
            case ast.Attr(base=ast.Name(id=base), name=name):
                role = scope.find(base)
                found = self._of_role(role, name) if role is not None and role.kind == "role" else None
            case _:
                return None
        return found if found is not None and found.kind in ("graph", "stage") else None

    def _type(self, t: ast.AnyType, scope: BodyScope) -> None:
        match t:
            case ast.ListType(item=item):
                self._type(item, scope)
            case ast.TupleType(items=items):
                for item in items:
                    self._type(item, scope)
            case ast.TypeExpr(name=name) if name in LATENTS:
                for i, d in enumerate(t.dims):
                    if i == 0:
                        self._space_or_role(d.value, scope)
                    else:
                        self._expr(d.value, scope)
                    if d.to is not None:
                        self._expr(d.to, scope)
            case ast.TypeExpr(name=name):
                record = self._record_called(name)
                places = parts(t)
                self.use(places[-1], record)
                if len(places) > 1:
                    first = name.partition(".")[0]
                    self.use(places[0], self.roles.get(first) or self.outer.get(first))
                for d in t.dims:
                    self._dims(d.value)

    def _dims(self, e: object) -> None:
        match e:
            case ast.Name(id=name):
                self.use(e.span, self.sizes.get(name))
            case ast.Unary(operand=x):
                self._dims(x)
            case ast.Binary(left=left, right=right):
                self._dims(left)
                self._dims(right)


def _keeps_its_meaning(outside: Symbol, in_update: bool) -> bool:
    """Whether a statement that binds this name gives it no new meaning: an update gives state its next value, and a role
    that is bound, which is an error, stays a role."""
    return outside.kind == "role" or (in_update and outside.kind == "state")


def name_of(a: ast.Arg) -> Span:
    """Where an argument's own name stands."""
    return Span(a.span.source, a.span.start, a.span.start + len(a.name or ""))
