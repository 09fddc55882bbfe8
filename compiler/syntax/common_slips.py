"""Slips of the hand and habits of other languages that have one exact edit: each rule looks at a piece that broke and gives
its diagnostic, or None.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ..base import limits
from ..base.diagnostics import Diagnostic, Fix, Label
from ..base.source import Source, Span
from .lexer import Token
from .trouble import Trouble

OPERANDS_END = ("NAME", "NUMBER", "STRING", "RPAR", "RSQB")
"""What an opening brace may follow."""
NEAR = 60
"""How many words before the place where reading stopped a slip is looked for."""
STEPS = 100
"""How often something is done in the edits that need a number."""


def comment_of_another_language(t: Trouble) -> Diagnostic | None:
    """`// a comment`, which reads as a division, and `/* a comment */`."""
    at = min(t.at, len(t.tokens) - 1)
    for i in range(at, max(at - NEAR, -1), -1):
        token = t.tokens[i]
        if t.line(token) < t.line(t.tokens[at]) - 1:
            break
        stars = token.kind == "SLASH" and i + 1 < len(t.tokens) and t.tokens[i + 1].start == token.end
        stars = stars and t.tokens[i + 1].kind in ("STAR", "POWER")
        beside = i == at or t.line(token) == t.line(t.tokens[at])
        if (token.kind == "FLOOR" and (t.leads(i) or beside) and _spaced(t.source, token)) or stars:
            mark = "/*" if stars else "//"
            span = Span(t.source, token.start, token.start + 2)
            fixes = () if stars else (Fix("write `#`", span, "#", safe=t.leads(i)),)
            message = f"a comment begins with `#`, not with `{mark}`"
            return Diagnostic("syntax", message, span, help="write `#`", fixes=fixes)
    return None


def _spaced(source: Source, token: Token) -> bool:
    return source.text[token.start - 1 : token.start] in ("", " ", "\t", "\n")


def opening_brace(t: Trouble) -> Diagnostic | None:
    """A block whose `{` is missing, so that its `}` closes the block around it."""
    if t.token is None or not _closes_too_much(t):
        return None
    line = t.line(t.token)
    for p in range(t.at, max(t.at - NEAR, 0), -1):
        before = t.tokens[p - 1]
        if (before.keyword or before.kind in OPERANDS_END) and "LBRACE" in t.expected(p):
            brace = Token("LBRACE", "{", before.end, before.end)
            if t.reads([*t.tokens[:p], brace, *t.tokens[p : t.at + 2]]):
                place = Span(t.source, before.end, before.end)
                fix = Fix("open it with `{`", place, " {", safe=True)
                label = Label(t.span(t.tokens[p]), "what the block begins with")
                return Diagnostic("syntax", "a `{` is missing here", place, labels=(label,), fixes=(fix,))
        if t.line(t.tokens[p - 1]) < line:
            break
    return None


def _closes_too_much(t: Trouble) -> bool:
    """Whether more braces are closed than opened up to the next declaration at the margin."""
    text = t.source.text[t.tokens[0].start :]
    following = re.search(r"\n(?:import|family|method|program)\b", text)
    text = text[: following.start()] if following else text
    return text.count("}") > text.count("{")


def every_without_a_number(t: Trouble) -> Diagnostic | None:
    """`validate every {`: the block was taken for the number."""
    for i, token in enumerate(t.tokens[: t.at]):
        opener = t.tokens[i + 1] if i + 1 < len(t.tokens) else None
        if token.text != "every" or opener is None or opener.kind != "LBRACE":
            continue
        if opener.partner < 0 or opener.partner >= t.at - 1:
            place = Span(t.source, token.end, token.end)
            fix = Fix(f"write `every {STEPS}`", place, f" {STEPS}")
            message = "`every` says after how many steps each time, and no number follows"
            return Diagnostic("syntax", message, t.span(token), help=f"write `every {STEPS}`", fixes=(fix,))
    return None


def entry_without_its_keyword(t: Trouble) -> Diagnostic | None:
    """`student = mini("weights") { ... }` in a program: a role, or data, without the word before it."""
    if t.token is None or t.token.kind != "LBRACE" or t.before is None or t.before.kind != "RPAR":
        return None
    first = t.before.partner
    while first > 0 and t.tokens[first - 1].kind in ("NAME", "DOT"):
        first -= 1
    if first < 2 or t.tokens[first - 1].kind != "EQUAL" or t.tokens[first - 2].kind != "NAME":
        return None
    name = t.tokens[first - 2]
    if "ROLE" not in t.expected(first - 2):
        return None
    inside = t.tokens[t.at + 1 : t.at + 3]
    word = "data" if len(inside) == 2 and inside[1].kind == "COLON" else "role"
    place = Span(t.source, name.start, name.start)
    fix = Fix(f"write `{word} {name.text}`", place, f"{word} ", safe=True)
    message = f"`{name.text}` has a block, as a {word} has: the word `{word}` is missing before it"
    if word == "data":
        message = f"`{name.text}` has fields, as data has: the word `data` is missing before it"
    return Diagnostic("syntax", message, t.span(name), fixes=(fix,))


def use_without_brackets(t: Trouble) -> Diagnostic | None:
    """`use finetune student`, `use finetune`: the roles stand in brackets behind the method."""
    first = t.at
    while first > 0 and t.tokens[first - 1].kind in ("NAME", "DOT") and t.tokens[first - 1].text != "use":
        first -= 1
    if first == t.at or first == 0 or t.tokens[first - 1].text != "use" or "LPAR" not in t.expected(t.at):
        return None
    method, last = t.tokens[t.at - 1], t.at
    while last < len(t.tokens) and t.tokens[last].kind in ("NAME", "COMMA"):
        if t.line(t.tokens[last]) > t.line(method) or t.tokens[last].keyword:
            break
        last += 1
    span = Span(t.source, t.tokens[first].start, method.end)
    message = f"`use` hands roles over in brackets: `use {span.text}(...)`"
    if last == t.at:
        return Diagnostic("syntax", message, span, "no bracket follows")
    roles = Span(t.source, method.end, t.tokens[last - 1].end)
    text = f"({roles.text.strip()})"
    fix = Fix(f"write `use {span.text}{text}`", roles, text, safe=True)
    return Diagnostic("syntax", message, span, help=f"write `use {span.text}{text}`", fixes=(fix,))


def path_without_quotes(t: Trouble) -> Diagnostic | None:
    """`folder(./data/clips)`, `import ./mine.fdl`: letters, dots and slashes without a space between them."""
    for index in (t.at, t.at + 1, t.at - 1):
        if not 0 < index < len(t.tokens):
            continue
        start, end = _run(t.source.text, t.tokens[index].start)
        text = t.source.text[start:end]
        opens = next((x for x in reversed(t.tokens[:index]) if x.end <= start), None)
        if "/" not in text or "//" in text or not re.search(r"[A-Za-z]", text) or opens is None:
            continue
        if opens.kind in ("LPAR", "EQUAL", "COMMA", "LSQB") or opens.text == "import":
            span = Span(t.source, start, end)
            fix = Fix(f'write `"{text}"`', span, f'"{text}"', safe=True)
            return Diagnostic("syntax", "a path stands in double quotes", span, fixes=(fix,))
    return None


def _run(text: str, at: int) -> tuple[int, int]:
    """From where to where letters of a path stand around a place, as far as a path is long."""
    first = max(0, at - limits.PATH_CHARACTERS)
    found = IN_PATH.match(text, at, at + limits.PATH_CHARACTERS)
    before = IN_PATH.match(text[first:at][::-1])
    return at - (before.end() if before else 0), found.end() if found else at


IN_PATH = re.compile(r"[\w./~-]*")
PYTHON_IMPORT = re.compile(r"from[ \t]+([\w./]+)[ \t]+import[ \t]+([\w, \t]+|\*)")


def python_import(source: Source, first: Token) -> Diagnostic | None:
    """`from wan import wan21`, as Python writes it."""
    found = PYTHON_IMPORT.match(source.text, first.start) if first.text == "from" else None
    if found is None:
        return None
    names = re.findall(r"\w+", found[2])
    file = (
        found[1] if found[1].isidentifier() else f'"./{found[1].removeprefix("./").removesuffix(".fdl")}.fdl"'
    )
    text = f"import {file}" if names in ([found[1]], []) else f"import {file} {{ {', '.join(names)} }}"
    span = Span(source, found.start(), found.start() + len(found[0].rstrip()))
    fix = Fix(f"write `{text}`", span, text, safe=True)
    return Diagnostic("syntax", "an import begins with `import`", span, help=f"write `{text}`", fixes=(fix,))


Slip = Callable[[Trouble], Diagnostic | None]

BEFORE_ALL: tuple[Slip, ...] = (comment_of_another_language, path_without_quotes)
"""What spoils the words themselves."""
AFTER_BRACKETS: tuple[Slip, ...] = (
    opening_brace,
    every_without_a_number,
    entry_without_its_keyword,
    use_without_brackets,
)
"""What is looked for once brackets match."""
