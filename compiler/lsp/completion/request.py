"""One request for completions: the place, what is in reach there, and the items found so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from lsprotocol import types as lsp

from ...modules.imports import Definition, Module, Named, Namespace
from ...modules.names.members import of_definition
from ...modules.names.missing_imports import KINDS as LIBRARY
from ...modules.names.missing_imports import unimported
from ...modules.names.symbol import Symbol
from ...syntax import ast
from ..cursor import Cursor, cursor
from ..features.enclosing_call import Called, called
from ..features.symbol_text import header
from ..names_in_reach import Local, NamesInReach, reach
from ..positions import Text
from ..settings_blocks import Slot
from ..workspace import View, Workspace

Kind = lsp.CompletionItemKind
KINDS = {
    "role": Kind.Variable,
    "param": Kind.Property,
    "argument": Kind.Variable,
    "name": Kind.Variable,
    "state": Kind.Field,
    "graph": Kind.Function,
    "stage": Kind.Function,
    "component": Kind.Class,
    "space": Kind.Interface,
    "record": Kind.Struct,
    "size": Kind.Constant,
    "variant": Kind.EnumMember,
    "family": Kind.Module,
    "method": Kind.Module,
    "program": Kind.Module,
    "process": Kind.Event,
    "file": Kind.File,
}


class Items:
    """Items that replace one word. In an editor's list they stand by `rank`, then by name."""

    def __init__(self, c: Cursor, text: Text) -> None:
        self.range = text.range_of(c.word)
        self.found: dict[str, lsp.CompletionItem] = {}

    def add(
        self,
        label: str,
        kind: Kind,
        rank: int,
        detail: str = "",
        says: str = "",
        write: str = "",
        extra: lsp.TextEdit | None = None,
    ) -> None:
        """`write` is what is inserted, the label by default, and `extra` an edit elsewhere that goes with it. The first item
        of a label stays."""
        self.found.setdefault(
            label,
            lsp.CompletionItem(
                label,
                kind=kind,
                detail=detail or None,
                documentation=lsp.MarkupContent(lsp.MarkupKind.Markdown, says) if says else None,
                sort_text=f"{rank}{label}",
                text_edit=lsp.TextEdit(self.range, write or label),
                additional_text_edits=[extra] if extra is not None else None,
            ),
        )

    def local(self, name: Local, rank: int = 2) -> None:
        if name.symbol is not None:
            self.symbol(name.symbol, rank)
        else:
            self.add(name.name, KINDS.get(name.kind, Kind.Variable), rank, name.head)

    def locals(self, names: Iterable[Local], rank: int = 1) -> None:
        for name in names:
            self.local(name, rank)

    def symbol(self, s: Symbol, rank: int = 2) -> None:
        self.add(s.name, KINDS.get(s.kind, Kind.Variable), rank, header(s), "\n".join(s.doc))

    def slots(self, slots: Mapping[str, Slot], given: Iterable[str]) -> None:
        """Entries of a block that it has not been given."""
        done = set(given)
        for s in slots.values():
            if s.name not in done and s.name != "every":
                write = s.name if s.flag else f"{s.name} = "
                self.add(s.name, Kind.Property, 1, s.wanted, s.described, write)

    def words(self, words: Mapping[str, str], kind: Kind, close: str = "") -> None:
        for word, says in words.items():
            self.add(word, kind, 1, says=says, write=word + close)


class Request:
    """`files` are the names that the file knows by its imports and its other declarations."""

    def __init__(self, workspace: Workspace, view: View, offset: int) -> None:
        self.workspace = workspace
        self.view = view
        self.c = cursor(view.source, offset, view.lexed)
        self.good = workspace.good(view.path)
        self.module: Module = view.main
        before = self.good.main.names if self.good is not None else {}
        self.files: dict[str, Named] = {**before, **view.main.names}
        self.reach: NamesInReach = reach(self.c, self.files, self.module)
        self.items = Items(self.c, view.text)

    @cached_property
    def called(self) -> Called | None:
        return called(self.c, self.reach, self.files, self.module)

    @cached_property
    def entry(self) -> list[str]:
        """What is written of the entry, as words."""
        return [t.text for t in self.c.entry]

    def declared(self, kind: type) -> Iterator[Symbol]:
        """Declarations of a kind that go by their own name here."""
        for named in self.files.values():
            if isinstance(named, Definition) and isinstance(named.declaration, kind):
                yield of_definition(named)

    def of_kind(self, kind: type) -> None:
        """Declarations of a kind, and files that hold one, under the names that they go by here."""
        for symbol in self.declared(kind):
            self.items.symbol(symbol, 1)
        for name, named in self.files.items():
            if not isinstance(named, Namespace):
                continue
            default = named.default
            if default is not None and isinstance(default.declaration, kind):
                s = of_definition(default)
                self.items.add(name, KINDS[s.kind], 1, header(s), "\n".join(s.doc))
            elif any(isinstance(d.declaration, kind) for d in named.module.own()):
                self.items.add(name, Kind.File, 2)

    def to_import(self, kind: type) -> None:
        """What comes with fdc or a package and is not imported yet, with the edit that imports it."""
        for name, fix in unimported(self.module, kind):
            if name not in self.files:
                edit = lsp.TextEdit(self.view.text.range_of(fix.span), fix.text)
                self.items.add(name, KINDS[LIBRARY[kind]], 3, fix.title, extra=edit)

    def members_of(self, role: str) -> ast.FamilyDecl | None:
        """The family that a program binds a role to."""
        family = self.reach.roles.get(role)
        declaration = family.declaration if family is not None else None
        return declaration if isinstance(declaration, ast.FamilyDecl) else None
