"""A shift that follows from sizes and from the number of steps: how far the levels of a sampling grid bend towards noise."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

from ...stages.table import OPERATORS, OPS
from ..base.frozen import field, struct

Tree = float | str | tuple["Tree", ...]
"""A number, a name, or an operation with what it is of: `("exp", ("*", 0.5, "h"))`."""

STEPS = "n"
"""The name of the number of steps."""

CHOICE = "select"
"""Chooses by a comparison."""

FUNCTIONS: Mapping[str, Callable[..., float]] = {
    name: op.python
    for name, op in {**OPERATORS, **OPS}.items()
    if op.python is not None and (name in OPERATORS or op.rule in ("elementwise", "extreme", "shifted"))
}
"""What a shift and the rule of a grid may be made of: operators by their signs, and functions of numbers."""


def arity(name: str) -> int | None:
    """How many arguments a function takes; None for what is none."""
    return 3 if name == CHOICE else OPS[name].arity if name in FUNCTIONS.keys() & OPS.keys() else None


def value(tree: Tree, names: Mapping[str, float]) -> float:
    """Raises KeyError for a name that is not known, ArithmeticError and ValueError for what is no number."""
    if isinstance(tree, str):
        return names[tree]
    if not isinstance(tree, tuple):
        return tree
    name, *arguments = tree
    if name == CHOICE:
        condition, one, other = arguments
        return value(one if value(condition, names) else other, names)
    return FUNCTIONS[str(name)](*(value(a, names) for a in arguments))


def names_of(tree: Tree) -> Iterator[str]:
    """The names that a tree reads."""
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, tuple):
        for a in tree[1:]:
            yield from names_of(a)


def branches(tree: Tree, names: Mapping[str, float]) -> tuple[bool, ...]:
    """Which way each choice goes that sizes alone decide. Raises as `value` does."""
    if not isinstance(tree, tuple):
        return ()
    name, *arguments = tree
    inner = tuple(b for a in arguments for b in branches(a, names))
    if name != CHOICE or STEPS in names_of(arguments[0]):
        return inner
    return (bool(value(arguments[0], names)), *inner)


@struct
class DynamicShift:
    """`terminal` is the level to which the last one before data is stretched (0 for none), `sizes` are the numbers of the
    role that has the process. `keys` are the entries of a scheduler of diffusers that say the same, where it can say it."""

    tree: Tree
    terminal: float = 0.0
    keys: Mapping[str, object] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)

    @property
    def by_steps(self) -> bool:
        """Whether it depends on the number of steps."""
        return STEPS in names_of(self.tree)

    def jumps_to(self, other: DynamicShift) -> bool:
        """Whether sizes lead to another formula at those of the other: a small change of size changes much there."""
        return branches(self.tree, self.sizes) != branches(other.tree, other.sizes)

    def of(self, steps: int | None) -> float | None:
        """The shift of a grid of so many steps; None where sizes or the steps are not known, or where it is no number
        above 0."""
        names = {**self.sizes, **({STEPS: steps} if steps is not None else {})}
        try:
            found = value(self.tree, names)
        except (ArithmeticError, KeyError, ValueError):
            return None
        return float(found) if 0 < found < math.inf else None


def exponential(tokens: Tree, first: tuple[float, float], last: tuple[float, float], exponent: bool) -> Tree:
    """The shift exp(mu), or mu itself, where mu lies on the line through two points of (tokens, mu); it goes on beyond
    them, as in diffusers' `calculate_shift`."""
    slope = (last[1] - first[1]) / (last[0] - first[0])
    mu: Tree = ("+", first[1], ("*", slope, ("-", tokens, first[0])))
    return ("exp", mu) if exponent else mu
