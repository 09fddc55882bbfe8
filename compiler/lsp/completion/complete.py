"""What may be written at a place.

The text there rarely parses: the tokens before it say what it is a part of, the parser's automaton which keywords may
stand, and the file as it last parsed what is declared elsewhere.
"""

from __future__ import annotations

import os
from pathlib import Path

from lsprotocol import types as lsp

from ....grammar import meanings
from ....stages.table import DISTRIBUTIONS
from ...modules.imports import library_names, public_names
from ...modules.names.members import sizes
from ...syntax import ast
from ...syntax.lexer import KEYWORDS
from ...syntax.syntax_errors import KEYWORD_FORMS
from ..features.symbol_text import flat
from ..settings_blocks import table_of
from ..workspace import View, Workspace
from . import paths
from .after_dot import after_dot
from .by_context import in_setting, in_type
from .by_first_word import by_first_word
from .request import Kind, Request

OPERANDS = frozenset({"NUMBER", "STRING"})
"""Terminals that may stand where an expression begins."""
CONNECTIVES = frozenset({"from", "every", "except", "until", "by", "to", "per", "in", "at", "with"})
"""Keywords inside an entry; `and`, `or` and `as` may follow every value, and are left out."""


def complete(workspace: Workspace, view: View, offset: int) -> list[lsp.CompletionItem]:
    r = Request(workspace, view, offset)
    if r.c.comment:
        return []
    if r.c.string is not None:
        return paths.complete(r, r.c.string)
    if r.c.last is not None and r.c.last.kind == "DOT":
        after_dot(r)
    elif r.c.path[-1:] == ["import"]:
        _names_of_import(r)
    elif r.entry == ["import"]:
        for name in library_names():
            r.items.add(name, Kind.Module, 1, "built in or installed")
    else:
        _plain(r)
    return list(r.items.found.values())


def _plain(r: Request) -> None:
    c = r.c
    _keywords(r)
    if in_type(r):
        return
    if not c.inner.braces:
        _arguments(r)
    elif not c.entry:
        _entries(r)
    settled = in_setting(r) or by_first_word(r)
    if not settled and c.expected >= OPERANDS and _takes_expressions(r):
        _expressions(r)


def _keywords(r: Request) -> None:
    starts = not r.c.entry
    for word, kind in KEYWORDS.items():
        if kind in r.c.expected and (word in CONNECTIVES if not starts else word not in ("and", "or", "as")):
            r.items.add(word, Kind.Keyword, 3 if starts else 4, KEYWORD_FORMS.get(word, "") if starts else "")


def _entries(r: Request) -> None:
    """The entries that a block may take."""
    block, path = r.c.block, r.c.path
    given = [e[0].text for e in block.done if e]
    _, slots = table_of(block, r.c.frames[: r.c.frames.index(block)])
    r.items.slots(slots, given)
    match block.block:
        case "use":
            for p in r.called.parameters if r.called is not None else ():
                if p.name not in given:
                    r.items.add(p.name, Kind.Property, 1, p.text, p.says, f"{p.name} = ")
        case "variant":
            r.items.locals(r.reach.of("component", "param"))
            r.items.add("sizes", Kind.Property, 1, "sizes.NAME = ...", write="sizes.")
            r.items.add("process", Kind.Property, 1, "process.shift = ...", write="process.")
        case "sizes" if path[:1] == ["program"]:
            for role in r.reach.roles:
                family = r.members_of(role)
                for s in sizes(family.members, role).values() if family is not None else ():
                    chosen = isinstance(s.node, ast.Entry) and not isinstance(s.node.value, ast.Number)
                    if s.name not in given and chosen and isinstance(s.node, ast.Entry):
                        r.items.add(s.name, Kind.Property, 1, flat(s.node.span.text), write=f"{s.name} = ")
        case "update" | "graph":
            r.items.locals(r.reach.of("state"), 2)
        case "for":  # what a round hands to the next
            r.items.locals(r.reach.of("state", "name"), 2)


def _arguments(r: Request) -> None:
    """The names of parameters that a call has not been given yet."""
    frame = r.c.inner
    if frame.entry or r.called is None:
        return
    given = {e[0].text for e in frame.done if len(e) > 1 and e[1].kind == "EQUAL"}
    without_name = len(frame.done) - len(given)
    for p in r.called.parameters[without_name:]:
        if p.name.isidentifier() and p.name not in given:
            r.items.add(p.name, Kind.Property, 2, p.text, p.says, f"{p.name} = ")


def _takes_expressions(r: Request) -> bool:
    """Whether names are read there: not in what a component states, nor in the words of a role's settings."""
    return not {"component", "variant", "record", "field", "data", "role", "track"} & {r.c.block.block} and (
        r.entry[:1] not in (["role"], ["data"])
    )


def _expressions(r: Request) -> None:
    c, items = r.c, r.items
    if c.last is not None and c.last.kind == "TILDE":
        for name, op in DISTRIBUTIONS.items():
            items.add(name, Kind.Function, 1, op.form, op.meaning)
    family = c.path[:1] == ["family"]
    kinds = ("param", "graph", "stage") if family else ("role", "param", "graph", "state")
    items.locals(r.reach.of(*kinds, "argument", "name"), 2)
    if not family:
        items.add("batch", Kind.Variable, 3, "the step's batch")
        items.add("step", Kind.Variable, 4, "the step's number, from 1")
    for name, m in meanings.FUNCTIONS.items():
        items.add(name, Kind.Function, 5, m.form, m.says)
    items.add("noise", Kind.Function, 5, "noise[role]", meanings.TYPES["noise"])
    for word in ("true", "false", "not"):
        items.add(word, Kind.Keyword, 6)


# imports


def _names_of_import(r: Request) -> None:
    block = r.c.block
    given = {t.text for e in (*block.done, block.entry) for t in e}
    target = block.head[1].text.strip('"') if len(block.head) > 1 else ""
    path = Path(os.path.normpath(r.view.path.parent / target)).resolve()
    for module in r.view.checked.modules[1:]:
        if module.path == path or (module.built_in and module.stem == target):
            for name in public_names(module):
                if name not in given:
                    r.items.add(name, Kind.Reference, 1)
