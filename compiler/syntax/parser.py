"""Text to syntax tree, one declaration at a time.

The tables of `grammar/` drive an LALR parser of our own: it decides word by word whether a keyword may stand,
keeps spans, and is bounded in depth. A file is cut into declarations first, so that a broken one costs one
message and the others are read all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any, cast

from ...grammar import tables
from ..base import limits
from ..base.diagnostics import Diagnostic, in_order
from ..base.source import Source, Span
from .ast import Declaration, Expr, File
from .ast_builder import ACTIONS, Doc, Malformed, Place
from .lexer import Lexed, Token, lex, match_brackets
from .syntax_errors import Trouble, describe, stray_text, too_deep, too_long

DEEPER = frozenset(
    {"binary", "not_", "minus", "attr", "call", "index", "cast", "span", "tuple", "list", "map"}
    | {"list_type", "pair_type", "for_"}
)
"""The rules that add a level to a tree."""

# Words that start a declaration at the top of a file, and those of them that never stand inside another.
TOP = frozenset({"import", "space", "process", "record", "family", "method", "program"})
OUTERMOST = frozenset({"import", "family", "method", "program"})


def parse(source: Source) -> tuple[File, tuple[Diagnostic, ...]]:
    """What could be read of a file, and one `syntax` error for each declaration that could not."""
    return parse_tokens(source, lex(source))


def parse_tokens(source: Source, lexed: Lexed) -> tuple[File, tuple[Diagnostic, ...]]:
    """As `parse`; a token's `kind` then is what it was read as, a keyword or a name."""
    words = len(lexed.tokens)
    if lexed.cut is not None:
        return File(source, (), lexed.comments, words), (too_long(source, lexed.cut),)
    docs = _docs(source, lexed)
    declarations: list[Declaration] = []
    errors: list[Diagnostic] = []
    stray: list[Token] = []

    def flush() -> None:
        if stray:
            errors.append(stray_text(source, stray))
            stray.clear()

    for first, tokens in _cut(source, lexed.tokens):
        if len(errors) >= limits.BROKEN_DECLARATIONS:
            message = f"more than {limits.BROKEN_DECLARATIONS} declarations cannot be read: what follows is not looked at"
            errors.append(Diagnostic("syntax", message, Span(source, tokens[0].start, tokens[0].end)))
            break
        if tokens[0].text not in TOP:
            stray.extend(tokens)
            continue
        flush()
        found = _run(source, tokens, "declaration", docs(first))
        if isinstance(found, Diagnostic):
            errors.append(found)
        else:
            declarations.append(cast(Declaration, found))
    flush()
    return File(source, tuple(declarations), lexed.comments, words), in_order(errors)


def parse_expression(source: Source) -> Expr | tuple[Diagnostic, ...]:
    """One expression, as the value in `--set train.steps=100`; else what is wrong with it."""
    lexed = lex(source)
    tokens = lexed.tokens[:-1]
    found = _run(source, tokens, "expr", _docs(source, lexed)(0))
    return (found,) if isinstance(found, Diagnostic) else cast(Expr, found)


# cutting


def _cut(source: Source, tokens: list[Token]) -> list[tuple[int, list[Token]]]:
    """Pieces of the token list, each with its start, that hold one declaration or text that starts none.

    Where brackets are balanced, a declaration starts outside of all of them. Where they are not, words that
    start one at the file's left margin are trusted more.
    """
    tokens = tokens[:-1]
    if not tokens:
        return []
    alone, deep = match_brackets(tokens)
    if not alone and deep is None:
        return _at_depth_zero(source, tokens, 0)
    margin = _column(source, tokens[0])
    heads = [i for i in range(len(tokens)) if _is_head(source, tokens, i, margin, OUTERMOST)]
    pieces = []
    for start, end in pairwise([0, *(i for i in heads if i), len(tokens)]):
        segment = tokens[start:end]
        alone, deep = match_brackets(segment)
        if alone or deep is not None:
            flat = len(segment) > 3 and segment[0].text == "family" and _unindented(source, segment, margin)
            inner = (
                []
                if flat
                else [i for i in range(1, len(segment)) if _is_head(source, segment, i, margin, TOP)]
            )
            for a, b in pairwise([0, *inner, len(segment)]):
                part = segment[a:b]
                _, deep = match_brackets(part)
                whole = [(start + a, part)]
                pieces.extend(whole if deep is not None else _at_depth_zero(source, part, start + a))
        else:
            pieces.extend(_at_depth_zero(source, segment, start))
    return pieces


