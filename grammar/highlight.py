"""A Pygments lexer, so that documentation colours FDL as editors do: it reads the editors' own TextMate grammar.

Of TextMate it knows what that grammar uses, which editors/build.py says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, ClassVar

from pygments.lexer import Lexer
from pygments.token import (
    Comment,
    Generic,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Text,
    Whitespace,
    _TokenType,
)

GRAMMAR = Path(__file__).parent / "editors" / "vscode" / "syntaxes" / "fdl.tmLanguage.json"

TOKENS: Mapping[str, _TokenType] = {
    "comment": Comment.Single,
    "comment.line.documentation": String.Doc,
    "constant.character.escape": String.Escape,
    "constant.language": Keyword.Constant,
    "constant.language.scope": Name.Constant,
    "constant.language.setting": Name.Constant,
    "constant.numeric": Number,
    "entity.name.function": Name.Function,
    "entity.name.namespace": Name.Namespace,
    "entity": Name.Class,
    "invalid": Generic.Error,
    "keyword": Keyword,
    "keyword.control.import": Keyword.Namespace,
    "keyword.operator": Operator,
    "keyword.operator.wordlike": Operator.Word,
    "punctuation": Punctuation,
    "storage": Keyword.Declaration,
    "string": String.Double,
    "support.class": Name.Class,
    "support.function": Name.Builtin,
    "support.type": Keyword.Type,
    "support.variable": Name.Property,
    "variable": Name,
    "variable.other.definition": Name.Variable,
    "variable.other.property": Name.Attribute,
    "variable.parameter": Name.Attribute,
}
"""What the grammar's scopes are to Pygments: the longest beginning of a scope counts."""

Scoped = tuple[str, str]
"""A piece of text after its scope, which is empty where the grammar names none."""


@dataclass(frozen=True, eq=False)
class Pattern:
    """A pattern of the grammar; one with an `end` opens a block, in which `inside` counts until it is met."""

    pattern: re.Pattern[str]
    name: str
    captures: Mapping[int, str]
    end: Pattern | None = None
    inside: Sequence[Mapping[str, Any]] = ()

    def named(self, found: re.Match[str]) -> Iterator[Scoped]:
        """The pieces of a match with their scopes."""
        position = found.start()
        for group, scope in self.captures.items():
            if found.start(group) >= 0:
                yield self.name, found.string[position : found.start(group)]
                yield scope, found[group]
                position = found.end(group)
        yield self.name, found.string[position : found.end()]


class Grammar:
    """A TextMate grammar; `top` is the whole of it, as a block without an end."""

    def __init__(self, path: Path) -> None:
        found = json.loads(path.read_text("utf-8"))
        self._repository = found["repository"]
        self._rules: dict[int, Pattern] = {}
        self._choices: dict[Pattern, tuple[Pattern, ...]] = {}
        self.top = Pattern(re.compile(""), "", {}, None, found["patterns"])

    def choices(self, block: Pattern) -> tuple[Pattern, ...]:
        """What may match within a block; of two that start at the same place the earlier counts."""
        if block not in self._choices:
            end = (block.end,) if block.end is not None else ()
            self._choices[block] = (*end, *self._flat(block.inside))
        return self._choices[block]

    def _flat(self, patterns: Sequence[Mapping[str, Any]]) -> Iterator[Pattern]:
        for found in patterns:
            if "include" in found:
                yield from self._flat(self._repository[found["include"][1:]]["patterns"])
            else:
                # by place in the grammar, so that a block within one like it is the same rule
                yield self._rules.setdefault(id(found), _rule(found))


def _rule(found: Mapping[str, Any]) -> Pattern:
    def plain(pattern: str, captures: str, *block: Any) -> Pattern:
        groups = {int(group): named["name"] for group, named in found.get(captures, {}).items()}
        return Pattern(re.compile(found[pattern]), found.get("name", ""), groups, *block)

    if "match" in found:
        return plain("match", "captures")
    return plain("begin", "beginCaptures", plain("end", "endCaptures"), found["patterns"])


@cache
def grammar() -> Grammar:
    return Grammar(GRAMMAR)


def scopes(text: str) -> Iterator[Scoped]:
    """All of a text in pieces, each with the innermost scope that the grammar gives it."""
    stack = [grammar().top]
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        yield from (scoped for scoped in _line(line, stack) if scoped[1])


def _line(line: str, stack: list[Pattern]) -> Iterator[Scoped]:
    position = 0
    choices = grammar().choices
    searched: dict[re.Pattern[str], re.Match[str] | None] = {}
    while True:
        block, best, rule = stack[-1], None, None
        for choice in choices(block):
            found = searched.get(choice.pattern)
            # what was found further on still is the next one
            if choice.pattern not in searched or (found is not None and found.start() < position):
                found = searched[choice.pattern] = choice.pattern.search(line, position)
            if found is not None and (best is None or found.start() < best.start()):
                best, rule = found, choice
        if best is None or rule is None:
            yield block.name, line[position:]
            return
        yield block.name, line[position : best.start()]
        yield from rule.named(best)
        position = best.end()
        if rule is block.end:
            stack.pop()
        elif rule.end is not None:
            stack.append(rule)


@cache
def token(scope: str) -> _TokenType:
    """The token type of a scope."""
    while scope and scope not in TOKENS:
        scope = scope.rpartition(".")[0]
    return TOKENS.get(scope, Text)


class FdlLexer(Lexer):
    """FDL: families, methods and programs for training diffusion models."""

    name = "FDL"
    aliases: ClassVar[list[str]] = ["fdl"]
    filenames: ClassVar[list[str]] = ["*.fdl"]

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        start = 0
        for kind, pieces in groupby(scopes(text), lambda s: Whitespace if s[1].isspace() else token(s[0])):
            found = "".join(piece for _, piece in pieces)
            yield start, kind, found
            start += len(found)
