"""A file's tokens cut into declarations, each with its doc comments: a broken declaration costs one message, and the others
are read all the same."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from ..base.source import Source
from .ast_builder import Doc
from .lexer import Lexed, Token, match_brackets

# Words that start a declaration at the top of a file, and those of them that never stand inside another.
TOP = frozenset({"import", "space", "process", "record", "family", "method", "program"})
OUTERMOST = frozenset({"import", "family", "method", "program"})


def cut(source: Source, tokens: list[Token]) -> list[tuple[int, list[Token]]]:
    """Pieces of the token list, each with its start, that hold one declaration or text that starts none.

    Where brackets are balanced, a declaration starts outside of all of them. Where they are not, words that
    start one at the file's left margin are trusted more.
    """
    tokens = tokens[:-1]
    if not tokens:
        return []
    unmatched, deep = match_brackets(tokens)
    if not unmatched and deep is None:
        return _at_depth_zero(source, tokens, 0)
    margin = _column(source, tokens[0])
    starts = [i for i in range(len(tokens)) if _starts_declaration(source, tokens, i, margin, OUTERMOST)]
    pieces = []
    for start, end in pairwise([0, *(i for i in starts if i), len(tokens)]):
        segment = tokens[start:end]
        unmatched, deep = match_brackets(segment)
        if unmatched or deep is not None:
            flat = len(segment) > 3 and segment[0].text == "family" and _unindented(source, segment, margin)
            inner = (
                []
                if flat
                else [
                    i for i in range(1, len(segment)) if _starts_declaration(source, segment, i, margin, TOP)
                ]
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
        new = before.kind == "RBRACE" or _starts_declaration(source, tokens, i, margin, TOP)
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


def _starts_declaration(
    source: Source, tokens: list[Token], i: int, margin: int, words: frozenset[str]
) -> bool:
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


def doc_comments(source: Source, lexed: Lexed) -> Callable[[int], Callable[[int, int], Doc]]:
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
