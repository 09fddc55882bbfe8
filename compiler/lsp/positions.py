"""Places as the protocol counts them: lines, and code units within one, against characters of a text.

A line ends at `\\n`, `\\r\\n` or `\\r`, and nowhere else. A position past a line's end means its end, one past the text
means the text's end, and one inside a character means the character's start.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from lsprotocol import types as lsp

from ..base.source import Source, Span

_BREAK = re.compile(r"\r\n|\n|\r")


def units(char: str, encoding: str) -> int:
    """How many code units a character takes in `utf-8`, `utf-16` or `utf-32`."""
    code = ord(char)
    if encoding == "utf-8":
        return 1 + (code > 0x7F) + (code > 0x7FF) + (code > 0xFFFF)
    return 1 + (code > 0xFFFF and encoding == "utf-16")


class Text:
    """A text with its lines. `encoding` says what one step of `Position.character` is."""

    def __init__(self, text: str, encoding: str = "utf-16") -> None:
        self.text = text
        self.encoding = encoding
        self.starts: list[int] = [0]
        self.ends: list[int] = []
        for match in _BREAK.finditer(text):
            self.ends.append(match.start())
            self.starts.append(match.end())
        self.ends.append(len(text))

    def offset(self, position: lsp.Position) -> int:
        """The character that a position stands before."""
        if position.line >= len(self.starts):
            return len(self.text)
        start, end = self.starts[position.line], self.ends[position.line]
        line = self.text[start:end]
        if line.isascii():
            return min(start + max(position.character, 0), end)
        taken = 0
        for i, char in enumerate(line):
            taken += units(char, self.encoding)
            if taken > position.character:
                return start + i
        return end

    def position(self, offset: int) -> lsp.Position:
        """The position before a character."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.starts, offset) - 1
        before = self.text[self.starts[line] : min(offset, self.ends[line])]
        if before.isascii():
            return lsp.Position(line, len(before))
        return lsp.Position(line, sum(units(char, self.encoding) for char in before))

    def range(self, start: int, end: int) -> lsp.Range:
        return lsp.Range(self.position(start), self.position(end))

    def range_of(self, span: Span) -> lsp.Range:
        return self.range(span.start, span.end)

    def offsets(self, range: lsp.Range) -> tuple[int, int]:
        start, end = self.offset(range.start), self.offset(range.end)
        return (start, end) if start <= end else (end, start)

    def line_end(self, offset: int) -> int:
        """The end of the line that a character stands on, trailing spaces left out."""
        line = bisect_right(self.starts, offset) - 1
        end = self.ends[line]
        while end > offset and self.text[end - 1] in " \t":
            end -= 1
        return end


def text_of(source: Source, encoding: str) -> Text:
    """A source's text with its lines, made once."""
    key = f"lines {encoding}"
    if key not in source.kept:
        source.kept[key] = Text(source.text, encoding)
    found: Text = source.kept[key]
    return found


def changed(text: str, changes: Sequence[lsp.TextDocumentContentChangeEvent], encoding: str) -> str:
    """The text after an editor's changes, whole or in part, one after the other."""
    for change in changes:
        if isinstance(change, lsp.TextDocumentContentChangePartial):
            start, end = Text(text, encoding).offsets(change.range)
            text = text[:start] + change.text + text[end:]
        else:
            text = change.text
    return text


def moved(old: str, new: str, offset: int) -> int | None:
    """Where a character of a text stands after an edit; None inside of what was edited."""
    if old == new:
        return offset
    shortest = min(len(old), len(new))
    start = next((i for i in range(shortest) if old[i] != new[i]), shortest)
    end = next((i for i in range(shortest - start) if old[-1 - i] != new[-1 - i]), shortest - start)
    if offset <= start:
        return offset
    return offset + len(new) - len(old) if offset >= len(old) - end else None
