"""What declarations offer by name: members of families, methods and programs, parameters of graphs and stages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...base.diagnostic_bag import Bag
from ...base.frozen import replace
from ...base.source import Span
from ...check.programs.methods import find_method
from ...modules.imports import Definition, Module, Namespace, lookup_in
from ...syntax import ast
from .symbol import Named, Symbol

KINDS: Mapping[type, str] = {
    ast.SpaceDecl: "space",
    ast.ProcessDecl: "process",
    ast.RecordDecl: "record",
    ast.FamilyDecl: "family",
    ast.MethodDecl: "method",
    ast.ProgramDecl: "program",
    ast.ComponentDecl: "component",
    ast.StageDecl: "stage",
    ast.GraphDecl: "graph",
    ast.Param: "param",
    ast.VariantDecl: "variant",
    ast.StateDecl: "state",
    ast.RoleDecl: "role",
    ast.ProduceDecl: "data set",
}


def of_definition(d: Definition) -> Symbol:
    owner = d.family.name.id if d.family is not None else ""
    return Symbol(KINDS[type(d.declaration)], d.name, d.declaration.name.span, d.declaration, owner)


def family_members(d: ast.FamilyDecl) -> Named:
    found: Named = {}
    for m in d.members:
        if not isinstance(m, ast.SizesDecl):
            symbol = Symbol(KINDS[type(m)], m.name.id, m.name.span, m, d.name.id)
            found.setdefault(m.name.id, symbol)
    return found


def sizes(members: Iterable[object], owner: str) -> Named:
    found: Named = {}
    for m in members:
        for e in m.entries if isinstance(m, ast.SizesDecl) else ():
            found.setdefault(e.name, Symbol("size", e.name, parts(e)[0], e, owner))
    return found


def members_of(declared: Iterable[object], owner: str) -> Named:
    """Parameters, state, graphs and shared names of a method or program."""
    found: Named = {}
    for m in declared:
        match m:
            case ast.Param() | ast.GraphDecl() | ast.StateDecl():
                found.setdefault(m.name.id, Symbol(KINDS[type(m)], m.name.id, m.name.span, m, owner))
            case ast.Bind(targets=targets):
                for t in targets:
                    found.setdefault(t.id, Symbol("name", t.id, t.span, m, owner))
            case ast.Draw(target=t):
                found.setdefault(t.id, Symbol("name", t.id, t.span, m, owner))
            case _:
                pass
    return found


def method_members(d: Definition, seen: tuple[str, ...] = ()) -> tuple[Named, Named]:
    """A method's members and roles; those of the method it comes from, where it does not replace them."""
    m = d.declaration
    assert isinstance(m, ast.MethodDecl)
    own = members_of(m.members, m.name.id)
    roles = {r.id: Symbol("role", r.id, r.span, m, m.name.id) for r in m.roles}
    parent = find_method(m.parent, d.module, Bag()) if m.parent is not None else None
    if parent is None or parent.key in (*seen, d.key):
        return own, roles
    above, above_roles = method_members(parent, (*seen, d.key))
    own = {n: replace(s, origin=above[n]) if n in above else s for n, s in own.items()}
    roles = {n: replace(s, origin=above_roles[n]) if n in above_roles else s for n, s in roles.items()}
    return {**above, **own}, roles


def parameters(symbol: Symbol) -> Named:
    """The parameters of a graph or stage, or of a family."""
    match symbol.node:
        case ast.GraphDecl(params=params) | ast.StageDecl(params=params):
            return {p.name.id: Symbol("argument", p.name.id, p.name.span, p, symbol.name) for p in params}
        case ast.FamilyDecl() as d:
            return {n: s for n, s in family_members(d).items() if s.kind == "param"}
        case _:
            return {}


def parts(node: ast.Entry | ast.TypeExpr) -> list[Span]:
    """Where the names of a dotted path stand, which starts where its node starts."""
    names = node.path if isinstance(node, ast.Entry) else node.name.split(".")
    text, at, found = node.span.source.text, node.span.start, []
    for name in names:
        at = text.index(name, at)
        found.append(Span(node.span.source, at, at + len(name)))
        at += len(name)
    return found


def family_of(role: ast.RoleDecl, module: Module) -> tuple[Definition, str | None] | None:
    """The family, and the variant's name, that a role is bound to."""
    func = role.source.func if isinstance(role.source, ast.Call) else role.source
    path: list[str] = []
    while isinstance(func, ast.Attr):
        path.insert(0, func.name)
        func = func.base
    found: object = module.names.get(func.id) if isinstance(func, ast.Name) else None
    while isinstance(found, Namespace) and path and (inner := lookup_in(found.module, path[0])) is not None:
        found = inner
        path.pop(0)
    if isinstance(found, Namespace):
        found = found.default
    if not isinstance(found, Definition) or not isinstance(found.declaration, ast.FamilyDecl):
        return None
    return found, path[0] if path else None
