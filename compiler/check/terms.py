"""What the checker knows of an expression beside its type, the names in scope, and the bag of diagnostics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from ..diagnostics import Diagnostic, Fix, Label
from ..dims import Dim
from ..quantity import Coef, Time
from ..source import Span
from ..typed import Value
from ..types import UNKNOWN, Type, Unknown


@dataclass(frozen=True, eq=False)
class Term:
    """An expression's value with its compile-time knowledge.

    `coef` is a number as a coefficient, `dim` a whole number as a dim, `items` a list's or tuple's entries, `levels` and
    `key` a list of times (`grid_length` for a sampling grid), `choice` the place where the user chose the value, when it
    came through a parameter.
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


@dataclass(eq=False)
class Binding:
    """A name in scope. Loop-carried names are rebound inside their loop."""

    term: Term
    span: Span | None
    used: bool = False


@dataclass(eq=False)
class Scope:
    """Names of one body; `parent` is the surrounding one (a loop's, a method's)."""

    names: dict[str, Binding] = field(default_factory=dict)
    parent: Scope | None = None

    def find(self, name: str) -> Binding | None:
        scope: Scope | None = self
        while scope is not None:
            found = scope.names.get(name)
            if found is not None:
                return found
            scope = scope.parent
        return None

    def all_names(self) -> Iterator[str]:
        scope: Scope | None = self
        while scope is not None:
            yield from scope.names
            scope = scope.parent


class Bag:
    """Collects diagnostics; `muted` while a loop's body is tried out."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []
        self.muted = 0

    @property
    def broken(self) -> bool:
        return any(d.severity == "error" for d in self.found)

    def add(self, d: Diagnostic) -> None:
        if not self.muted:
            self.found.append(d)

    def error(
        self,
        code: str,
        message: str,
        span: Span,
        note: str = "",
        *,
        labels: Sequence[Label] = (),
        facts: Sequence[str] = (),
        help: str = "",
        fixes: Sequence[Fix] = (),
    ) -> None:
        self.add(Diagnostic(code, message, span, note, tuple(labels), tuple(facts), help, tuple(fixes)))


def unknown(span: Span) -> Term:
    return Term(Value("unknown", (), UNKNOWN, span))


def time_names(scope: Scope) -> Mapping[str, Time]:
    """The times in scope by the names that the user gave them, for messages."""
    from ..types import Level, TimeType

    found: dict[str, Time] = {}
    current: Scope | None = scope
    while current is not None:
        for name, binding in current.names.items():
            if isinstance(binding.term.type, (TimeType, Level)):
                found.setdefault(name, binding.term.type.time)
        current = current.parent
    return found
