"""Declared names, and the places that mean them."""

from __future__ import annotations

from bisect import bisect_right
from pathlib import Path

from ...base.frozen import field, mutable, struct
from ...base.source import Source, Span
from ...syntax import ast

Place = tuple[Path | Source, int, str, str]
"""What distinguishes symbols: the file, since two sources may hold one, the place in it, kind and name."""


@struct(eq=False)
class Symbol:
    """A declared name. `node` is its declaration, `owner` the name of what it stands in.

    `origin` is what it replaces under the same name: of a method's parameter, that of the method it comes from. `leads`
    is the declaration that a file's name stands for.
    """

    kind: str
    name: str
    span: Span
    node: ast.Syntax | ast.File
    owner: str = ""
    origin: Symbol | None = None
    leads: Symbol | None = None

    @property
    def place(self) -> Place:
        return self.span.source.file or self.span.source, self.span.start, self.kind, self.name

    @property
    def root(self) -> Place:
        """The same for all symbols that must keep one name."""
        return self.origin.root if self.origin is not None else self.place

    @property
    def doc(self) -> tuple[str, ...]:
        found: tuple[str, ...] = getattr(self.node, "doc", ())
        return found


@struct
class Use:
    """A name where it stands; `declares` where it gets its meaning, or a new value by `statement`."""

    span: Span
    symbol: Symbol
    declares: bool = False
    statement: ast.Syntax | None = None


@mutable
class FileNames:
    """The uses of one file, in order of place."""

    uses: list[Use] = field(default_factory=list)

    def at(self, offset: int) -> Use | None:
        """The name that a place touches."""
        i = bisect_right(self.uses, offset, key=lambda u: u.span.start)
        for use in self.uses[max(i - 1, 0) : i]:
            if use.span.start <= offset <= use.span.end:
                return use
        return None

    def of(self, root: Place) -> list[Use]:
        return [u for u in self.uses if u.symbol.root == root]

    def declared(self) -> list[Symbol]:
        return [u.symbol for u in self.uses if u.declares and u.span == u.symbol.span]


Symbols = dict[str, Symbol]
"""Declared names by name."""
