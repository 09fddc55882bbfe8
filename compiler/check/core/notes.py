"""What a check found out about places of a file, for `--explain` and editors."""

from __future__ import annotations

from typing import Literal

from ...base.frozen import field, mutable, struct
from ...base.source import Span
from ...program.family import Family
from ...program.values import Value
from .lexical_scope import LexicalScope
from .term import Term


@struct(eq=False)
class Note:
    """What was found out about an expression, at the place where it stands.

    `scope` and `kind` (of the process) decide how to name the times in it; `site` is the way to it: program, update, graphs.
    """

    span: Span
    term: Term
    scope: LexicalScope
    kind: str
    site: tuple[str, ...]


@struct(eq=False)
class Outline:
    """What an update or a family's graph computes, as far as it was followed: also where it has errors. `losses` are those
    names of `outputs` that are minimised, `roles` an update's, `often` when it runs."""

    kind: Literal["update", "graph"]
    name: str
    outputs: tuple[tuple[str, Value], ...]
    span: Span
    roles: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()
    often: str = ""


@mutable
class Notes:
    """What `--explain` and editors ask for. `uses` leads from a name's place to that of its definition."""

    about: list[Note] = field(default_factory=list)
    chosen: list[Note] = field(default_factory=list)
    """Parameters of methods and families with their values, each at the place where it was chosen."""
    uses: dict[Span, Span] = field(default_factory=dict)
    outlines: list[Outline] = field(default_factory=list)
    families: dict[str, Family] = field(default_factory=dict)
    """Families by the names of the roles that have them."""
    roles: dict[str, object] = field(default_factory=dict)
    """A program's roles as they are bound, whether or not the program has errors."""

    def take(self, other: Notes) -> None:
        self.about += other.about
        self.chosen += other.chosen
        self.outlines += other.outlines
        self.families |= other.families
        self.uses |= other.uses
