"""What is wrong with characters that make no token, and what was meant; and strings with escapes. Only texts that hold such
a thing need this file."""

from __future__ import annotations

import re

from ..base import limits
from ..base.diagnostics import Diagnostic, Fix
from ..base.source import Source, Span
from .characters import CONTROL

CONTROLS = re.compile(f"[{CONTROL}]")
ESCAPE = re.compile(r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|(.))", re.DOTALL)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
CURLY = re.compile(rf"[“”„]([^“”„{CONTROL}]*)[“”]|[‘’]([^‘’{CONTROL}]*)[‘’]")
LOOKALIKES = {"“": '"', "”": '"', "‘": '"', "’": '"', "'": '"', "−": "-", "–": "-", "×": "*", "·": "*"}
LOOKALIKES |= {"\u00a0": " ", "；": ",", "，": ",", "（": "(", "）": ")", "：": ":", "＝": "="}


def number_fault(source: Source, text: str, tail: str, start: int) -> Diagnostic:
    """A number that runs into a name, or one that is too long."""
    if tail:
        message = f"`{_short(text)}` is neither a number nor a name"
        note = "a number ends before a letter; a name starts with one"
        number = text.removesuffix(tail)
        if tail.isalpha() and number.replace(".", "", 1).isdigit():
            place = Span(source, start, start + len(text))
            fix = Fix(f"write `{number}`", place, number)
            note = "a number has no unit" if len(tail) > 1 else note
            return Diagnostic("syntax", message, place, note, fixes=(fix,))
    else:
        message = f"this number is too long: at most {limits.DIGITS} digits and exponents up to {limits.EXPONENT} are read"
        note = ""
    return _error(source, start, start + len(text), message, note)


def string_fault(source: Source, text: str, start: int) -> Diagnostic | None:
    """The first escape of a string that stands for nothing."""
    for match in ESCAPE.finditer(text):
        code = int(match[1], 16) if match[1] else None
        known = match[2] in ESCAPES if code is None else code <= 0x10FFFF and not 0xD800 <= code < 0xE000
        if not known:
            place = start + match.start(), start + match.end()
            message = f"`{match[0]}` stands for no character in a string"
            error = _error(source, *place, message, r"known: \n \t \r \" \\ and \u{1F600}")
            if code is None:
                fix = Fix("write a backslash", Span(source, *place), "\\\\" + match[2])
                error = Diagnostic(error.code, error.message, error.span, error.note, fixes=(fix,))
            return error
    return None


def unescaped(text: str) -> str:
    """The characters that a string's inside stands for."""
    return ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else ESCAPES[m[2]], text)


def unreadable(source: Source, start: int) -> tuple[Diagnostic, int, int]:
    """What is wrong with characters that start no token, and from where to where."""
    text = source.text
    char = text[start]
    near = text.find("\n", start, start + limits.STRING_SEARCH)
    near = min(len(text), start + limits.STRING_SEARCH) if near < 0 else near
    end, fix = start + 1, ""
    if char == '"' or char == "'":
        closing = text.find("'", start + 1, near) if char == "'" else -1
        line_end = text.find("\n", start) if closing < 0 else near
        line_end = len(text) if line_end < 0 else line_end
        control = CONTROLS.search(text, start, closing if closing >= 0 else line_end)
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
    elif CONTROLS.match(char):
        while end < len(text) and CONTROLS.match(text[end]):
            end += 1
        message, note = f"a program cannot hold the control character U+{ord(char):04X}", ""
    elif char == ";":
        follows = re.match(r"[ \t]*([^\s;])", text[end:near])
        goes_on = follows is not None and follows[1] not in "#})]"
        message, note = "`;` ends nothing here", "entries end by themselves, or with `,`"
        change = Fix(
            "write `,`" if goes_on else "remove the `;`", Span(source, start, end), "," * goes_on, safe=True
        )
        return Diagnostic("syntax", message, Span(source, start, end), note, fixes=(change,)), start, end
    elif (curly := CURLY.match(text, start, near)) is not None:
        end, fix = curly.end(), '"' + curly[curly.lastindex or 1].replace('"', '\\"') + '"'
        message, note = "strings take straight double quotes", ""
    elif char in LOOKALIKES:
        fix = LOOKALIKES[char]
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
    return error, start, end


def _short(text: str) -> str:
    return text if len(text) <= 24 else text[:23] + "…"


def _error(source: Source, start: int, end: int, message: str, note: str) -> Diagnostic:
    return Diagnostic("syntax", message, Span(source, start, end), note)