def _at_depth_zero(source: Source, tokens: list[Token], offset: int) -> list[tuple[int, list[Token]]]:
    margin = _column(source, tokens[0])
    starts = [0]
    for i in range(1, len(tokens)):
        token, before = tokens[i], tokens[i - 1]
        closes = token.kind in ("RPAR", "RSQB", "RBRACE")
        if token.depth or (closes and (token.partner >= 0 or before.kind != "RBRACE")):
            continue
        new = before.kind == "RBRACE" or _is_head(source, tokens, i, margin, TOP)
        new = new or (
            token.kind == "NAME"
            and before.kind in ("NAME", "STRING", "RPAR", "RSQB", "ERROR")
            and before.text not in TOP
            and before.keyword not in ("AS", "FROM")
            and (
                (token.text in TOP and i + 1 < len(tokens) and tokens[i + 1].kind in ("NAME", "STRING"))
                or (
                    token.keyword not in ("AS", "FROM", "BY")
                    and _column(source, token) == margin
                    and _leads(source, tokens, i)
                )
            )
        )
        if new:
            starts.append(i)
    return [(offset + a, tokens[a:b]) for a, b in pairwise([*starts, len(tokens)])]


def _is_head(source: Source, tokens: list[Token], i: int, margin: int, words: frozenset[str]) -> bool:
    token = tokens[i]
    return (
        token.text in words
        and token.kind == "NAME"
        and i + 1 < len(tokens)
        and tokens[i + 1].kind in ("NAME", "STRING", "ERROR")
        and _column(source, token) == margin
        and _leads(source, tokens, i)
    )


def _unindented(source: Source, tokens: list[Token], margin: int) -> bool:
    """Whether a family's members stand at the margin like the family itself."""
    first = next((i for i, token in enumerate(tokens) if token.kind == "LBRACE"), None)
    return first is not None and first + 1 < len(tokens) and _column(source, tokens[first + 1]) == margin


def _column(source: Source, token: Token) -> int:
    return source.position(token.start)[1]


def _leads(source: Source, tokens: list[Token], i: int) -> bool:
    """Whether a token is the first of its line."""
    return i == 0 or source.position(tokens[i - 1].start)[0] < source.position(tokens[i].start)[0]


# doc comments


def _docs(source: Source, lexed: Lexed) -> Callable[[int], Callable[[int, int], Doc]]:
    """For a piece that starts at some token: the doc comments of what its tokens n to m hold.

    Commas count for nothing: a doc comment goes with the token before it where it stands on that one's line,
    and with the token after it where it does not.
    """
    above: dict[int, list[str]] = {}
    beside: dict[int, list[str]] = {}
    tokens = lexed.tokens
    for comment, count in zip(lexed.comments, lexed.comment_before):
        if comment.text.startswith("##"):
            before = count - 1 - (count > 0 and tokens[count - 1].kind == "COMMA")
            end = tokens[before].end if before >= 0 else -1
            if before >= 0 and "\n" not in source.text[end : comment.span.start]:
                where = beside.setdefault(before, [])
            else:
                where = above.setdefault(count + (tokens[count].kind == "COMMA"), [])
            where.append(comment.text[2:].strip())

    def piece(offset: int) -> Callable[[int, int], Doc]:
        def doc(first: int, last: int) -> Doc:
            return (*above.get(offset + first, ()), *beside.get(offset + last, ()))

        return doc if above or beside else lambda first, last: ()

    return piece


# the automaton

State = dict[str, int]
"""What each symbol does in a state: n goes to state n, -1 - r reduces by rule r."""


Rule = tuple[str, int, str, list[int | None]]
"""Its origin, its length, its action, and which children the action gets (None for an absent one)."""


@cache
def _tables() -> tuple[dict[str, int], dict[str, int], list[Rule], list[State]]:
    """Start and end states, rules, states."""
    rules = []
    for line in tables.RULES.splitlines():
        origin, length, action, *children = line.split()
        rules.append((origin, int(length), action, [None if c == "-" else int(c) for c in children]))
    lookaheads = {f"@{i}": line.split() for i, line in enumerate(tables.LOOKAHEADS.splitlines())}
    states: list[State] = []
    for line in tables.STATES.splitlines():
        row: State = {}
        for cell in line.split(","):
            symbol, goes, state = cell.partition(">")
            if goes:  # of one symbol always: it names the state
                row[symbol] = int(state)
                continue
            symbols, reduces, rule = cell.partition("<")
            if reduces:
                row.update(dict.fromkeys(lookaheads.get(symbols) or symbols.split(), -1 - int(rule)))
        states.append(row)
    names = tables.STARTS.split()
    ends = [int(n) for n in tables.ENDS.split()]
    return {name: i for i, name in enumerate(names)}, dict(zip(names, ends)), rules, states


