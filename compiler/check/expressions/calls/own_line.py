"""What goes wrong inside a graph of another file is told where it was called: its author is right, its caller chose."""

from __future__ import annotations

from ....base.diagnostics import Diagnostic, Label
from ....base.frozen import replace
from ....base.source import Span
from ....syntax import ast
from ...core.session import Session

ARITY = frozenset({"missing-argument", "unknown-parameter"})


def told_at_call(session: Session, start: int, graph: ast.GraphDecl, e: ast.Call) -> None:
    """Moves the errors from number `start` on, in a graph of another file, to the call; those that the file gives by
    itself were told there."""
    found, there = session.bag.found, graph.name.span.source
    if (
        session.own is None
        or there in (e.span.source, session.own)
        or session.bag.muted
        or len(found) == start
    ):
        return
    known = {(d.code, d.span) for d in found[:start]}
    new = [d for d in found[start:] if (d.code, d.span) not in known]
    found[start:] = [
        _moved(d, graph, e) if d.severity == "error" and d.span.source is there else d for d in new
    ]


def _moved(d: Diagnostic, graph: ast.GraphDecl, e: ast.Call) -> Diagnostic:
    place = _argument(d.span.text, graph, e) or e.span
    label = Label(d.span, d.note or "asked for here")
    fixes = tuple(f for f in d.fixes if f.span.source is e.span.source)
    note = f"in `{graph.name.id}`" if place is e.span else ""
    return replace(d, span=place, note=note, labels=(label, *d.labels), fixes=fixes)


def _argument(name: str, graph: ast.GraphDecl, e: ast.Call) -> Span | None:
    """The argument of a call that is what the error in the graph is about, by the parameter's name."""
    names = [p.name.id for p in graph.params]
    for i, a in enumerate(e.args):
        if name == (a.name or (names[i] if i < len(names) else "")):
            return a.span
    return None


def told_at_change(session: Session, start: int, graph: ast.GraphDecl, e: ast.Call) -> None:
    """Moves the errors of a call whose graph was changed by a method that comes from the caller's: the change is at fault."""
    if graph.name.span not in session.update.changed or session.bag.muted:
        return
    found = session.bag.found
    name = graph.name.id
    for i, d in enumerate(found[start:], start):
        if d.code in ARITY and d.span.source is e.span.source and e.span.start <= d.span.start < e.span.end:
            found[i] = replace(
                d,
                message=f"`{name}` is called with other arguments by what it is changed for: {d.message}",
                span=graph.name.span,
                note="changed here",
                labels=(Label(e.span, "called here"),),
                help=f"it takes what the one that it replaces takes: `{e.span.text}` calls it",
                fixes=(),
            )
