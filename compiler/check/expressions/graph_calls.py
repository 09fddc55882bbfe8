"""Calls of graphs: arguments bound to parameters, and the body expanded where it is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ...base.diagnostics import Label, nearest, respelt
from ...base.frozen import replace
from ...base.source import Span
from ...syntax import ast
from ..core.context import Frame
from ..core.quantity_match import article
from ..core.term import Binding, Scope, Term, unknown
from .guidance import CONDITIONS
from .parameters import misfit

if TYPE_CHECKING:
    from ..elaborator import Elaborator

MAX_DEPTH = 48
CALL = 4
"""What a call of a graph or a stage takes beside its arguments, in expressions."""


def expand(el: Elaborator, graph: ast.GraphDecl, e: ast.Call, home: Frame, frame: Frame) -> Term:
    """A call of a graph: its body with the arguments as names."""
    bound = arguments(el, graph.params, e, frame, f"`{graph.name.id}`", home, graph.name.span)
    if bound is None or not _fit(el, graph, bound):
        return unknown(e.span)
    if any(t == e.span for t in frame.trace):
        return el.error("unknown-name", f"`{graph.name.id}` calls itself; there is no recursion", e.span)
    if len(frame.trace) >= MAX_DEPTH:
        return el.error("syntax", f"graphs call each other more than {MAX_DEPTH} deep here", e.span)
    el.expanded.add(graph.name.span)
    scope = Scope({n: Binding(t, None) for n, t in bound.items()}, home.scope)
    inner = replace(
        home,
        scope=scope,
        site=(*frame.site, graph.name.id),
        trace=(*frame.trace, e.span),
        home=home.base,
    )
    found = el.body(graph.body, inner)
    el.note_uses(scope)
    if found is None:
        return el.error(
            "missing-argument",
            f"graph `{graph.name.id}` returns nothing",
            graph.name.span,
            help="end it with `return expr`",
        )
    if home.family is not None and graph.name.id in CONDITIONS:
        el.conditions[id(found.value)] = (found.value, graph.name.id)
    return replace(found, place=e.span)


def check_uncalled(el: Elaborator, graphs: Iterable[ast.GraphDecl], frame: Frame) -> None:
    """Graphs that nothing calls: their names are looked up all the same, and they are told as unread."""
    for g in graphs:
        if g.name.span in el.expanded:
            continue
        scope = Scope({p.name.id: Binding(unknown(p.span), None) for p in g.params}, frame.scope)
        el.body(g.body, replace(frame, scope=scope, site=(g.name.id,), home=frame.base))
        if g.name.span not in el.expanded:
            el.bindings[g.name.span] = (g.name.id, False)


def _fit(el: Elaborator, graph: ast.GraphDecl, bound: Mapping[str, Term]) -> bool:
    """Whether the arguments are of the types that the graph declares."""
    fine = True
    for p in graph.params:
        term = bound[p.name.id]
        words = misfit(p.type, term.type) if p.type is not None else None
        if words is not None:
            el.error(
                "not-a-time" if words == "a time" else "type-mismatch",
                f"`{p.name.id}` of `{graph.name.id}` is {words}, and this is {article(str(term.type))}",
                term.span,
                str(term.type),
                labels=(Label(p.span, "declared here"),),
            )
            fine = False
    return fine


def arguments(
    el: Elaborator,
    params: tuple[ast.Param, ...],
    e: ast.Call,
    frame: Frame,
    what: str,
    home: Frame,
    declared: Span | None,
) -> dict[str, Term] | None:
    """Arguments by parameter name, defaults evaluated where they are declared; None after an error."""
    el.bag.meter.spend(frame.trace[0] if frame.trace else e.span, CALL)
    names = [p.name.id for p in params]
    bound: dict[str, Term] = {}
    fine = True
    for position, arg in enumerate(e.args):
        term = el.expression(arg.value, frame)
        if arg.name is None and position >= len(names):
            takes = f"{len(names)} argument{'s' if len(names) != 1 else ''} ({', '.join(names)})"
            el.error("unknown-parameter", f"{what} takes {takes}, not {len(e.args)}", arg.span)
            fine = False
            continue
        name = arg.name if arg.name is not None else names[position]
        if name not in names:
            near = nearest(name, names)
            el.error(
                "unknown-parameter",
                f"{what} has no parameter `{name}`",
                arg.span,
                help=f"did you mean `{near}`?" if near else f"it has {', '.join(names)}",
                fixes=respelt(name, near, arg.span),
                labels=(Label(declared, "declared here"),) if declared else (),
            )
            fine = False
        elif name in bound:
            if names.count(name) == 1:  # else it is told where it is declared
                el.error("duplicate-name", f"`{name}` is given twice", arg.span, help="keep one of the two")
            fine = False
        else:
            bound[name] = term
    batch = home.scope.find("batch") or frame.scope.find("batch")
    if frame.implied_batch and names[:1] == ["batch"] and "batch" not in bound and batch is not None:
        bound["batch"] = batch.term
    for p in params:
        if p.name.id not in bound:
            if p.default is None:
                el.error(
                    "missing-argument",
                    f"{what} needs `{p.name.id}`",
                    e.span,
                    labels=(Label(p.span, "asked for here"),),
                )
                fine = False
            else:
                bound[p.name.id] = el.expression(p.default, home)
    return bound if fine else None
