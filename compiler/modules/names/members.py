"""What declarations offer by name: members of families, methods and programs, parameters of graphs and stages."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from ....stages.table import ROLE_FUNCTIONS
from ...base.frozen import replace
from ...base.source import Span
from ...syntax import ast
from ...syntax.visitor import names_read
from ..imports import Definition
from .declared import declared_by
from .lineage import lineage, method_decl
from .symbol import Symbol, Symbols

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


def family_members(d: ast.FamilyDecl) -> Symbols:
    found: Symbols = {}
    for m in d.members:
        if not isinstance(m, (ast.SizesDecl, ast.Allow)):
            symbol = Symbol(KINDS[type(m)], m.name.id, m.name.span, m, d.name.id)
            found.setdefault(m.name.id, symbol)
    return found


def role_function(family: ast.FamilyDecl, name: str) -> Symbol | None:
    """What `role.name` means for a role of this family. What every role offers leads to what it is made by: the denoise
    stage, or the process."""
    members = family_members(family)
    op = ROLE_FUNCTIONS.get(name)
    if op is not None:
        made_by = next((s for s in members.values() if _makes(s.node, op.rule)), None)
        return (
            replace(made_by, kind="role function", name=name, leads=made_by) if made_by is not None else None
        )
    found = members.get(name)
    return found if found is not None and found.kind in ("graph", "stage") else None


def _makes(node: object, rule: str) -> bool:
    if rule == "mix":
        return isinstance(node, ast.ProcessDecl)
    return isinstance(node, ast.StageDecl) and node.kind.id == "denoise"


def sizes(members: Iterable[object], owner: str) -> Symbols:
    found: Symbols = {}
    for m in members:
        for e in m.entries if isinstance(m, ast.SizesDecl) else ():
            found.setdefault(e.name, Symbol("size", e.name, parts(e)[0], e, owner))
    return found


def members_of(declared: Iterable[ast.Syntax], owner: str) -> Symbols:
    """Parameters, state, graphs and shared names of a method or program."""
    found: Symbols = {}
    for m in declared:
        for kind, name in declared_by(m):
            found.setdefault(name.id, Symbol(kind, name.id, name.span, m, owner))
    return found


def method_members(d: Definition) -> tuple[Symbols, Symbols]:
    """A method's members and roles; those of the method it comes from, where it does not replace them."""
    members: Symbols = {}
    roles: Symbols = {}
    for method in lineage(d).methods:
        m = method_decl(method)
        own = members_of(m.members, m.name.id)
        members |= {n: replace(s, origin=members.get(n)) for n, s in own.items()}
        inherited, roles = roles, {}
        for r in m.roles:
            roles[r.id] = Symbol("role", r.id, r.span, m, m.name.id, origin=inherited.get(r.id))
    return members, roles


SAMPLER = "sample"
"""The graph that samples, of families and methods alike."""


def sampler_of(d: Definition) -> tuple[Symbol, str] | None:
    """The graph that a method samples with, and its own name of the role that this samples; None if it has none."""
    members, roles = method_members(d)
    graph = members.get(SAMPLER)
    if graph is None or not isinstance(graph.node, ast.GraphDecl):
        return None
    declared = (m for method in lineage(d).methods for m in method_decl(method).members)
    trained = {r.id for m in declared if isinstance(m, ast.UpdateDecl) for r in m.roles}
    return graph, sampled_role(graph.node, list(roles), trained)


def sampled_role(graph: ast.GraphDecl, roles: Sequence[str], trained: Collection[str]) -> str:
    """The first of a method's roles that its sampler names and that it trains; its first role if there is none."""
    read = names_read([graph.body])
    return next((r for r in roles if r in read and r in trained), roles[0] if roles else "")


def parameters(symbol: Symbol) -> Symbols:
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
