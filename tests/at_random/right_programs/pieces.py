"""Typed pieces: what an expression is wanted to be, what is at hand, and the bodies that are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction

from ..choices import Choices
from ..families import Family
from ..tree import Block, Node, Param, Role, Statement, name, number


@dataclass(frozen=True)
class At:
    """A time: how it is written, and what is known of it.

    `key` tells times apart; `top` and `bottom` say that its noise level may be 1 or 0, where some quotients are none.
    """

    node: Node
    key: str
    axes: tuple[str, ...] = ("b",)
    top: bool = False
    bottom: bool = False
    number: bool = False
    value: Fraction | None = None
    bent: bool = False


@dataclass(frozen=True)
class Want:
    """A quantity in a space: clean, noise, noisy, velocity (eps - x0), backwards (x0 - eps), v, score, F, direction.

    `kind` is the process of those that depend on one.
    """

    what: str
    space: str
    kind: str = ""
    at: At | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.what, self.space, self.kind, self.at.key if self.at is not None else ""

    @property
    def time(self) -> At:
        assert self.at is not None
        return self.at


TIMED = ("noisy", "v", "score", "F")
SAID = {
    "eps - x0": "velocity", "x0 - eps": "backwards", "x0": "clean", "eps": "noise", "v": "v", "F": "F",
}  # fmt: skip


def wanted(what: str, f: Family, at: At) -> Want:
    return Want(what, f.space, f.kind, at) if what in TIMED else Want(what, f.space)


def result_of(f: Family, function: str, at: At) -> Want:
    """What a role's function gives."""
    match function:
        case "x0":
            what = "clean"
        case "eps":
            what = "noise"
        case "velocity":
            what = {"flow": "velocity", "vp": "v", "edm": "noise"}[f.kind]
        case "score":
            what = "score"
        case _:
            what = SAID[f.predict]
    return wanted(what, f, at)


@dataclass(frozen=True)
class TimeList:
    node: Node
    key: str
    values: tuple[Fraction | None, ...]
    top: bool
    bottom: bool
    bent: bool = False

    def entry(self, at: Node, key: str, *, first: bool, last: bool) -> At:
        """The entry of an index that may be the first, may be the last."""
        top, bottom = self.top and first, self.bottom and last
        return At(Node("entry", (self.node, at)), f"{self.key}[{key}]", (), top, bottom, bent=self.bent)

    def known(self, i: int) -> At:
        n = len(self.values)
        at = self.entry(number(i), str(i), first=i == 0, last=i == n - 1)
        return replace(at, value=self.values[i])


@dataclass
class Known:
    """What may be read at a place."""

    values: list[tuple[Node, Want]] = field(default_factory=list)
    times: list[At] = field(default_factory=list)
    records: list[tuple[Node, tuple[str, ...], str]] = field(default_factory=list)
    numbers: list[Node] = field(default_factory=list)
    lists: list[TimeList] = field(default_factory=list)
    distributions: list[tuple[Node, bool]] = field(default_factory=list)
    """Of times, and whether a shift is in them."""

    def child(self) -> Known:
        return Known(*(list(getattr(self, f.name)) for f in fields(self)))


@dataclass
class Body:
    known: Known
    statements: list[Statement] = field(default_factory=list)

    def bind(self, word: str, value: Node) -> Node:
        self.statements.append(Statement("bind", (word,), value))
        return name(word)

    def draw(self, word: str, d: Node, scope: str = "") -> Node:
        self.statements.append(Statement("draw", (word,), d, scope=scope))
        return name(word)


@dataclass(frozen=True)
class Signature:
    """A graph that may be called again: its parameters, and what it gives of a time that is called `formal`."""

    block: Block
    params: tuple[tuple[Param, Want | str], ...]
    result: Want


FORMAL = At(name("when"), "formal", ("b",), top=True, bottom=True)


# arithmetic


def plus(a: Node, b: Node) -> Node:
    return Node("+", (a, b))


def minus(a: Node, b: Node) -> Node:
    return Node("-", (a, b))


def times(k: Node | None, x: Node) -> Node:
    return Node("*", (k, x)) if k is not None else x


def over(a: Node, k: Node | None) -> Node:
    return Node("/", (a, k)) if k is not None else a


Recipe = Callable[["Maker", Body, Want, int], Node | None]
WORDS: Mapping[str, tuple[str, ...]] = {
    "clean": ("guess", "x0", "real", "y"),
    "noise": ("spread", "eps", "e"),
    "noisy": ("xt", "x", "near"),
    "velocity": ("v", "slope"),
    "backwards": ("w", "back"),
    "v": ("v", "u"),
    "score": ("s", "score"),
    "F": ("f",),
    "direction": ("gap", "push", "d"),
}


Recipes = tuple[Mapping[str, tuple[tuple[Recipe, ...], tuple[Recipe, ...]]], tuple[Recipe, ...]]
"""For each quantity the plainest recipes and those that take more, and recipes for every quantity."""


class Maker:
    """The program that is being made: its roles, its graphs, the names that are taken."""

    def __init__(self, choices: Choices, roles: tuple[Role, ...], recipes: Recipes) -> None:
        self.choose = choices
        self.roles = roles
        self.recipes = recipes
        self.taken: dict[str, int] = {r.name: 1 for r in roles} | {"batch": 1, "step": 1, "state": 1}
        self.shared = Known()
        self.graphs: list[Signature] = []
        self.noises: dict[str, str] = {}
        """By space, the one draw of noise that a step has: different ones do not add as numbers do."""
        self.nesting = 0

    @property
    def kind(self) -> str:
        """The process in which times are read: the first role's."""
        return self.roles[0].family.kind

    def noise(self, body: Body, role: Role, *words: str) -> Node:
        """The noise of a step; where there is no step (in validation), a draw."""
        word = self.noises.get(role.family.space)
        return name(word) if word else body.draw(self.fresh(*words), Node("noise", (name(role.name),)))

    def fresh(self, *words: str) -> str:
        word = self.choose.pick(words)
        n = self.taken.get(word, 0)
        self.taken[word] = n + 1
        return word if n == 0 else f"{word}{n + 1}"

    def roles_of(self, space: str, kind: str = "", at: At | None = None) -> list[Role]:
        """Roles of a space and process whose networks take such a time."""
        return [
            r
            for r in self.roles
            if r.family.space == space
            and (not kind or r.family.kind == kind)
            and (at is None or at.axes in ((), ("b", "t") if r.family.per_frame else ("b",)))
        ]

    def make(self, body: Body, want: Want, depth: int) -> Node:
        """An expression that is what is wanted; statements that it needs are written before it."""
        plain, more, everywhere = *self.recipes[0][want.what], self.recipes[1]
        usable = plain if depth <= 0 else (*plain, *more, *everywhere)
        start = self.choose.between(0, len(usable) - 1)
        for recipe in (*usable[start:], *usable[:start], *more):
            made = recipe(self, body, want, depth - 1)
            if made is not None:
                if made.op != "name" and depth >= 0 and self.choose.chance(35):
                    made = body.bind(self.fresh(*WORDS[want.what]), made)
                    body.known.values.append((made, want))
                return made
        raise AssertionError(want)

    def can(self, body: Body, want: Want) -> bool:
        """Whether it can be made anywhere: at noise level 1 EDM's sigma is infinite, at 0 there is no score."""
        if want.at is None or want.what not in TIMED:
            return True
        if any(w.key == want.key for _, w in body.known.values):
            return True
        if want.what in ("score", "F") and want.at.bottom:
            return False
        return not (want.kind == "edm" and want.at.top)
