"""Text to syntax tree, one declaration at a time.

A parser of our own steps through the grammar's automaton: it decides word by word whether a keyword may stand, keeps spans,
and is bounded in depth. What only errors need is imported when there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from ..base import limits
from ..base.diagnostics import Diagnostic, in_order
from ..base.source import Source, Span
from .ast import Declaration, Expr, File
from .ast_builder import ACTIONS, Doc, InvalidTree, Place
from .automaton import ENDS, RULES, STARTS, STATES, Rule, expected, read_as, settled, stack_after
from .declarations import TOP, cut, doc_comments
from .lexer import Lexed, Token, lex, match_brackets

DEEPER = frozenset(
    {"binary", "not_", "minus", "attr", "call", "index", "cast", "span", "tuple", "list", "map"}
    | {"list_type", "pair_type", "for_"}
)
"""The rules that add a level to a tree."""


def parse(source: Source) -> tuple[File, tuple[Diagnostic, ...]]:
    """What could be read of a file, and one `syntax` error for each declaration that could not."""
    return parse_tokens(source, lex(source))


def parse_tokens(source: Source, lexed: Lexed) -> tuple[File, tuple[Diagnostic, ...]]:
    """As `parse`; a token's `kind` then is what it was read as, a keyword or a name."""
    words = len(lexed.tokens)
    if lexed.cut is not None:
        from .syntax_errors import too_long

        return File(source, (), lexed.comments, words), (too_long(source, lexed.cut),)
    docs = doc_comments(source, lexed)
    declarations: list[Declaration] = []
    errors: list[Diagnostic] = []
    stray: list[Token] = []

    before: list[Token] = []  # the declaration that was read last
    unread = False  # whether the declaration before cannot be read: what is left of it starts none either

    def flush() -> None:
        rest = unread and stray and (stray[0].kind == "RBRACE" or source.position(stray[0].start)[1] > 1)
        if stray and not rest:
            from .syntax_errors import closed_early, stray_text

            early = closed_early(source, before, stray[0]) if before else None
            if early is not None:
                declarations.pop()
            errors.append(early or stray_text(source, stray))
        stray.clear()

    for first, tokens in cut(source, lexed.tokens):
        if len(errors) >= limits.BROKEN_DECLARATIONS:
            message = f"more than {limits.BROKEN_DECLARATIONS} declarations cannot be read: what follows is not looked at"
            errors.append(Diagnostic("syntax", message, Span(source, tokens[0].start, tokens[0].end)))
            break
        python = tokens[0].text == "import" and stray and stray[0].text == "from"
        if tokens[0].text not in TOP or (python and _one_line(source, stray[-1], tokens[0])):
            stray.extend(tokens)
            continue
        flush()
        found = _build(source, tokens, "declaration", docs(first))
        unread = isinstance(found, Diagnostic)
        if isinstance(found, Diagnostic):
            errors.append(found)
            before = []
        else:
            before = tokens
            declarations.append(cast(Declaration, found))
    flush()
    return File(source, tuple(declarations), lexed.comments, words), in_order(errors)


def _one_line(source: Source, a: Token, b: Token) -> bool:
    return source.position(a.start)[0] == source.position(b.start)[0]


def parse_expression(source: Source) -> Expr | tuple[Diagnostic, ...]:
    """One expression, as the value in `--set train.steps=100`; else what is wrong with it."""
    lexed = lex(source)
    tokens = lexed.tokens[:-1]
    found = _build(source, tokens, "expr", doc_comments(source, lexed)(0))
    return (found,) if isinstance(found, Diagnostic) else cast(Expr, found)


# one piece


