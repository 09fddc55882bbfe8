"""What a hover says: the declaration that a name leads to, what it was found to be, what a word of the language does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ....grammar import meanings
from ...modules.names.symbol import Use
from ...syntax import ast, lexer
from ..cursor import cursor
from ..workspace import View, Workspace
from . import symbol_text
from .hover_text import code, gives, listed, result, rows_of, types
from .hover_words import about_word, described
from .symbol_text import Finding

OPERATORS = frozenset(
    kind
    for kind in lexer.PUNCTUATION.values()
    if kind not in ("RPAR", "RSQB", "LBRACE", "RBRACE", "DOT", "COMMA")
)
"""Marks over which a hover shows the type of the expression around them."""


def hover(workspace: Workspace, view: View, offset: int) -> tuple[str, int, int] | None:
    """Markdown, and the characters that it is about; None where there is nothing to say."""
    token = next((t for t in view.lexed.tokens if t.start <= offset < t.end), None)
    if token is None or token.kind == "NUMBER":
        token = next((t for t in view.lexed.tokens if t.kind == "NAME" and t.end == offset), None)
    if token is None:
        return None
    if token.kind == "NAME":
        use = view.names.at(token.start)
        if use is not None and use.span.start == token.start:
            return _page(_symbol(workspace, view, use)), token.start, token.end
        c = cursor(view.source, token.start, view.lexed)
        rows = list(about_word(workspace, view, c))
        return (_page(rows), token.start, token.end) if rows else None
    if token.kind == "STRING":
        use = view.names.at(token.start)
        return (_page(_symbol(workspace, view, use)), token.start, token.end) if use is not None else None
    if token.kind in OPERATORS:
        place = symbol_text.around(workspace, view, token.start, token.end)
        if place is not None:
            found = symbol_text.types_at(workspace, view, *place)
            if found:
                text = symbol_text.flat(view.source.text[place[0] : place[1]])
                return _page(types(text, found)), *place
    return None


def _page(rows: Iterable[str]) -> str:
    return "\n\n".join(row for row in rows if row)


# names


def _symbol(workspace: Workspace, view: View, use: Use) -> Iterator[str]:
    symbol = use.symbol
    if symbol.leads is not None and symbol.kind in ("file", "alias"):
        symbol = symbol.leads
    found = [] if symbol.kind in ("family", "method", "program") else _known(workspace, view, use)
    if symbol.kind == "name":
        yield from types(symbol.name, found) if found else [code(symbol_text.header(symbol))]
    else:
        yield code(symbol_text.header(symbol))
        if not (symbol.kind == "role" and isinstance(symbol.node, ast.MethodDecl)):
            yield "\n".join(symbol.doc)
        match symbol.node:
            case ast.FamilyDecl() as family:
                yield listed(symbol_text.family_facts(family))
            case ast.MethodDecl() as method if symbol.kind == "method":
                rows = "\n".join(symbol_text.method_facts(method))
                yield code(rows) if rows else ""
            case ast.GraphDecl(body=body) if use.declares and body and isinstance(body[-1], ast.Return):
                span = body[-1].value.span
                yield gives(symbol_text.types_at(workspace, view, span.start, span.end))
            case ast.GraphDecl() | ast.StageDecl() if symbol.kind != "role function" and not use.declares:
                yield result(workspace, view, use.span.start, use.span.end)
            case _:
                pass
        match symbol.kind:
            case "param":
                yield listed(symbol_text.chosen(workspace, symbol, view))
            case "role":
                facts = list(symbol_text.role_facts(workspace, symbol, view))
                yield listed(facts or rows_of([s for s in found if not s.type.startswith("role ")]))
            case "argument" | "state":
                typed = isinstance(symbol.node, ast.Param) and symbol.node.type is not None
                yield listed(rows_of(s for s in found if s.dims or not typed))
            case "size" if symbol.leads is not None and isinstance(symbol.leads.node, ast.Entry):
                yield f"`{symbol.leads.owner}` accepts `{symbol_text.flat(symbol.leads.node.span.text)}`"
            case "role function":
                yield from described(meanings.ROLE_FUNCTIONS[symbol.name])
                yield result(workspace, view, use.span.start, use.span.end)
    if symbol.kind == "name":
        yield "\n".join(symbol.doc)
    place = symbol.span
    if place.source is not view.source:
        yield f"{place.source.path}:{place.line}"


def _known(workspace: Workspace, view: View, use: Use) -> list[Finding]:
    """What a name was found to be: here, where its value is made, or where it is next read."""
    node = use.statement or use.symbol.node
    places = [(use.span.start, use.span.end)]
    if (
        use.declares
        and isinstance(node, ast.Bind)
        and len(node.targets) == 1
        and use.span == node.targets[0].span
    ):
        places.append((node.value.span.start, node.value.span.end))
    if use.declares and isinstance(node, ast.Draw) and use.span == node.target.span:
        places.append((node.span.start, node.span.end))
    if use.declares:
        after = (
            u for u in view.names.of(use.symbol.root) if u.span.start > use.span.start and not u.declares
        )
        places += [(u.span.start, u.span.end) for u in after][:1]
    for start, end in places:
        found = symbol_text.types_at(workspace, view, start, end)
        if found:
            return found
    return []
