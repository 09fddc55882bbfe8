"""What a hover says: the declaration that a name leads to, what it was found to be, what a word of the language does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...grammar import meanings
from ..modules.names.symbol import Use
from ..syntax import ast, lexer
from ..syntax.syntax_errors import KEYWORD_FORMS, KEYWORD_PLACES
from . import symbol_text
from .cursor import Cursor, cursor
from .settings_blocks import slot_at
from .symbol_text import Finding
from .workspace import View, Workspace

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
        rows = list(_word(workspace, view, c))
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
                return _page(_types(text, found)), *place
    return None


def _page(rows: Iterable[str]) -> str:
    return "\n\n".join(row for row in rows if row)


def _code(text: str) -> str:
    return f"```fdl\n{text}\n```"


# names


def _symbol(workspace: Workspace, view: View, use: Use) -> Iterator[str]:
    symbol = use.symbol
    if symbol.leads is not None and symbol.kind in ("file", "alias"):
        symbol = symbol.leads
    found = [] if symbol.kind in ("family", "method", "program") else _known(workspace, view, use)
    if symbol.kind == "name":
        yield from _types(symbol.name, found) if found else [_code(symbol_text.header(symbol))]
    else:
        yield _code(symbol_text.header(symbol))
        if not (symbol.kind == "role" and isinstance(symbol.node, ast.MethodDecl)):
            yield "\n".join(symbol.doc)
        match symbol.node:
            case ast.FamilyDecl() as family:
                yield _list(symbol_text.family_facts(family))
            case ast.MethodDecl() as method if symbol.kind == "method":
                rows = "\n".join(symbol_text.method_facts(method))
                yield _code(rows) if rows else ""
            case ast.GraphDecl(body=body) if use.declares and body and isinstance(body[-1], ast.Return):
                span = body[-1].value.span
                yield _gives(symbol_text.types_at(workspace, view, span.start, span.end))
            case ast.GraphDecl() | ast.StageDecl() if symbol.kind != "role function" and not use.declares:
                yield _result(workspace, view, use.span.start, use.span.end)
            case _:
                pass
        match symbol.kind:
            case "param":
                yield _list(symbol_text.chosen(workspace, symbol, view))
            case "role":
                facts = list(symbol_text.role_facts(workspace, symbol, view))
                yield _list(facts or _rows([s for s in found if not s.type.startswith("role ")]))
            case "argument" | "state":
                typed = isinstance(symbol.node, ast.Param) and symbol.node.type is not None
                yield _list(_rows(s for s in found if s.dims or not typed))
            case "size" if symbol.leads is not None and isinstance(symbol.leads.node, ast.Entry):
                yield f"`{symbol.leads.owner}` accepts `{symbol_text.flat(symbol.leads.node.span.text)}`"
            case "role function":
                yield from _meaning(meanings.ROLE_FUNCTIONS[symbol.name])
                yield _result(workspace, view, use.span.start, use.span.end)
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


def _types(text: str, found: list[Finding]) -> Iterator[str]:
    """`x0: clean[wan21]` and its dims; where expansions differ, each with the way to it."""
    own = [s for s in found if not s.program] or found
    if len(own) == 1:
        yield _code(f"{text}: {own[0].whole}")
        yield f"dims `{own[0].dims}`" if own[0].dims else ""
        yield own[0].also
    else:
        yield _code(text)
        yield _list(_rows(own))
    if own is not found and len(own) < len(found):
        yield _list(_rows([s for s in found if s.program]))


def _rows(found: Iterable[Finding]) -> Iterator[str]:
    found = list(found)
    for i, s in enumerate(found):
        if i == symbol_text.MAX_FINDINGS:
            yield "…"
            return
        where = ""
        if s.program:
            where = f" in program `{s.program}`"
        elif s.site and len(found) > 1:
            where = f" in `{' → '.join(s.site)}`"
        yield f"`{s.whole}`" + (f" `{s.dims}`" if s.dims else "") + (f", {s.also}" if s.also else "") + where


def _list(rows: Iterable[str]) -> str:
    rows = list(rows)
    return rows[0] if len(rows) == 1 else "\n".join(f"- {row}" for row in rows)


def _result(workspace: Workspace, view: View, start: int, end: int) -> str:
    """What the call gives whose function stands there."""
    place = symbol_text.around(workspace, view, start, end)
    return _gives(symbol_text.types_at(workspace, view, *place)) if place is not None else ""


def _gives(found: list[Finding]) -> str:
    rows = list(_rows(found))
    return f"gives {rows[0]}" if len(rows) == 1 else "gives\n\n" + _list(rows) if rows else ""


# words of the language


def _word(workspace: Workspace, view: View, c: Cursor) -> Iterator[str]:
    word = c.word.text
    before = c.last.text if c.last is not None else ""
    slot = slot_at(c)
    following = view.source.text[c.word.end :].lstrip()[:1]
    keyword = next((t.keyword for t in c.piece if t.start == c.word.start), None)
    if slot is not None and (slot.name == word or word in slot.words or word in slot.calls):
        yield _code(f"{slot.name} = {word}" if slot.name != word else slot.name)
        yield slot.described
        if word != slot.name and word in meanings.CALLED:
            yield meanings.CALLED[word]
    elif before == "." and word in meanings.ROLE_FUNCTIONS and following == "(":
        yield from _meaning(meanings.ROLE_FUNCTIONS[word])
        yield _result(workspace, view, c.word.start, c.word.end)
    elif before == "." and word in meanings.TIME_PARTS:
        yield _code(f".{word}")
        yield meanings.TIME_PARTS[word]
    elif keyword is not None and keyword in c.expected and word in KEYWORD_PLACES:
        yield _code(KEYWORD_FORMS.get(word, word))
        yield f"Stands {KEYWORD_PLACES[word]}."
    elif before == "per" and word in meanings.SCOPES:
        yield _code(f"per {word}")
        yield meanings.SCOPES[word]
    elif before == ":" and c.entry[:1] and c.entry[0].text == "stage" and word in meanings.STAGE_KINDS:
        yield _code(f"stage NAME : {word}(...)")
        yield meanings.STAGE_KINDS[word]
    elif following == "(" and word in meanings.FUNCTIONS:
        yield from _meaning(meanings.FUNCTIONS[word])
        yield _result(workspace, view, c.word.start, c.word.end)
    elif following == "(" and word in meanings.TARGETS:
        yield from _meaning(meanings.TARGETS[word])
    elif word in meanings.CALLED and (following == "(" or before == "track"):
        yield _code(word)
        yield meanings.CALLED[word]
    elif c.path[-1:] in (["process"], ["space"]) and word in meanings.FORMULAS and c.entry:
        yield _code(word)
        yield meanings.FORMULAS[word]
    elif word in meanings.TYPES and before != ".":
        yield _code(word)
        yield meanings.TYPES[word]
    else:
        found = symbol_text.types_at(workspace, view, c.word.start, c.word.end)
        place = symbol_text.around(workspace, view, c.word.start, c.word.end)
        if not found and before == "." and place is not None:
            found = symbol_text.types_at(workspace, view, *place)
        if found:
            yield from _types(word, found)


def _meaning(m: meanings.Meaning) -> Iterator[str]:
    yield _code(m.form)
    yield m.says