def _build(source: Source, piece: list[Token], start: str, doc: Callable[[int, int], Doc]) -> Any:
    """The tree of a piece, or the one diagnostic that says why there is none."""
    unmatched, deep = match_brackets(piece)
    if deep is not None:
        return _too_deep(source, piece[deep])
    mark_targets(piece)
    end = piece[-1].end if piece else len(source.text)
    tree = _Tree(Place(source, piece, doc), start)
    try:
        for i, token in enumerate([*piece, Token("$END", "", end, end)]):
            if len(tree.stack) > limits.PARSER_STATES:
                return _too_deep(source, piece[i - 1])
            if not tree.shift(i, token):
                break
    except InvalidTree as fault:
        return Diagnostic("syntax", fault.message, fault.span, fault.note)
    except _TooDeep as fault:
        return _too_deep(source, piece[min(fault.at, len(piece) - 1)])
    if tree.complete:
        return tree.value
    from .syntax_errors import describe
    from .trouble import Trouble

    def follow(count: int) -> frozenset[str]:
        stack = stack_after(piece[:count], start)
        return expected(stack) if stack is not None else frozenset()

    def reads(tokens: Sequence[Token]) -> bool:
        return stack_after(tokens, start) is not None

    return describe(Trouble(source, piece, i, unmatched, follow, reads))


def mark_targets(piece: Sequence[Token]) -> None:
    """Makes a `(` before the targets of a binding a terminal of its own; see the grammar."""
    for token in piece:
        after = token.partner + 1
        if token.kind == "LPAR" and 0 < after < len(piece) and piece[after].kind == "EQUAL":
            token.kind = "_TARGETS"


def _too_deep(source: Source, token: Token) -> Diagnostic:
    from .syntax_errors import too_deep

    return too_deep(source, token)


class _TooDeep(Exception):
    """A tree of more than `limits.EXPRESSION_DEPTH` levels, found before token `at`."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


class _Gathered(list[Any]):
    """The children that a rule whose name starts with `_` gives to the one above."""


Symbol = tuple[Any, int, int]
"""A symbol of the stack: its value, its first token, the height of its tree."""


class _Tree:
    """A tree while it is built: the states of the automaton, and the symbols between them."""

    def __init__(self, place: Place, start: str) -> None:
        self.place = place
        self.stack = [STARTS[start]]
        self.symbols: list[Symbol] = []
        self.end = ENDS[start]
        self.complete = False

    @property
    def value(self) -> Any:
        return self.symbols[-1][0]

    def shift(self, i: int, token: Token) -> bool:
        """Takes token number `i` after the reductions before it; False at the end and where the grammar refuses it."""
        stack = self.stack
        kind = read_as(stack, token) if token.keyword else token.kind
        while True:
            move = STATES[stack[-1]].get(kind)
            if move is None:
                self.complete = kind == "$END" and stack[-1] == self.end
                return False
            if move >= 0:
                break
            rule = RULES[-1 - move]
            if rule[2] == "." and rule[1] == 1:
                stack[-1] = settled(stack[-2], stack[-1], kind)
            else:
                self._reduce(rule, i)
        token.kind = kind
        stack.append(move)
        self.symbols.append((token, i, 0))
        return True

    def _reduce(self, rule: Rule, i: int) -> None:
        """Puts one symbol for those of a rule that ends before token `i`."""
        origin, length, action, picked = rule
        first, height = i, 0
        covered: list[Symbol] = []
        if length:
            covered = self.symbols[-length:]
            del self.symbols[-length:], self.stack[-length:]
            first = covered[0][1]
            for symbol in covered:
                if symbol[2] > height:
                    height = symbol[2]
        value: Any = _children(covered, picked, gathers=action == "_")
        if action == ".":
            value = value[0]
        elif action != "_":
            height += action in DEEPER
            if height > limits.EXPRESSION_DEPTH:
                raise _TooDeep(i)
            self.place.first, self.place.last = first, max(i - 1, first) if self.place.tokens else 0
            value = ACTIONS[action](self.place, value)
        self.symbols.append((value, first, height))
        self.stack.append(STATES[self.stack[-1]][origin])


def _children(covered: list[Symbol], picked: list[int | None], gathers: bool) -> _Gathered:
    """What a rule's action gets, the children of gathered rules in their places."""
    children = _Gathered()
    if gathers and covered and covered[0][0].__class__ is _Gathered:  # a list that grows is not copied
        children, picked = covered[0][0], picked[1:]
    for pick in picked:
        child = None if pick is None else covered[pick][0]
        if child.__class__ is _Gathered:
            children.extend(child)
        else:
            children.append(child)
    return children
