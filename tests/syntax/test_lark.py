"""lark itself reads what the parser reads, and makes the same of it: trees, refusals, and what may follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from functools import cache
from random import Random
from typing import Any

import pytest
from fuzz.inputs import KINDS, make
from fuzz.judge import HERE as FUZZ
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedToken
from lark.lexer import Lexer
from paths import ACCEPTED, EXAMPLES, LIBRARY, TESTS

from fdc.compiler.base.source import Source, Span
from fdc.compiler.syntax import automaton
from fdc.compiler.syntax.ast import Syntax
from fdc.compiler.syntax.ast_builder import ACTIONS, InvalidTree, Place
from fdc.compiler.syntax.declarations import TOP, cut
from fdc.compiler.syntax.lexer import Token as Word
from fdc.compiler.syntax.lexer import lex, match_brackets
from fdc.compiler.syntax.parser import mark_targets, parse
from fdc.grammar import build

RIGHT = sorted([*LIBRARY, *EXAMPLES.rglob("*.fdl"), *ACCEPTED.rglob("*.fdl")])
WRONG = sorted(set(TESTS.rglob("*.fdl")) - set(RIGHT))
KEPT = sorted((FUZZ / "corpus").iterdir())


class Fed(Lexer):
    """Tokens come from the caller: which of them are keywords is for the grammar to say."""

    def __init__(self, _: object) -> None:
        pass

    def lex(self, lexer_state: object, parser_state: object) -> Iterator[Token]:
        yield from ()


@cache
def grammar() -> Lark:
    text = (build.HERE / "fdl.lark").read_text("utf-8")
    starts = list(build.STARTS)
    return Lark(
        text, parser="lalr", lexer=Fed, start=starts, maybe_placeholders=True, propagate_positions=True
    )


class Reader:
    """One piece, read by lark token by token; a word is a keyword if lark would take that keyword there."""

    def __init__(self, start: str) -> None:
        self.parser = grammar().parse_interactive("", start=start)

    def may(self, kind: str) -> bool:
        """As `kind in accepts()`, which would try every other terminal too."""
        if kind not in self.parser.choices():
            return False
        trial = self.parser.copy(deepcopy_values=False)
        trial.parser_state.parse_conf = copy(trial.parser_state.parse_conf)
        trial.parser_state.parse_conf.callbacks = {}
        try:
            trial.feed_token(Token(kind, ""))
        except UnexpectedToken:
            return False
        return True

    def feed(self, number: int, word: Word) -> bool:
        kind = word.keyword if word.keyword and self.may(word.keyword) else word.kind
        token = Token(
            kind, word, start_pos=number, end_pos=number + 1, line=1, end_line=1, column=1, end_column=1
        )
        try:
            self.parser.feed_token(token)
        except UnexpectedToken:
            return False
        return True

    def end(self) -> Any:
        """The tree; None where the piece may not end here."""
        try:
            return self.parser.feed_eof()
        except UnexpectedToken:
            return None


def node(made: object, place: Place) -> Any:
    """The syntax tree that the compiler's actions make of lark's tree."""
    if isinstance(made, Token):
        return made.value
    if not isinstance(made, Tree):
        return made
    children = [node(child, place) for child in made.children]
    if not made.meta.empty:
        place.first, place.last = made.meta.start_pos, made.meta.end_pos - 1
    return ACTIONS[made.data](place, children)


def by_lark(source: Source, piece: list[Word]) -> object:
    """A piece as lark reads it; None where it is refused."""
    reader = Reader("declaration")
    match_brackets(piece)
    mark_targets(piece)
    if not all(reader.feed(i, word) for i, word in enumerate(piece)):
        return None
    tree = reader.end()
    if tree is None:
        return None
    try:
        return node(tree, Place(source, piece, lambda first, last: ()))
    except InvalidTree:
        return None


def shape(value: object) -> object:
    """A tree with the place of each of its nodes, which equality of trees leaves out."""
    if isinstance(value, Span):
        return value.start, value.end
    if isinstance(value, Syntax):
        return type(value).__name__, {n: shape(v) for n, v in vars(value).items() if n != "doc"}
    return tuple(shape(v) for v in value) if isinstance(value, tuple) else value


def compare(source: Source) -> int:
    """Every declaration of a text is read alike, or refused by both; gives how many there are."""
    file, found = parse(source)
    ours = file.declarations
    early = {
        d.span.end for d in found if "closes the whole" in d.message
    }  # what was closed too early is left out
    pieces = [piece for _, piece in cut(source, lex(source).tokens) if piece[0].text in TOP]
    pieces = [piece for piece in pieces if piece[-1].end not in early]
    theirs = [made for piece in pieces if (made := by_lark(source, piece)) is not None]
    assert [shape(d) for d in theirs] == [shape(d) for d in ours], source.path
    return len(ours)


@pytest.mark.slow
def test_lark_makes_the_same_trees_of_right_programs() -> None:
    assert all(compare(Source(path.name, path.read_text("utf-8"))) for path in RIGHT)


@pytest.mark.slow
def test_lark_makes_the_same_trees_of_wrong_programs() -> None:
    assert sum(compare(Source(path.name, path.read_text("utf-8"))) for path in WRONG) > len(WRONG)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [k for k in KINDS if k != "bombs"])
def test_lark_agrees_on_texts_at_random(kind: str) -> None:
    """Short ones alone, for the time that lark takes."""
    texts = (make(kind, 11, number).data.decode("utf-8", "replace") for number in range(12))
    for text in texts:
        source = Source(kind, text)
        # lark has no bound on depth
        if len(text) < 4000 and all("too deeply" not in d.message for d in parse(source)[1]):
            compare(source)


@pytest.mark.parametrize("path", KEPT, ids=lambda p: p.name)
def test_lark_agrees_on_inputs_that_were_kept(path: Any) -> None:
    text = path.read_bytes().decode("utf-8", "replace")
    if len(text) < 8000:
        compare(Source(path.name, text))


@pytest.mark.slow
def test_what_may_follow_is_what_lark_accepts() -> None:
    """After three words of every declaration, taken at random."""
    rng = Random(3)
    for path in RIGHT:
        source = Source(path.name, path.read_text("utf-8"))
        for _, piece in cut(source, lex(source).tokens):
            match_brackets(piece)
            mark_targets(piece)
            follow(piece, set(rng.sample(range(len(piece)), min(3, len(piece)))))


def follow(piece: Sequence[Word], places: set[int]) -> None:
    reader = Reader("declaration")
    for i, word in enumerate(piece):
        if i in places:
            stack = automaton.stack_after(piece[:i], "declaration")
            assert stack is not None and automaton.expected(stack) == reader.parser.accepts()
        assert reader.feed(i, word)
