"""What the checker knows of an expression beside its type, and the names in scope."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from ...base.diagnostics import Fix
from ...base.frozen import field, mutable, replace, struct
from ...base.source import Span
from ...program.values import Value
from ...types.dims import Dim
from ...types.quantity import Coef
from ...types.time_names import TimeNames
from ...types.types import UNKNOWN, Type, Unknown


@struct(eq=False)
class Term:
    """An expression's value with its compile-time knowledge.

    `coef` is a number as a coefficient, `dim` a whole number as a dim, `items` a list's or tuple's entries, `levels` and
    `key` a list of times (`grid_length` for a sampling grid), `choice` the place where the user chose the value, when it
    came through a parameter, `shifted` the place where these times were shifted.
    """

    value: Value
    coef: Coef | None = None
    dim: Dim | None = None
    items: tuple[Term, ...] | None = None
    levels: tuple[Fraction | None, ...] | None = None
    key: str = ""
    grid_length: Dim | None = None
    constant: object = None
    choice: Span | None = None
    shifted: Span | None = None
    role: object = None
    place: Span | None = None

    @property
    def type(self) -> Type:
        return self.value.type

    @property
    def span(self) -> Span:
        """Where it is read; the value's own place if it is used where it is made."""
        return self.place or self.value.span

    @property
    def unknown(self) -> bool:
        return isinstance(self.value.type, Unknown)

    def named(self, name: str) -> Term:
        """The same; its value remembers the first name that the user bound it to."""
        if not self.value.name:
            object.__setattr__(self.value, "name", name)
        return self


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
class Scope:
    """Names of one body; `parent` is the surrounding one (a loop's, a method's).

    A `fixed` scope holds parameters, the batch and the step's number: what stands inside may not bind them anew.
    """

    names: dict[str, Binding] = field(default_factory=dict)
    parent: Scope | None = None
    fixed: bool = False

    def find(self, name: str) -> Binding | None:
        scope: Scope | None = self
        while scope is not None:
            found = scope.names.get(name)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def fixed_name(self, name: str) -> Binding | None:
        """The binding of a name that may not be bound anew, unless something nearer has the name already."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.names.get(name)
            if found is not None:
                return found if scope.fixed else None
            scope = scope.parent
        return None

    def bindings(self) -> Iterator[tuple[str, Binding]]:
        """Every name in reach, the nearest scope's first; a name that is hidden comes again."""
        scope: Scope | None = self
        while scope is not None:
            yield from scope.names.items()
            scope = scope.parent


def unknown(span: Span) -> Term:
    return Term(Value("unknown", (), UNKNOWN, span))


def time_names(scope: Scope) -> TimeNames:
    """The times in scope by the names that the user gave them, for messages."""
    return TimeNames((name, b.term.type, b.term.key) for name, b in scope.bindings())


def seen_at(term: Term, span: Span) -> Term:
    """The same value, read at another place: messages point to where it is used."""
    return replace(term, place=span)


def rename(span: Span, name: str) -> Fix:
    return Fix(f"write `{name}`", span, name)