def advance(stack: list[int], kind: str) -> bool:
    """Take one terminal: reductions are played on the stack of states until it is shifted, or refused."""
    _, ends, rules, rows = _tables()
    while True:
        move = rows[stack[-1]].get(kind)
        if move is None:
            return kind == "$END" and stack[-1] in ends.values()
        if move >= 0:
            stack.append(move)
            return True
        origin, length, _, _ = rules[-1 - move]
        if length:
            del stack[-length:]
        stack.append(rows[stack[-1]][origin])


def _as_read(stack: list[int], token: Token) -> str:
    """The terminal that a token is here: a word is a keyword if that keyword may stand."""
    keyword = token.keyword
    if keyword and keyword in _tables()[3][stack[-1]] and advance(stack.copy(), keyword):
        return keyword
    return token.kind


def _states(piece: list[Token], start: str, count: int) -> list[int]:
    """The stack of states after the first `count` tokens of a piece."""
    stack = [_tables()[0][start]]
    for token in piece[:count]:
        advance(stack, _as_read(stack, token))
    return stack


def _expected(piece: list[Token], start: str, count: int) -> frozenset[str]:
    """The terminals that may follow the first `count` tokens of a piece."""
    stack = _states(piece, start, count)
    kinds = [kind for kind in _tables()[3][stack[-1]] if kind[-1].isupper()]
    return frozenset(kind for kind in kinds if advance(stack.copy(), kind))


@cache
def _settled(below: int, top: int, kind: str) -> int:
    """The state after all reductions that only pass a value on, as those through the levels of precedence do."""
    _, _, rules, rows = _tables()
    while True:
        move = rows[top].get(kind)
        if move is None or move >= 0:
            return top
        origin, length, action, _ = rules[-1 - move]
        if action != "." or length != 1:
            return top
        top = rows[below][origin]


class _Several(list[Any]):
    """The children that a rule whose name starts with `_` gives to the one above."""


def _run(source: Source, piece: list[Token], start: str, doc: Callable[[int, int], Doc]) -> Any:
    """The tree of a piece, or the one diagnostic that says why there is none."""
    starts, ends, rules, rows = _tables()
    alone, deep = match_brackets(piece)
    if deep is not None:
        return too_deep(source, piece[deep])
    for token in piece:
        # See the grammar: a `(` before the targets of a binding.
        if (
            token.kind == "LPAR"
            and 0 <= token.partner < len(piece) - 1
            and piece[token.partner + 1].kind == "EQUAL"
        ):
            token.kind = "_TARGETS"
    place = Place(source, piece, doc)
    end = piece[-1].end if piece else len(source.text)
    tokens = [*piece, Token("$END", "", end, end)]
    stack = [starts[start]]
    values: list[Any] = []
    firsts: list[int] = []
    heights: list[int] = []
    final = ends[start]
    for i, token in enumerate(tokens):
        if len(stack) > limits.PARSER_STATES:
            return too_deep(source, piece[i - 1])
        kind = _as_read(stack, token) if token.keyword else token.kind
        while True:
            move = rows[stack[-1]].get(kind)
            if move is None:
                if kind == "$END" and stack[-1] == final:
                    return values[-1]
                return describe(Trouble(source, piece, i, alone, lambda n: _expected(piece, start, n)))
            if move >= 0:
                token.kind = kind
                stack.append(move)
                values.append(token)
                firsts.append(i)
                heights.append(0)
                break
            origin, length, action, picked = rules[-1 - move]
            if action == "." and length == 1:
                stack[-1] = _settled(stack[-2], stack[-1], kind)
                continue
            base = len(values) - length
            first = firsts[base] if length else i
            height = max(heights[base:], default=0)
            if action == "_" and length and values[base].__class__ is _Several:
                children = values[base]
                more = picked[1:]
            else:
                children = _Several()
                more = picked
            for pick in more:
                child = None if pick is None else values[base + pick]
                if child.__class__ is _Several:
                    children.extend(child)
                else:
                    children.append(child)
            if action == ".":
                value = children[0]
            elif action == "_":
                value = children
            else:
                height += action in DEEPER
                place.first, place.last = first, max(i - 1, first) if piece else 0
                if height > limits.EXPRESSION_DEPTH:
                    return too_deep(source, piece[min(i, len(piece) - 1)])
                try:
                    value = ACTIONS[action](place, children)
                except Malformed as fault:
                    return Diagnostic("syntax", fault.message, fault.span, fault.note)
            if length:
                del values[base:], firsts[base:], heights[base:], stack[-length:]
            values.append(value)
            firsts.append(first)
            heights.append(height)
            stack.append(rows[stack[-1]][origin])
    raise AssertionError("the end of a piece is always refused or accepted")
