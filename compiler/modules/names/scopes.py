"""Which names a body sees."""

from __future__ import annotations

from ...base.frozen import mutable
from ...syntax import ast
from .symbol import Symbol, Symbols

CARRIED = frozenset({"name", "param", "argument", "state"})
"""Kinds of names from outside that a loop may bind anew. Roles, graphs and what is computed once a step it may not."""


@mutable
class BodyScope:
    """Names of a body. A loop's body binds names from outside anew, those in `carried`."""

    names: Symbols
    parent: BodyScope | None = None
    carried: frozenset[str] = frozenset()

    def find(self, name: str) -> Symbol | None:
        scope: BodyScope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return None


def family_scope(members: Symbols) -> BodyScope:
    """What the graphs of a family see of it."""
    return BodyScope({n: s for n, s in members.items() if s.kind in ("param", "graph", "stage")})


def method_scope(members: Symbols, roles: Symbols) -> BodyScope:
    """What the graphs and updates of a method or program see of it, whatever the order."""
    return BodyScope({**roles, **members})


def stage_scope(members: Symbols, parameters: Symbols) -> BodyScope:
    """What the arguments behind `by component(` are made of: the stage's parameters, components, and stages whose calls
    others begin with."""
    stages = {n: s for n, s in members.items() if s.kind == "stage"}
    return BodyScope({**stages, **_components(members), **parameters})


def process_scope(members: Symbols, helpers: Symbols) -> BodyScope:
    """What the formulas of a process read: its own helpers, then components."""
    return BodyScope(helpers, BodyScope(_components(members)))


def _components(members: Symbols) -> Symbols:
    return {n: s for n, s in members.items() if s.kind == "component"}


def carries(found: Symbol | None) -> Symbol | None:
    """A name from outside, if a loop may bind it anew."""
    if found is None or found.kind not in CARRIED:
        return None
    once_a_step = isinstance(found.node, (ast.Bind, ast.Draw)) and found.owner
    return None if once_a_step else found
