"""The names that may stand at a place, found from the tokens around it and from what the file imports.

A declaration that is being written does not parse, so its own members are found by the words they begin with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from ..base.frozen import field, mutable, struct
from ..base.source import Source
from ..modules.imports import Definition, Module, Named
from ..modules.names.lookup import meaning
from ..modules.names.members import method_members, sampler_of
from ..modules.names.symbol import Symbol
from ..syntax.lexer import Token
from .cursor import Cursor
from .features.symbol_text import flat

MEMBERS = {
    "param": "param",
    "graph": "graph",
    "state": "state",
    "stage": "stage",
    "component": "component",
    "space": "space",
    "record": "record",
    "variant": "variant",
    "role": "role",
}


@struct
class Local:
    """A name in reach. `head` is how its declaration begins; `symbol` is known for what parses."""

    kind: str
    name: str
    head: str = ""
    symbol: Symbol | None = None


@mutable
class NamesInReach:
    """What is in reach at a cursor. `names` go by name; `roles` have their family, where a program binds them."""

    names: dict[str, Local] = field(default_factory=dict)
    roles: dict[str, Definition | None] = field(default_factory=dict)

    def of(self, *kinds: str) -> Iterator[Local]:
        return (n for n in self.names.values() if n.kind in kinds)


def reach(c: Cursor, files: Mapping[str, Named], module: Module) -> NamesInReach:
    """`files` are the names that the file knows from its imports and its other declarations."""
    found = NamesInReach()
    if not c.piece:
        return found
    word = c.piece[0].text
    if word == "method":
        for role in _method_roles(c.piece):
            found.roles[role] = None
            found.names[role] = Local("role", role, f"role {role}")
        parent = _parent(c, module)
        if parent is not None:
            inherited, roles = method_members(parent)
            for symbol in (*inherited.values(), *roles.values()):
                found.names.setdefault(symbol.name, Local(symbol.kind, symbol.name, symbol=symbol))
    for i, token in enumerate(c.piece[:-1]):
        name = c.piece[i + 1]
        if token.text in MEMBERS and name.kind == "NAME" and _starts_entry(c.source, c.piece, i):
            if name.start == c.word.start:
                continue
            kind = MEMBERS[token.text]
            found.names[name.text] = Local(kind, name.text, _head(c.source, c.piece, i))
            if kind == "role":
                found.roles[name.text] = _family(c.piece[i + 3 :], files)
        if word in ("family", "program") and _is_size(c.piece, i) and token.start != c.word.start:
            found.names.setdefault(token.text, Local("size", token.text, _entry_text(c.source, c.piece, i)))
        shared = token.kind == "NAME" and token.depth == 1 and name.kind in ("EQUAL", "TILDE")
        if shared and word in ("method", "program") and _starts_entry(c.source, c.piece, i):
            found.names.setdefault(token.text, Local("name", token.text, _head(c.source, c.piece, i)))
    if word == "program":
        for symbol in _samplers(c.piece, module):
            found.names.setdefault(symbol.name, Local(symbol.kind, symbol.name, symbol=symbol))
    for frame in c.frames[1:]:
        if frame.block in ("graph", "update", "for"):
            for name_token in _introduced(frame.head, frame.block):
                kind = "argument" if frame.block == "graph" else "name"
                found.names[name_token.text] = Local(kind, name_token.text)
            for entry in frame.done:
                for name_token in _bound(entry):
                    text = flat(c.source.text[entry[0].start : entry[-1].end])
                    found.names.setdefault(name_token.text, Local("name", name_token.text, text))
    return found


def _starts_entry(source: Source, piece: Sequence[Token], i: int) -> bool:
    if not i:
        return True
    before = piece[i - 1]
    return before.kind in ("LBRACE", "RBRACE", "COMMA") or "\n" in source.text[before.end : piece[i].start]


def _is_size(piece: Sequence[Token], i: int) -> bool:
    """Whether a token names a size: the first of an entry in the braces after `sizes`."""
    if (
        piece[i].kind != "NAME"
        or piece[i].depth != 2
        or piece[i - 1].kind in ("EQUAL", "STAR", "PLUS", "MINUS", "SLASH")
    ):
        return False
    opener = next((k for k in range(i, -1, -1) if piece[k].kind == "LBRACE"), 0)
    return opener > 0 and piece[opener - 1].text == "sizes"


def _entry_text(source: Source, piece: Sequence[Token], i: int) -> str:
    """`F = 4*k + 1`: up to the comma or brace."""
    end = next((k for k in range(i, len(piece)) if piece[k].kind in ("COMMA", "RBRACE")), i + 1)
    return flat(source.text[piece[i].start : piece[end - 1].end])


def _head(source: Source, piece: Sequence[Token], i: int) -> str:
    """The entry's text up to its block or the end of its line."""
    start = piece[i].start
    end = source.text.find("\n", start)
    text = source.text[start : end if end >= 0 else len(source.text)]
    return flat(text.split("{")[0])


def _method_roles(piece: Sequence[Token]) -> Iterator[str]:
    for token in piece[3:]:
        if token.kind != "COMMA" and token.kind != "NAME":
            return
        if token.kind == "NAME":
            yield token.text


def _parent(c: Cursor, module: Module) -> Definition | None:
    """The method behind `from` in a method's head."""
    texts = [t.text for t in c.piece]
    brace = texts.index("{") if "{" in texts else len(texts)
    if "from" not in texts[:brace]:
        return None
    path = texts[texts.index("from") + 1 : brace]
    return meaning(module.names, path[::2]).method


def _samplers(piece: Sequence[Token], module: Module) -> Iterator[Symbol]:
    """The graphs that the methods behind `use` sample with."""
    for i, token in enumerate(piece):
        if token.text == "use" and token.depth == 1:
            path = [t.text for t in piece[i + 1 : i + 4 : 2]]
            method = meaning(module.names, path).method or meaning(module.names, path[:1]).method
            sampler = sampler_of(method) if method is not None else None
            if sampler is not None:
                yield sampler[0]


def _family(tokens: Sequence[Token], files: Mapping[str, Named]) -> Definition | None:
    """The family that tokens such as `wan.t2v_14b(` name."""
    path: list[str] = []
    for token in tokens:
        if token.kind == "NAME":
            path.append(token.text)
        elif token.kind != "DOT":
            break
    found = meaning(files, path).family
    return found[0] if found is not None else None


def _introduced(head: Sequence[Token], block: str) -> Iterator[Token]:
    """The names that a block's own head introduces: a graph's parameters, a loop's."""
    if block == "graph":
        depth = 0
        for before, token in pairwise(head):
            depth += (before.kind in ("LPAR", "LSQB")) - (before.kind in ("RPAR", "RSQB"))
            if token.kind == "NAME" and depth == 1 and before.kind in ("LPAR", "COMMA"):
                yield token
    elif block == "for":
        for token in head[1:]:
            if token.text == "in":
                return
            if token.kind == "NAME":
                yield token


def _bound(entry: Sequence[Token]) -> Iterator[Token]:
    """The names that a statement binds."""
    if len(entry) > 1 and entry[0].kind == "NAME" and entry[1].kind in ("EQUAL", "TILDE"):
        yield entry[0]
    elif entry and entry[0].kind == "_TARGETS":
        for token in entry[1:]:
            if token.kind not in ("NAME", "COMMA"):
                return
            if token.kind == "NAME":
                yield token
