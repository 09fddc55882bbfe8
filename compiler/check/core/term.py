"""What the checker knows of an expression beside its type, and the names in scope."""

from __future__ import annotations

from fractions import Fraction

from ...base.diagnostics import Fix
from ...base.frozen import replace, struct
from ...base.source import Span
from ...program.values import Value
from ...types.coefficients import Coef
from ...types.dims import Dim
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


def unknown(span: Span) -> Term:
    return Term(Value("unknown", (), UNKNOWN, span))


def seen_at(term: Term, span: Span) -> Term:
    """The same value, read at another place: messages point to where it is used."""
    return replace(term, place=span)


def rename(span: Span, name: str) -> Fix:
    return Fix(f"write `{name}`", span, name)
