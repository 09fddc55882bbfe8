"""Text to tokens and comments. Never fails: what cannot be read becomes an ERROR token with its message."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...grammar import tables
from ..base import limits
from ..base.diagnostics import Diagnostic, Fix
from ..base.frozen import struct
from ..base.source import Source, Span
from .ast import Comment

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


# Bidirectional overrides are refused with the control characters: they make a program read other than it is.
_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
_TOKEN = re.compile(  # `*+` and `++` keep nothing to go back to, so that a word of megabytes takes no more than itself
    rf"""
    (?P<space>[ \t\r\n]+)
  | (?P<comment>\#[^\n{_CONTROL}]*)
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<number>[0-9]+(?:_[0-9]+)*+(?:\.[0-9]+(?:_[0-9]+)*+)?(?:[eE][+-]?[0-9]+)?(?P<tail>[A-Za-z0-9_]*))
  | (?P<string>"(?:[^"\\\n{_CONTROL}]++|\\[^\n{_CONTROL}])*+")
  | (?P<mark>{"|".join(re.escape(mark) for mark in sorted(PUNCTUATION, key=len, reverse=True))})
  | (?P<other>[^\x00])
  | (?P<nul>\x00)
    """,
    re.VERBOSE | re.DOTALL,
)
_CONTROLS = re.compile(f"[{_CONTROL}]")
_ESCAPE = re.compile(r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_CURLY = re.compile(rf"[“”„]([^“”„{_CONTROL}]*)[“”]|[‘’]([^‘’{_CONTROL}]*)[‘’]")
_LOOKALIKES = {"“": '"', "”": '"', "‘": '"', "’": '"', "'": '"', "−": "-", "–": "-", "×": "*", "·": "*"}
_LOOKALIKES |= {"\u00a0": " ", "；": ",", "，": ",", "（": "(", "）": ")", "：": ":", "＝": "="}


def lex(source: Source) -> Lexed:
    """The tokens of a text, then one of kind $END; comments apart. Linear in the text's length."""
    text = source.text
    tokens: list[Token] = []
    comments: list[Comment] = []
    before: list[int] = []
    position = 1 if text.startswith("\ufeff") else 0
    match_at = _TOKEN.match
    while position < len(text):
        if len(tokens) + len(comments) == limits.WORDS:
            break
        match = match_at(text, position)
        assert match is not None
        group, start, end = match.lastgroup, position, match.end()
        position = end
        if group == "space":
            continue
        if group == "word":
            word = match.group()
            tokens.append(Token("NAME", word, start, end, KEYWORDS.get(word)))
        elif group == "mark":
            mark = match.group()
            tokens.append(Token(PUNCTUATION[mark], mark, start, end))
        elif group == "comment":
            comments.append(Comment(Span(source, start, end), match.group().rstrip()))
            before.append(len(tokens))
        elif group in ("number", "tail"):
            tokens.append(_number(source, match.group(), match.group("tail"), start, end))
        elif group == "string":
            tokens.append(_string(source, match.group(), start, end))
        else:
            token, position = _unreadable(source, start)
            tokens.append(token)
    tokens.append(Token("$END", "", len(text), len(text)))
    return Lexed(tokens, tuple(comments), tuple(before), position if position < len(text) else None)


def string_value(text: str) -> str:
    r"""What a string literal stands for: `\n \t \r \" \\` and `\u{1F600}`."""
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else _ESCAPES[m[2]], text[1:-1])


def match_brackets(tokens: Sequence[Token]) -> tuple[list[int], int | None]:
    """Pair the brackets of a piece, setting `partner` and `depth`; gives those left alone, one too deep.

    A closing bracket takes the nearest open one of its kind and leaves those in between alone; where none is
    open within the block it stays alone itself.
    """
    stack: list[int] = []
    alone: list[int] = []
    for i, token in enumerate(tokens):
        kind = token.kind
        token.depth = len(stack)
        token.partner = -1
        if kind in CLOSERS:
            if len(stack) == limits.BRACKETS:
                return alone, i
            stack.append(i)
        elif kind in ("RPAR", "RSQB", "RBRACE"):
            for back in range(len(stack) - 1, -1, -1):
                opener = tokens[stack[back]]
                if CLOSERS[opener.kind] == kind:
                    alone.extend(stack[back + 1 :])
                    opener.partner, token.partner = i, stack[back]
                    del stack[back:]
                    break
                if (
                    opener.kind == "LBRACE"
                    and kind != "RBRACE"
                    and not _closes_later(tokens, stack[:back], kind)
                ):
                    alone.append(i)
                    break
            else:
                alone.append(i)
            token.depth = len(stack)
    return alone + stack, None


def _closes_later(tokens: Sequence[Token], stack: Sequence[int], kind: str) -> bool:
    """Whether a bracket that `kind` closes is open just outside a block: `f({a = 1)` forgets the brace."""
    return bool(stack) and CLOSERS[tokens[stack[-1]].kind] == kind


