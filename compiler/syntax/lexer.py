"""Text to tokens and comments. Never fails: what cannot be read becomes an ERROR token with its message."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...grammar import tables
from ..base import limits
from ..base.diagnostics import Diagnostic
from ..base.frozen import struct
from ..base.source import Source, Span
from .ast import Comment
from .characters import CONTROL

KEYWORDS: dict[str, str] = dict(line.split() for line in tables.KEYWORDS.splitlines())
PUNCTUATION: dict[str, str] = dict(line.split() for line in tables.PUNCTUATION.splitlines())
CLOSERS = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}


class Token:
    """`kind` is a terminal of the grammar, NAME for every word; `keyword` what the word may be instead.

    `partner` is the index of a bracket's other half within its piece, `depth` how many brackets are open before it there.
    """

    __slots__ = ("depth", "end", "error", "keyword", "kind", "partner", "start", "text")

    def __init__(
        self,
        kind: str,
        text: str,
        start: int,
        end: int,
        keyword: str | None = None,
        error: Diagnostic | None = None,
    ) -> None:
        self.kind, self.text, self.start, self.end = kind, text, start, end
        self.keyword, self.error = keyword, error
        self.partner, self.depth = -1, 0


@struct
class Lexed:
    tokens: list[Token]
    comments: tuple[Comment, ...]
    comment_before: tuple[int, ...]  # for each comment, how many tokens stand before it
    cut: int | None = None  # where reading stopped, after `limits.WORDS`


_TOKEN = re.compile(  # `*+` and `++` keep nothing to go back to, so that a word of megabytes takes no more than itself
    rf"""[ \t\r\n]*+(?:
    (?P<word>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<mark>{"|".join(re.escape(mark) for mark in sorted(PUNCTUATION, key=len, reverse=True))})
  | (?P<number>[0-9]+(?:_[0-9]+)*+(?:\.[0-9]+(?:_[0-9]+)*+)?(?:[eE][+-]?[0-9]+)?(?P<tail>[A-Za-z0-9_]*))
  | (?P<comment>\#[^\n{CONTROL}]*)
  | (?P<string>"(?:[^"\\\n{CONTROL}]++|\\[^\n{CONTROL}])*+")
  | (?P<other>[^\x00]|\x00)
    )""",
    re.VERBOSE | re.DOTALL,
)


def lex(source: Source) -> Lexed:
    """The tokens of a text, then one of kind $END; comments apart. Linear in the text's length."""
    text = source.text
    tokens: list[Token] = []
    comments: list[Comment] = []
    before: list[int] = []
    position = 1 if text.startswith("\ufeff") else 0
    match_at = _TOKEN.match
    most = limits.WORDS
    while position < len(text):
        if len(tokens) + len(comments) == most:
            break
        match = match_at(text, position)
        if match is None:  # white space at the end
            position = len(text)
            break
        group = match.lastgroup or ""
        start, end = match.span(group)
        found = text[start:end]
        position = end
        if group == "word":
            tokens.append(Token("NAME", found, start, end, KEYWORDS.get(found)))
        elif group == "mark":
            tokens.append(Token(PUNCTUATION[found], found, start, end))
        elif group == "number":
            fault = _number_fault(source, found, match.group("tail"), start)
            tokens.append(Token("ERROR" if fault else "NUMBER", found, start, end, error=fault))
        elif group == "comment":
            comments.append(Comment(Span(source, start, end), found.rstrip()))
            before.append(len(tokens))
        elif group == "string":
            fault = _string_fault(source, found, start)
            tokens.append(Token("ERROR" if fault else "STRING", found, start, end, error=fault))
        else:
            from .lexical_errors import unreadable

            fault, first, position = unreadable(source, start)
            tokens.append(Token("ERROR", text[first:position], first, position, error=fault))
    tokens.append(Token("$END", "", len(text), len(text)))
    return Lexed(tokens, tuple(comments), tuple(before), position if position < len(text) else None)


def string_value(text: str) -> str:
    r"""What a string literal stands for: `\n \t \r \" \\` and `\u{1F600}`."""
    if "\\" not in text:
        return text[1:-1]
    from .lexical_errors import unescaped

    return unescaped(text[1:-1])


def _number_fault(source: Source, text: str, tail: str, start: int) -> Diagnostic | None:
    exponent = text.lower().partition("e")[2].lstrip("+-") if not tail else ""
    if not tail and len(text) <= limits.DIGITS and int(exponent[:9] or 0) <= limits.EXPONENT:
        return None
    from .lexical_errors import number_fault

    return number_fault(source, text, tail, start)


def _string_fault(source: Source, text: str, start: int) -> Diagnostic | None:
    if "\\" not in text:
        return None
    from .lexical_errors import string_fault

    return string_fault(source, text, start)


def match_brackets(tokens: Sequence[Token]) -> tuple[list[int], int | None]:
    """Pair the brackets of a piece, setting `partner` and `depth`; gives those without a partner, one too deep.

    A closing bracket takes the nearest open one of its kind and leaves those in between without one; where none
    is open within the block it has none itself.
    """
    stack: list[int] = []
    unmatched: list[int] = []
    for i, token in enumerate(tokens):
        kind = token.kind
        token.depth = len(stack)
        token.partner = -1
        if kind in CLOSERS:
            if len(stack) == limits.BRACKETS:
                return unmatched, i
            stack.append(i)
        elif kind in ("RPAR", "RSQB", "RBRACE"):
            for back in range(len(stack) - 1, -1, -1):
                opener = tokens[stack[back]]
                if CLOSERS[opener.kind] == kind:
                    unmatched.extend(stack[back + 1 :])
                    opener.partner, token.partner = i, stack[back]
                    del stack[back:]
                    break
                if (
                    opener.kind == "LBRACE"
                    and kind != "RBRACE"
                    and not _closes_later(tokens, stack[:back], kind)
                ):
                    unmatched.append(i)
                    break
            else:
                unmatched.append(i)
            token.depth = len(stack)
    return unmatched + stack, None


def _closes_later(tokens: Sequence[Token], stack: Sequence[int], kind: str) -> bool:
    """Whether a bracket that `kind` closes is open just outside a block: `f({a = 1)` forgets the brace."""
    return bool(stack) and CLOSERS[tokens[stack[-1]].kind] == kind
