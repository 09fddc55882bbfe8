"""What a family declares, by name, and what it may name from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...base.diagnostic_bag import Bag
from ...base.diagnostics import Diagnostic, Label
from ...base.frozen import replace, struct
from ...base.source import Span
from ...modules.imports import Definition, Module, Namespace
from ...modules.names.lookup import from_elsewhere
from ...syntax import ast
from ...syntax.visitor import dotted, nodes
from .changed_stages import changed_stages


@struct(eq=False)
class FamilyDeclarations:
    """A family's text. `members` are its declarations by name, its sizes aside."""

    definition: Definition
    family: ast.FamilyDecl
    members: Mapping[str, ast.FamilyMember]

    @property
    def name(self) -> str:
        return self.family.name.id

    @property
    def module(self) -> Module:
        return self.definition.module

    def of(self, kind: type) -> Iterator:  # type: ignore[type-arg]
        return (m for m in self.members.values() if isinstance(m, kind))

    def publishing(self, names: Mapping[str, str]) -> FamilyDeclarations:
        """The same where some names of graphs and stages stand for other ones, or, where that is "", for none."""
        members = {n: m for n, m in self.members.items() if names.get(n) != ""}
        for name, other in names.items():
            own, found = self.members[name], self.members.get(other)
            if isinstance(own, ast.GraphDecl | ast.StageDecl) and isinstance(
                found, ast.GraphDecl | ast.StageDecl
            ):
                members[name] = replace(found, name=own.name)
        return replace(self, members=members)

    def elsewhere(self, kind: type) -> dict[str, Definition]:
        """Declarations of this kind outside of the family that it may name: `wan21`, `wan.wan21`."""
        found = from_elsewhere(self.module, kind)
        return {name: d for name, d in found.items() if name not in self.members}

    def processes_of_file(self) -> list[ast.ProcessDecl]:
        """Those that a family may use which declares none itself."""
        found = [n for n in self.module.names.values() if isinstance(n, Definition)]
        return [n.declaration for n in found if isinstance(n.declaration, ast.ProcessDecl)]

    @property
    def names_written(self) -> Mapping[str, Span]:
        """Every name that the family writes, with the first place of it."""
        kept = self.family.span.source.kept  # it follows from the text alone
        key = f"names of the family at {self.family.span.start}"
        if key not in kept:
            kept[key] = _names_written(self.family)
        found: Mapping[str, Span] = kept[key]
        return found

    @property
    def broken_names(self) -> dict[str, None]:
        """Names from elsewhere whose own declaration or import went wrong: whatever uses them stays silent."""
        found = {name for name in self.names_written if name.partition(".")[0] in self.module.broken}
        for alias, named in self.module.names.items():
            if isinstance(named, Namespace):
                found |= {f"{alias}.{name}" for name in named.module.broken}
        return dict.fromkeys(found)


def declarations_of(definition: Definition, bag: Bag) -> FamilyDeclarations:
    """Reports names that are declared twice; the first one counts."""
    family = definition.declaration
    assert isinstance(family, ast.FamilyDecl)
    members: dict[str, ast.FamilyMember] = {}
    for m in family.members:
        if isinstance(m, (ast.SizesDecl, ast.Allow)):
            continue
        first = members.setdefault(m.name.id, m)
        if first is not m and not isinstance(first, (ast.SizesDecl, ast.Allow)):
            bag.error(
                "duplicate-name",
                f"family `{family.name.id}` defines `{m.name.id}` twice",
                m.name.span,
                labels=(Label(first.name.span, "first defined here"),),
                help="rename one of the two",
            )
    return FamilyDeclarations(definition, family, changed_stages(members, bag))


def _names_written(family: ast.FamilyDecl) -> dict[str, Span]:
    found: dict[str, Span] = {}
    for node in nodes([family.members]):
        name = node.name if isinstance(node, ast.TypeExpr) else None
        if isinstance(node, (ast.Name, ast.Attr)):
            name = dotted(node)
        if name is not None and (name not in found or node.span.start < found[name].start):
            found[name] = node.span
    return found


def report_at_use(found: Iterable[Diagnostic], use: Span, bag: Bag) -> None:
    """What a declaration from elsewhere lacks here is reported where it is used."""
    for d in found:
        label = Label(d.span, d.note or "because of this")
        bag.add(replace(d, span=use, note="used here", labels=(label, *d.labels), fixes=()))