def _number(source: Source, text: str, tail: str, start: int, end: int) -> Token:
    token = Token("NUMBER", text, start, end)
    exponent = re.split("[eE]", text)[-1].lstrip("+-") if "e" in text or "E" in text else ""
    if tail:
        message = f"`{_short(text)}` is neither a number nor a name"
        note = "a number ends before a letter; a name starts with one"
        token.kind, token.error = "ERROR", _error(source, start, end, message, note)
    elif end - start > limits.DIGITS or (exponent and int(exponent[:9]) > limits.EXPONENT):
        message = f"this number is too long: at most {limits.DIGITS} digits and exponents up to {limits.EXPONENT} are read"
        token.kind, token.error = "ERROR", _error(source, start, end, message, "")
    return token


def _string(source: Source, text: str, start: int, end: int) -> Token:
    token = Token("STRING", text, start, end)
    for match in _ESCAPE.finditer(text) if "\\" in text else ():
        code = int(match[1], 16) if match[1] else None
        known = match[2] in _ESCAPES if code is None else code <= 0x10FFFF and not 0xD800 <= code < 0xE000
        if not known:
            place = start + match.start(), start + match.end()
            message = f"`{match[0]}` stands for no character in a string"
            error = _error(source, *place, message, r"known: \n \t \r \" \\ and \u{1F600}")
            if code is None:
                fix = Fix("write a backslash", Span(source, *place), "\\\\" + match[2])
                error = Diagnostic(error.code, error.message, error.span, error.note, fixes=(fix,))
            token.kind, token.error = "ERROR", error
            break
    return token


def _unreadable(source: Source, start: int) -> tuple[Token, int]:
    """The token for characters that start none, and where reading goes on."""
    text = source.text
    char = text[start]
    near = text.find("\n", start, start + limits.STRING_SEARCH)
    near = min(len(text), start + limits.STRING_SEARCH) if near < 0 else near
    end, fix = start + 1, ""
    if char == '"' or char == "'":
        closing = text.find("'", start + 1, near) if char == "'" else -1
        line_end = text.find("\n", start) if closing < 0 else near
        line_end = len(text) if line_end < 0 else line_end
        control = _CONTROLS.search(text, start, closing if closing >= 0 else line_end)
        if closing >= 0 and control is None:
            end = closing + 1
            inner = text[start + 1 : closing]
            message, note = "strings take double quotes", ""
            fix = '"' + inner.replace('"', '\\"') + '"'
        elif control is not None:
            start, end = control.start(), control.end()
            message, note = f"a string cannot hold the control character U+{ord(text[start]):04X}", ""
            end = line_end
        else:
            end = start + max(len(text[start:line_end].rstrip()), 1)
            message, note = "this string is not closed on its line", 'a `"` is missing'
    elif _CONTROLS.match(char):
        while end < len(text) and _CONTROLS.match(text[end]):
            end += 1
        message, note = f"a program cannot hold the control character U+{ord(char):04X}", ""
    elif char == ";":
        message, note = "`;` ends nothing here", "entries end by themselves, or with `,`"
    elif (curly := _CURLY.match(text, start, near)) is not None:
        end, fix = curly.end(), '"' + curly[curly.lastindex or 1].replace('"', '\\"') + '"'
        message, note = "strings take straight double quotes", ""
    elif char in _LOOKALIKES:
        fix = _LOOKALIKES[char]
        shown = "a space" if fix == " " else f"`{fix}`"
        message, note = f"`{char}` (U+{ord(char):04X}) is not {shown}", ""
    elif char in "&|!":
        word = {"&": "and", "|": "or", "!": "not"}[char]
        end = start + 2 if text[start : start + 2] in ("&&", "||") else end
        message, note, fix = (
            f"`{text[start:end]}` is written `{word}`",
            "",
            f"{word}" + (" " if char == "!" else ""),
        )
    elif char.isalnum():
        while end < len(text) and (text[end].isalnum() or text[end] == "_"):
            end += 1
        message, note = (
            f"`{_short(text[start:end])}` is not a name",
            "names take letters a to z, digits and `_`",
        )
    else:
        message, note = f"`{char}` (U+{ord(char):04X}) stands for nothing here", ""
    error = _error(source, start, end, message, note)
    if fix:
        title = f"write `{fix.strip()}`" if fix.strip() else "write a plain space"
        change = Fix(title, Span(source, start, end), fix, safe=True)
        error = Diagnostic(error.code, message, error.span, note, fixes=(change,))
    return Token("ERROR", text[start:end], start, end, error=error), end


def _short(text: str) -> str:
    return text if len(text) <= 24 else text[:23] + "…"


def _error(source: Source, start: int, end: int, message: str, note: str) -> Diagnostic:
    return Diagnostic("syntax", message, Span(source, start, end), note)
