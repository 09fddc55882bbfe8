"""Names in scope, one body inside of another, and the terms that they are bound to."""

from __future__ import annotations

from collections.abc import Iterator

from ...base.frozen import field, mutable
from ...base.source import Span
from ...types.time_names import TimeNames
from .term import Term


@mutable
class Binding:
    """A name in scope. Loop-carried names are rebound inside their loop.

    `by_loop` is what a loop made of a name from outside of the body that it stands in: the body may still bind it, once.
    """

    term: Term
    span: Span | None
    used: bool = False
    by_loop: bool = False


@mutable
class LexicalScope:
    """Names of one body; `parent` is the surrounding one (a loop's, a method's).

    A `fixed` scope holds parameters, the batch and the step's number: what stands inside may not bind them anew.
    """

    names: dict[str, Binding] = field(default_factory=dict)
    parent: LexicalScope | None = None
    fixed: bool = False

    def find(self, name: str) -> Binding | None:
        scope: LexicalScope | None = self
        while scope is not None:
            found = scope.names.get(name)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def fixed_name(self, name: str) -> Binding | None:
        """The binding of a name that may not be bound anew, unless something nearer has the name already."""
        scope: LexicalScope | None = self
        while scope is not None:
            found = scope.names.get(name)
            if found is not None:
                return found if scope.fixed else None
            scope = scope.parent
        return None

    def bindings(self) -> Iterator[tuple[str, Binding]]:
        """Every name in reach, the nearest scope's first; a name that is hidden comes again."""
        scope: LexicalScope | None = self
        while scope is not None:
            yield from scope.names.items()
            scope = scope.parent


def time_names(scope: LexicalScope) -> TimeNames:
    """The times in scope by the names that the user gave them, for messages."""
    return TimeNames((name, b.term.type, b.term.key) for name, b in scope.bindings())
