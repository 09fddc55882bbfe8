"""The names that members and statements declare, and those that a loop binds anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from ...syntax import ast

T = TypeVar("T")


def declared_by(member: object) -> Iterator[tuple[str, ast.Name]]:
    """The names that a member of a method or program declares, each with its kind: parameters, graphs, state, and names
    that are computed once a step."""
    match member:
        case ast.Param(name=name):
            yield "param", name
        case ast.GraphDecl(name=name):
            yield "graph", name
        case ast.StateDecl(name=name):
            yield "state", name
        case _:
            yield from (("name", name) for name in bound_by(member))


def bound_by(statement: object) -> tuple[ast.Name, ...]:
    """The names that one statement gives a value in the body that it stands in."""
    match statement:
        case ast.Bind(targets=targets):
            return targets
        case ast.Draw(target=target):
            return (target,)
        case _:
            return ()


def bound_in(body: Iterable[ast.Statement]) -> Iterator[ast.Name]:
    """The names that the statements of a body bind, those of the loops in it included, in order."""
    for s in body:
        yield from bound_by(s)
        if isinstance(s, ast.For):
            yield from bound_in(s.body)


def rebound(loop: ast.For, outside: Callable[[str], T | None]) -> dict[str, T]:
    """The names from outside that a loop's body binds anew, with what `outside` finds under each: a round hands them to
    the next, and the loop to what follows it."""
    own = {t.id for t in loop.targets}
    found: dict[str, T] = {}
    for name in bound_in(loop.body):
        meant = outside(name.id) if name.id not in own else None
        if meant is not None:
            found[name.id] = meant
    return found
