"""The LALR automaton of the grammar: which terminal a word is read as, and which may follow.

It is driven by the tables of `grammar/`, which lark makes at development time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from ...grammar import tables
from .lexer import Token

State = Mapping[str, int]
"""What each symbol does in a state: n goes to state n, -1 - r reduces by rule r."""

Rule = tuple[str, int, str, list[int | None]]
"""Its origin, its length, its action, and which children the action gets (None for an absent one)."""


class _States(dict[int, State]):
    """The states by number, each read when it is first entered."""

    def __init__(self) -> None:
        self.rows = tables.STATES.splitlines()
        self.lookaheads = {f"@{i}": line.split() for i, line in enumerate(tables.LOOKAHEADS.splitlines())}

    def __missing__(self, number: int) -> State:
        state: dict[str, int] = {}
        for entry in self.rows[number].split(","):
            symbol, goes, target = entry.partition(">")
            if goes:  # of one symbol always: it names the state
                state[symbol] = int(target)
                continue
            symbols, reduces, rule = entry.partition("<")
            if reduces:
                state.update(dict.fromkeys(self.lookaheads.get(symbols) or symbols.split(), -1 - int(rule)))
        self[number] = state
        return state


def _rule(line: str) -> Rule:
    origin, length, action, *children = line.split()
    return origin, int(length), action, [None if c == "-" else int(c) for c in children]


STATES: Mapping[int, State] = _States()
RULES = [_rule(line) for line in tables.RULES.splitlines()]
STARTS = {name: number for number, name in enumerate(tables.STARTS.split())}
"""The states in which a declaration and an expression start."""
ENDS = dict(zip(STARTS, (int(n) for n in tables.ENDS.split())))


def advance(stack: list[int], kind: str) -> bool:
    """Take one terminal: reductions are played on the stack of states until it is shifted, or refused."""
    while True:
        move = STATES[stack[-1]].get(kind)
        if move is None:
            return kind == "$END" and stack[-1] in ENDS.values()
        if move >= 0:
            stack.append(move)
            return True
        origin, length, _, _ = RULES[-1 - move]
        if length:
            del stack[-length:]
        stack.append(STATES[stack[-1]][origin])


def accepts(stack: Sequence[int], kind: str) -> bool:
    """Whether a terminal may stand where this stack has been reached."""
    return kind in STATES[stack[-1]] and advance(list(stack), kind)


def read_as(stack: Sequence[int], token: Token) -> str:
    """The terminal that a token is here: a word is a keyword if that keyword may stand."""
    if token.keyword is None:
        return token.kind
    return token.keyword if accepts(stack, token.keyword) else "NAME"


def stack_after(tokens: Sequence[Token], start: str) -> list[int] | None:
    """The stack of states after some tokens; None where they break the grammar."""
    stack = [STARTS[start]]
    for token in tokens:
        if not advance(stack, read_as(stack, token)):
            return None
    return stack


def expected(stack: Sequence[int]) -> frozenset[str]:
    """The terminals that may stand where this stack has been reached."""
    return frozenset(k for k in STATES[stack[-1]] if (k[-1].isupper() or k == "$END") and accepts(stack, k))


@cache
def settled(below: int, top: int, kind: str) -> int:
    """The state after all reductions that only pass a value on, as those through the levels of precedence do."""
    while True:
        move = STATES[top].get(kind)
        if move is None or move >= 0:
            return top
        origin, length, action, _ = RULES[-1 - move]
        if action != "." or length != 1:
            return top
        top = STATES[below][origin]
