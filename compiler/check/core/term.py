"""What the checker knows of an expression beside its type, the names in scope, and the bag of diagnostics."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import islice

from ...base.diagnostics import Diagnostic, Fix, Label, bounded
from ...base.frozen import struct
from ...base.source import Span
from ...program.values import Value
from ...types.dims import Dim
from ...types.quantity import Coef, Time
from ...types.types import UNKNOWN, Level, TimeType, Type, Unknown


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


@dataclass(eq=False)
class Binding:
    """A name in scope. Loop-carried names are rebound inside their loop.

    `by_loop` is what a loop made of a name from outside of the body that it stands in: the body may still bind it, once.
    """

    term: Term
    span: Span | None
    used: bool = False
    by_loop: bool = False


@dataclass(eq=False)
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

    def all_names(self) -> Iterator[str]:
        scope: Scope | None = self
        while scope is not None:
            yield from scope.names
            scope = scope.parent


@struct(eq=False)
class Note:
    """What was found out about an expression, at the place where it stands.

    `scope` and `kind` (of the process) tell how to name the times in it; `site` is the way to it: program, update, graphs.
    """

    span: Span
    term: Term
    scope: Scope
    kind: str
    site: tuple[str, ...]


@dataclass(eq=False)
class Notes:
    """What `--explain` and editors ask for. `uses` leads from a name's place to that of its definition."""

    about: list[Note] = field(default_factory=list)
    chosen: list[Note] = field(default_factory=list)
    """Parameters of methods and families with their values, each at the place where it was chosen."""
    uses: dict[Span, Span] = field(default_factory=dict)
    roles: dict[str, object] = field(default_factory=dict)
    """A program's roles as they are bound, whether or not the program has errors."""

    def take(self, other: Notes) -> None:
        self.about += other.about
        self.chosen += other.chosen
        self.uses |= other.uses


class TooLong(Exception):
    """More than the checker follows. What is being checked cannot be checked to its end: `told` says so."""

    def __init__(self, told: Diagnostic) -> None:
        super().__init__(told)
        self.told = told


@dataclass(eq=False)
class Meter:
    """How much a whole check expands: the expressions of all its programs, methods and families, each as often as it is
    read. So its time is bounded by what somebody wrote.
    """

    limit: int = 20_000
    spent: int = 0

    def spend(self, span: Span, expressions: int = 1) -> None:
        """Raises `TooLong`, with what is expanded at `span`, once the limit is passed."""
        self.spent += expressions
        if self.spent > self.limit:
            message = (
                f"this expands to more than {self.limit:,} expressions, which is more than can be followed"
            )
            raise TooLong(Diagnostic("syntax", message, span))


MAX_FOUND = 500
"""How many diagnostics one check gives. Whoever has as many reads the first ones, and each costs time."""


class Bag:
    """Collects diagnostics; `muted` while a loop's body is tried out. `notes` are kept where somebody asks for them."""

    def __init__(self, notes: Notes | None = None, meter: Meter | None = None) -> None:
        self.meter = meter or Meter()
        self.found: list[Diagnostic] = []
        self._places: set[tuple[str, Span]] = set()
        self.muted = 0
        self.notes = notes
        self._refused: dict[tuple[int, object], Value] = {}

    @property
    def listening(self) -> Notes | None:
        return self.notes if not self.muted else None

    @property
    def broken(self) -> bool:
        return any(d.severity == "error" for d in self.found)

    def refused(self, value: Value, wanted: object) -> bool:
        """Whether this value was refused before where the same was wanted; from now on it was.

        A wrong value that is used twice is one mistake.
        """
        if self.muted:
            return False
        key = (id(value), wanted)
        before = key in self._refused
        self._refused[key] = value  # an id stays valid while its value lives
        return before

    def add(self, d: Diagnostic) -> None:
        """Raises `TooLong` where there are more than `MAX_FOUND` of them, each place of a graph counted once."""
        if self.muted:
            return
        d = bounded(d)
        self._places.add((d.code, d.span))
        if len(self._places) > MAX_FOUND:
            message = f"more than {MAX_FOUND} mistakes are found: what follows is not checked"
            raise TooLong(Diagnostic("syntax", message, d.span))
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
        role: str = "",
        mild: bool = False,
    ) -> None:
        told = tuple(labels), tuple(facts), help, tuple(fixes)
        self.add(Diagnostic(code, message, span, note, *told, role=role, mild=mild))


def unknown(span: Span) -> Term:
    return Term(Value("unknown", (), UNKNOWN, span))


MAX_NAMED = 200


class TimeNames:
    """The user's names of the times in a scope, and of the lists (by their key) that hold times. Found when asked for:
    only messages want them.
    """

    def __init__(self, scope: Scope | None = None) -> None:
        self.scope = scope

    @cached_property
    def named(self) -> Mapping[str, Time]:
        return {
            name: t.time
            for name, b in reversed(self._bindings)
            if isinstance(t := b.term.type, (TimeType, Level))
        }

    @cached_property
    def lists(self) -> Mapping[str, str]:
        return {b.term.key: name for name, b in reversed(self._bindings) if b.term.key}

    @cached_property
    def _bindings(self) -> tuple[tuple[str, Binding], ...]:
        """The bindings in reach, the nearest first; `MAX_NAMED` of them, for nobody reads more."""
        found: list[tuple[str, Binding]] = []
        current = self.scope
        while current is not None and len(found) < MAX_NAMED:
            found.extend(islice(current.names.items(), MAX_NAMED - len(found)))
            current = current.parent
        return tuple(found)

    def of(self, times: Iterable[Time], but: str = "") -> Iterator[tuple[str, Time]]:
        """Names in backticks, those in scope first, then `steps[i + 1]` and `noise level 0.5` for the others.

        `but` is a name that is not to be told.
        """
        named = {name: time for name, time in self.named.items() if name != but}
        yield from ((f"`{name}`", time) for name, time in named.items())
        known = set(named.values())
        yield from self._unnamed(time for time in times if time not in known)

    def about(self, times: Collection[Time]) -> Iterator[tuple[str, Time]]:
        """As `of`, without the names of other times than these and known levels: a scope may hold very many."""
        named = self._by_time
        for time in (*self._levels, *(t for t in times if t.kind != "level")):
            yield from ((f"`{name}`", time) for name in named.get(time, ()))
        yield from self._unnamed(time for time in times if time not in named)

    @cached_property
    def _by_time(self) -> Mapping[Time, Sequence[str]]:
        found: dict[Time, list[str]] = {}
        for name, time in self.named.items():
            found.setdefault(time, []).append(name)
        return found

    @cached_property
    def _levels(self) -> tuple[Time, ...]:
        return tuple(t for t in self._by_time if t.kind == "level")

    def _unnamed(self, times: Iterable[Time]) -> Iterator[tuple[str, Time]]:
        for time in times:
            if time.kind == "level" and time.value is not None:
                yield f"noise level {float(time.value):g}", time
            elif time.kind == "element" and time.key in self.lists:
                yield f"`{self.lists[time.key]}[{_plain(str(time.index))}]`", time


def _plain(dim: str) -> str:
    """A dim without the numbers that tell variables of one name apart."""
    return re.sub(r"#\d+", "", dim)


def time_names(scope: Scope) -> TimeNames:
    """The times in scope by the names that the user gave them, for messages."""
    return TimeNames(scope)


def seen_at(term: Term, span: Span) -> Term:
    """The same value, read at another place: messages point to where it is used."""
    return replace(term, place=span)


def rename(span: Span, name: str) -> Fix:
    return Fix(f"write `{name}`", span, name)
