"""What an update computes, for a drawing, also where it has errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ....program.values import Value
from ....syntax import ast
from ....syntax.visitor import names_read
from ....types.types import UNKNOWN
from ...core.lexical_scope import LexicalScope
from ...core.notes import Outline

Numbers = Iterable[tuple[str, Value]]


def outline(
    d: ast.UpdateDecl,
    roles: Sequence[str],
    losses: Numbers,
    logs: Numbers,
    often: str,
    scope: LexicalScope,
) -> Outline:
    """`scope` holds the names of its body."""
    names = tuple(s.name.id for s in d.body if isinstance(s, ast.Loss))
    outputs = (*_stated(d, dict(losses), scope), *((f"log.{n}", v) for n, v in logs))
    return Outline("update", "_".join(r.id for r in d.roles), outputs, d.span, tuple(roles), names, often)


def _stated(d: ast.UpdateDecl, known: dict[str, Value], scope: LexicalScope) -> Iterator[tuple[str, Value]]:
    """Every loss; one that is not known reads what its text names."""
    for s in d.body:
        if isinstance(s, ast.Loss):
            value = known.get(s.name.id)
            if value is None or value.op == UNKNOWN_OP:
                read = names_read([s.value])
                found = tuple(b.term.value for n, b in scope.names.items() if n in read)
                value = Value(UNKNOWN_OP, found, UNKNOWN, s.value.span, {}, (), s.name.id)
            yield s.name.id, value


UNKNOWN_OP = "unknown"
