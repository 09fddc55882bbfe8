"""What a check found out about places of a file, for `--explain` and editors."""

from __future__ import annotations

from ...base.frozen import field, mutable, struct
from ...base.source import Span
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


@mutable
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
