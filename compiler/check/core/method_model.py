"""A method as the checker uses it: its members, those of its parents included."""

from __future__ import annotations

from ...base.frozen import field, mutable
from ...base.source import Source, Span
from ...syntax import ast


@mutable
class MethodModel:
    """What a method (or a program that writes its updates in place) consists of."""

    name: str
    span: Span
    roles: tuple[ast.Name, ...]
    params: dict[str, ast.Param] = field(default_factory=dict)
    graphs: dict[str, ast.GraphDecl] = field(default_factory=dict)
    updates: dict[tuple[str, ...], ast.UpdateDecl] = field(default_factory=dict)
    shared: dict[str, ast.Bind | ast.Draw] = field(default_factory=dict)
    states: dict[str, ast.StateDecl] = field(default_factory=dict)
    asserts: list[ast.Assert | ast.Reveal] = field(default_factory=list)
    keys: frozenset[str] = frozenset()  # of its declaration, and of those that it comes from
    changed: frozenset[Span] = frozenset()  # names of graphs that take the place of a parent's
    broken: bool = False  # what it comes from is missing: what depends on it would only repeat the error

    @property
    def length(self) -> int:
        """Of the text that it is written in, in characters."""
        tables = (self.params, self.graphs, self.updates, self.shared, self.states)
        return sum(d.span.end - d.span.start for table in tables for d in table.values())

    @property
    def sources(self) -> frozenset[Source]:
        """The files that it is written in: its own, and those of what it comes from."""
        parts = (self.params, self.graphs, self.updates, self.shared, self.states)
        found = (d.span.source for table in parts for d in table.values())
        return frozenset((self.span.source, *found))
