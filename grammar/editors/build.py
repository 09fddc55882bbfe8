"""`python -m fdc.grammar.editors.build` writes the TextMate grammar from the words of the language.

Editors read a TextMate grammar line by line, so a keyword is known by what stands beside it on its line and by the
block around it: a member's keyword in a declaration of its kind, a statement's in a body, none among settings. The
grammar uses `match`, `begin` and `end`, names for their groups, and no more; its patterns mean the same to Oniguruma
and to Python's `re`, so that highlight.py reads the same file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .. import words

TARGET = Path(__file__).parent / "vscode" / "syntaxes" / "fdl.tmLanguage.json"

Pattern = dict[str, Any]

# text

NAME = "[A-Za-z_][A-Za-z0-9_]*"
DOTTED = rf"{NAME}(?:\s*\.\s*{NAME})*"
NUMBER = r"\b[0-9]+(?:_[0-9]+)*(?:\.[0-9]+(?:_[0-9]+)*)?(?:[eE][+-]?[0-9]+)?\b"
GIVEN = r"(?=\s*=(?!=))"
CALLED = r"(?=\s*\()"
OPERAND = r'["A-Za-z0-9_(\[{-]'
LINE_END = r"\s*(?:#|$)"

# What stands before a word on its line: a keyword that starts something follows no operator, and one that goes on
# no opening bracket and no comma either.
STARTS = r"(?<![.=~+\-*/%<>:])(?<![.=~+\-*/%<>:] )"
GOES_ON = r"(?<![.=~+\-*/%<>:,(\[{])(?<![.=~+\-*/%<>:,(\[{] )"
AFTER_OPERAND = r'(?<=[A-Za-z0-9_)\]}"] )'

# looks

FUNCTION, TYPE, BUILT_IN_TYPE = "entity.name.function", "entity.name.type", "support.type"
DEFINITION, REFERENCE = "variable.other.definition", "variable.other.readwrite"
PARAMETER, KEY = "variable.parameter", "variable.other.property"
SETTING, SCOPE = "constant.language.setting", "constant.language.scope"
ASSIGN, DOT, COLON = "keyword.operator.assignment", "punctuation.accessor", "punctuation.separator.type"
MEMBER, STATEMENT, CONNECTIVE = "storage.type.member", "keyword.control", "keyword.other"

STARTERS = {"file": "storage.type.declaration", "family": MEMBER, "method": MEMBER, "program": MEMBER}
STARTERS |= {"process": MEMBER, "body": STATEMENT}
"""The keywords that start something, by place."""
NAMES = {
    **dict.fromkeys(("method", "graph", "stage", "use"), FUNCTION),
    **dict.fromkeys(("family", "program", "component", "space", "process", "record", "variant"), TYPE),
    "import": "entity.name.namespace",
    "optimize": REFERENCE,
    "track": SETTING,
}
"""The name after a keyword; a definition where nothing is said here."""

OUTERMOST = [
    w for w in words.STARTERS["file"] if not any(w in words.STARTERS[p] for p in ("family", "program"))
]
"""What stands in nothing else: at the left margin it ends all that is open, so that a missing bracket costs one
declaration its colours."""

# the parts of a grammar


def any_of(found: Iterable[str]) -> str:
    return rf"\b(?:{'|'.join(found)})\b"


def named(scopes: Sequence[str]) -> Pattern:
    return {str(i): {"name": f"{scope}.fdl"} for i, scope in enumerate(scopes, 1)}


def match(pattern: str, *scopes: str) -> Pattern:
    """A pattern with a scope for each of its groups, or for the whole if it has none."""
    if re.compile(pattern).groups == 0:
        return {"match": pattern, "name": f"{scopes[0]}.fdl"}
    return {"match": pattern, "captures": named(scopes)}


def block(
    begin: str, end: str, inside: list[Pattern], begins: Sequence[str], ends: Sequence[str] = ()
) -> Pattern:
    """What stands between two patterns."""
    end = rf'{end}|(?=^(?:{"|".join(OUTERMOST)})\s+["A-Za-z_])'
    return {
        "begin": begin,
        "end": end,
        "beginCaptures": named(begins),
        "endCaptures": named(ends),
        "patterns": inside,
    }


def bracketed(pair: str, inside: list[Pattern]) -> Pattern:
    kind = {"{": "block", "(": "parens", "[": "brackets"}[pair[0]]
    begins, ends = [f"punctuation.section.{kind}.begin"], [f"punctuation.section.{kind}.end"]
    return block(rf"(\{pair[0]})", rf"(\{pair[1]})", inside, begins, ends)


def include(*parts: str) -> list[Pattern]:
    return [{"include": f"#{part}"} for part in parts]


# keywords that start something


def starter(place: str, word: str) -> Pattern:
    """A keyword of a place, known by what the grammar lets follow: a name, a block or an expression."""
    look, name = STARTERS[place], NAMES.get(word, DEFINITION)
    if word in ("graph", "stage", "update", "for"):
        return with_body(place, word)
    if place == "file" and words.follows(place, word, "STRING"):
        return match(rf"\b({word})\b(?:\s+({NAME}))?", "keyword.control.import", name)
    if place == "file" and word in OUTERMOST:
        parent = match(rf"\b{DOTTED}\b", "entity.other.inherited-class")
        inside = [*include("comments", "roles", f"{word}-members", "connectives"), parent]
        return block(rf"\b({word})\b(?:\s+({NAME}))?", r"(?<=\})", inside, (look, name))
    if words.follows(place, word, "LPAR"):
        return match(rf"{STARTS}\b{word}\b(?!\s*(?:=(?!=)|[~:,.]))", STATEMENT)
    if words.follows(place, word, "LBRACE"):
        return match(rf"{STARTS}\b{word}\b(?=\s*\{{|\s+{any_of(words.CONNECTIVES)}|{LINE_END})", look)
    return match(rf"{STARTS}\b({word})\s+({NAME})\b", look, name)


def with_body(place: str, word: str) -> Pattern:
    """What has a head of its own: a stage up to its `by`, the others up to the end of their body."""
    look, closed = STARTERS[place], r"(?<=\})|(?=\})"
    begin = rf"{STARTS}\b({word})\s+({NAME})\b"
    if word == "stage":
        kind = match(rf"(:)\s*({any_of(words.STAGE_KINDS)})", COLON, "support.class.stage")
        at = match(r"\bat\b(?=\s)", CONNECTIVE)
        inside = [*include("comments"), kind, at, *include("params", "types", "brackets", "expressions")]
        end = rf"\b(by)\b(?=\s)|(?=\}})|(?=^\s*{any_of(words.STARTERS[place])}\s+{NAME})"
        return block(begin, end, inside, (look, FUNCTION), (CONNECTIVE,))
    if word == "graph":
        return block(begin, closed, include("comments", "params", "body"), (look, FUNCTION))
    begin = rf"{STARTS}\b({word})\b(?=\s+[A-Za-z_]|\s*(?:\(|$))"
    inside = include("comments", "body", "expressions")
    if word == "for":
        inside.insert(0, match(rf"{GOES_ON}{any_of(words.CONNECTIVES)}(?=\s+{OPERAND})", look))
    return block(begin, closed, inside, (look,))


def starters(place: str) -> list[Pattern]:
    return [starter(place, word) for word in words.STARTERS[place]]


def fragments() -> list[Pattern]:
    """Members and statements at the top of a text, where no whole file has them: a documentation's, a hover's."""
    found = {word: starter(place, word) for place in reversed(STARTERS) for word in words.STARTERS[place]}
    return [pattern for word, pattern in found.items() if word not in words.STARTERS["file"]]


# what the rest is made of

COMMA = match(",", "punctuation.separator.comma")
ARGUMENT = match(rf"\b{NAME}\b(?=\s*=(?!=)|\s*:)", PARAMETER)
VALUE = match(rf"(?<![=!<>])(=)\s*({any_of(words.VALUES)})(?!\s*[.(\[])", ASSIGN, SETTING)
EACH = match(rf"\b(for)\s+({NAME})\s+(in)\b", STATEMENT, DEFINITION, CONNECTIVE)
BRACKETS = bracketed("[]", [*include("comments"), ARGUMENT, EACH, *include("expressions")])


def texts() -> dict[str, list[Pattern]]:
    # A comment takes its line's end, so that a `}` that stands last in it closes nothing.
    string = {
        "name": "string.quoted.double.fdl",
        "begin": '"',
        "end": '"|$',
        "patterns": [
            match(r'\\(?:[ntr"\\]|u\{[0-9A-Fa-f]{1,6}\})', "constant.character.escape"),
            match(r"\\.", "invalid.illegal.escape"),
        ],
    }
    return {
        "comments": [
            match(r"##[^\n]*\n?", "comment.line.documentation"),
            match(r"#[^\n]*\n?", "comment.line.number-sign"),
        ],
        "strings": [string],
    }


def blocks() -> dict[str, list[Pattern]]:
    def members(place: str) -> list[Pattern]:
        return [bracketed("{}", [*include("comments"), *starters(place), *include("members")])]

    key = match(rf"\b{DOTTED}\b{GIVEN}", KEY)
    field = match(rf"\b{NAME}\b(?=\s*:)", KEY)
    flag = match(rf"(?:^|(?<=[{{,]))\s*({NAME})(?=\s*[,}}]|{LINE_END})", KEY)
    entries = [*include("comments"), *starters("process"), VALUE, key, field, flag]
    parameter = match(rf"(?:^|(?<=[(,]))\s*({NAME})\b", PARAMETER)
    return {
        **{f"{place}-members": members(place) for place in ("family", "method", "program")},
        "body": members("body"),
        "members": [
            match(rf"\b{NAME}\b(?=\s*(?:=(?!=)|~))", DEFINITION),
            match(rf"\b({any_of(words.ROOTS)})(\.)({NAME})\b", "entity.name.namespace", DOT, TYPE),
            *include("types"),
            match(rf"{any_of(words.TYPES)}(?=\s*\[)", BUILT_IN_TYPE),
            *include("expressions"),
        ],
        "entries": [bracketed("{}", [*entries, *include("types", "expressions")])],
        "roles": [bracketed("()", [*include("comments"), match(rf"\b{NAME}\b", PARAMETER), COMMA])],
        "params": [
            bracketed(
                "()", [*include("comments"), parameter, *include("types"), VALUE, *include("expressions")]
            )
        ],
    }


def types() -> dict[str, list[Pattern]]:
    built_in = any_of(words.TYPES)
    inside = include("comments", "type-names", "type-groups")
    return {
        "types": [
            match(rf"(:|->)\s*({built_in})(?!\s*\.)", COLON, BUILT_IN_TYPE),
            match(rf"(:|->)\s*({DOTTED})\b", COLON, TYPE),
            block(r"(:|->)\s*(?=[(\[])", r"(?<=[)\]])", include("type-groups"), (COLON,)),
        ],
        "type-groups": [
            {**BRACKETS, "begin": rf"(?:(?<=\w)|(?<=\w )){BRACKETS['begin']}"},  # after a name: its dims
            bracketed("[]", inside),
            bracketed("()", inside),
        ],
        "type-names": [match(rf"{built_in}(?!\s*\.)", BUILT_IN_TYPE), match(rf"\b{DOTTED}\b", TYPE), COMMA],
    }


def expressions() -> dict[str, list[Pattern]]:
    built_in, connective, scope = any_of(words.TYPES), any_of(words.CONNECTIVES), any_of(words.SCOPES)
    per = match(rf"\b(per)\s*(=)\s*({scope})", PARAMETER, ASSIGN, SCOPE)
    return {
        "connectives": [
            match(rf"{GOES_ON}\b(as)\s+({built_in})", CONNECTIVE, BUILT_IN_TYPE),
            match(rf"{GOES_ON}\b(per)\s+({scope})(?!\s*=)", CONNECTIVE, SCOPE),
            match(rf"{GOES_ON}{connective}(?=\s+{OPERAND})", CONNECTIVE),
            match(rf"{AFTER_OPERAND}{connective}(?={LINE_END})", CONNECTIVE),
        ],
        "calls": [
            match(rf"(\.)\s*({any_of(words.ROLE_FUNCTIONS)}){CALLED}", DOT, "support.function.role"),
            match(rf"(\.)\s*({NAME})\b{CALLED}", DOT, "entity.name.function.member"),
            match(rf"{any_of(words.FUNCTIONS)}{CALLED}", "support.function.builtin"),
            match(rf"{any_of(words.CALLED)}{CALLED}", "support.function.setting"),
            match(rf"\b{NAME}\b{CALLED}", FUNCTION),
        ],
        "operators": [
            match(r"\.\.", "keyword.operator.range"),
            match(r"->", "keyword.operator.arrow"),
            match(rf"(~)\s*({built_in})(?=\s*\[)", "keyword.operator.draw", BUILT_IN_TYPE),
            match("~", "keyword.operator.draw"),
            match("[=!<>]=|[<>]", "keyword.operator.comparison"),
            match("=", ASSIGN),
            match(r"\*\*|//|[-+*/%]", "keyword.operator.arithmetic"),
        ],
        "brackets": [BRACKETS],
        "expressions": [
            *include("comments", "strings"),
            match(NUMBER, "constant.numeric"),
            match(rf"{any_of(words.CONSTANTS)}(?!\s*=(?!=))", "constant.language"),
            match(rf"{any_of(words.LOGICAL)}(?=\s*{OPERAND}|{LINE_END})", "keyword.operator.wordlike"),
            *include("connectives", "calls", "operators"),
            match(rf"(\.)\s*({any_of(words.TIME_PARTS)})", DOT, "support.variable.time"),
            match(rf"(\.)\s*({NAME})\b", DOT, "variable.other.member"),
            match(rf"\b{NAME}\b", REFERENCE),
            COMMA,
            match(":", COLON),
            bracketed("()", [*include("comments"), VALUE, per, ARGUMENT, *include("types", "expressions")]),
            *include("brackets", "entries"),
            match(r'[^\sA-Za-z0-9_"#{}()\[\],.:=~+\-*/%<>]', "invalid.illegal"),
        ],
    }


def grammar() -> Pattern:
    parts = {**texts(), **blocks(), **types(), **expressions()}
    return {
        "information_for_contributors": ["Made by `python -m fdc.grammar.editors.build`."],
        "name": "FDL",
        "scopeName": "source.fdl",
        "fileTypes": ["fdl"],
        "patterns": [*include("comments"), *starters("file"), *fragments(), *include("members")],
        "repository": {name: {"patterns": patterns} for name, patterns in parts.items()},
    }


def document() -> str:
    return json.dumps(grammar(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(document(), "utf-8")
