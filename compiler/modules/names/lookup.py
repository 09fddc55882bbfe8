"""What a path of words means in a file: `dmd2`, `mine.dmd2`, `wan.t2v_14b`, `file.program.role`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...base.frozen import struct
from ...syntax import ast
from ..imports import Definition, Module, Named, Namespace, lookup_in, public_names


@struct
class PathMeaning:
    """What the first words of a path mean, and the words that are `left` behind it.

    A file's name followed by a name that the file declares means that declaration.
    """

    path: tuple[str, ...]
    found: Named | None
    left: tuple[str, ...] = ()

    @property
    def definition(self) -> Definition | None:
        """A declaration; a file's bare name stands for the file's only family or method."""
        return self.found.default if isinstance(self.found, Namespace) else self.found

    def due(self, kind: type) -> Definition | None:
        """The declaration of the kind that is due; of a file that declares several kinds, the only one of this kind."""
        found = _of_kind(self.definition, kind)
        if found is None and isinstance(self.found, Namespace):
            there = [d for d in self.found.module.own() if isinstance(d.declaration, kind)]
            return there[0] if len(there) == 1 else None
        return found

    @property
    def method(self) -> Definition | None:
        return None if self.left else self.due(ast.MethodDecl)

    @property
    def family(self) -> tuple[Definition, str | None] | None:
        """The family, and the variant's name if one word is left."""
        family = self.due(ast.FamilyDecl)
        if family is None or len(self.left) > 1:
            return None
        return family, self.left[0] if self.left else None

    @property
    def program(self) -> Definition | None:
        """A program; a file's bare name stands for its program of that name."""
        if self.left:
            return None
        found = self.found
        if isinstance(found, Namespace):
            found = lookup_in(found.module, self.path[-1])
        return _of_kind(found, ast.ProgramDecl)


def _of_kind(found: Definition | None, kind: type) -> Definition | None:
    return found if found is not None and isinstance(found.declaration, kind) else None


def meaning(names: Mapping[str, Named], path: Sequence[str]) -> PathMeaning:
    """What a path means where these names are known."""
    found = names.get(path[0]) if path else None
    left = list(path[1:])
    while isinstance(found, Namespace) and left and (inner := lookup_in(found.module, left[0])) is not None:
        found = inner
        left.pop(0)
    return PathMeaning(tuple(path), found, tuple(left))


def words_of(e: ast.Expr) -> tuple[str, ...]:
    """`mine.wan.t2v_14b` as its words; none for what is no dotted name."""
    words: list[str] = []
    while isinstance(e, ast.Attr):
        words.insert(0, e.name)
        e = e.base
    return (e.id, *words) if isinstance(e, ast.Name) else ()


def family_of(role: ast.RoleDecl, module: Module) -> tuple[Definition, str | None] | None:
    """The family, and the variant's name, that a role is bound to."""
    e = role.source.func if isinstance(role.source, ast.Call) else role.source
    return meaning(module.names, words_of(e)).family


def from_elsewhere(module: Module, kind: type) -> dict[str, Definition]:
    """Declarations of a kind by the names under which a file may write them: `wan21`, `wan.wan21`."""
    found: dict[str, Definition] = {}
    for name, named in module.names.items():
        if isinstance(named, Namespace):
            for inner in public_names(named.module):
                d = lookup_in(named.module, inner)
                if d is not None and isinstance(d.declaration, kind):
                    found[f"{name}.{inner}"] = d
        elif isinstance(named.declaration, kind):
            found[name] = named
    return found


def beside(definition: Definition, name: str, kind: type) -> Definition | None:
    """What a declaration means by the name of a space, process or record: of the family around it, or of its file."""
    for m in definition.family.members if definition.family is not None else ():
        match m:
            case ast.SpaceDecl() | ast.ProcessDecl() | ast.RecordDecl() if (
                isinstance(m, kind) and m.name.id == name
            ):
                return Definition(m, definition.module, definition.family)
            case _:
                pass
    named = definition.module.names.get(name)
    return _of_kind(named, kind) if isinstance(named, Definition) else None
