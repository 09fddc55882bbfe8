"""A piece of text that leaves the grammar, as the rules that name the mistake see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..base.frozen import struct
from ..base.source import Source, Span
from .lexer import Token


@struct
class Trouble:
    """A piece that broke at token `at`; `expected(n)` are what may follow its first n tokens.

    `reads` says whether other tokens in place of the first ones would be read.
    """

    source: Source
    tokens: list[Token]
    at: int
    unmatched: list[int]
    expected: Callable[[int], frozenset[str]]
    reads: Callable[[Sequence[Token]], bool]

    @property
    def token(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    @property
    def before(self) -> Token | None:
        return self.tokens[self.at - 1] if self.at else None

    def span(self, token: Token) -> Span:
        return Span(self.source, token.start, token.end)

    def line(self, token: Token) -> int:
        return self.source.position(token.start)[0]

    def indent(self, token: Token) -> int:
        text = self.source.line_text(self.line(token))
        return len(text) - len(text.lstrip())

    def leads(self, index: int) -> bool:
        return index == 0 or self.line(self.tokens[index - 1]) < self.line(self.tokens[index])
