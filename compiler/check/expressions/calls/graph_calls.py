"""Calls of graphs: arguments bound to parameters, and the body expanded where it is called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ....base import limits
from ....base.diagnostics import Label, nearest, respelt
from ....base.frozen import replace
from ....base.source import Span
from ....program.values import Value
from ....syntax import ast
from ...core.context import Context
from ...core.evaluate import check_body, evaluate
from ...core.lexical_scope import Binding, LexicalScope
from ...core.matching.quantity_match import article
from ...core.session import Differentiated, Session
from ...core.term import Term, unknown
from ..paths import moves_along
from .guidance import CONDITIONS, with_negative
from .own_line import told_at_call, told_at_change
from .parameters import type_problem

Made = Callable[[Mapping[str, Term]], Term]
"""Makes an argument that a call does not give, of those that it does."""

NOTHING: Mapping[str, Made] = {}

CALL = 4
"""What a call of a graph or a stage takes beside its arguments, in expressions."""


def expand(session: Session, graph: ast.GraphDecl, e: ast.Call, home: Context, context: Context) -> Term:
    """A call of a graph: its body with the arguments as names."""
    start = len(session.bag.found)
    bound = arguments(session, graph.params, e, context, f"`{graph.name.id}`", home, graph.name.span)
    if bound is None or not _fit(session, graph, bound):
        told_at_change(session, start, graph, e)
        return unknown(e.span)
    if any(t == e.span for t in context.trace):
        return session.error("unknown-name", f"`{graph.name.id}` calls itself; there is no recursion", e.span)
    if len(context.trace) >= limits.GRAPH_CALLS:
        return session.error(
            "syntax", f"graphs call each other more than {limits.GRAPH_CALLS} deep here", e.span
        )
    session.usage.expanded.add(graph.name.span)
    scope = LexicalScope({n: Binding(t, None) for n, t in bound.items()}, home.scope)
    inner = replace(
        home,
        scope=scope,
        site=(*context.site, graph.name.id),
        trace=(*context.trace, e.span),
        implied_batch=context.implied_batch,
        home=home.base,
    )
    start = len(session.bag.found)
    found = check_body(session, graph.body, inner)
    told_at_call(session, start, graph, e)
    session.usage.add(scope)
    if found is None:
        return session.error(
            "missing-argument",
            f"graph `{graph.name.id}` returns nothing",
            graph.name.span,
            help="end it with `return expr`",
        )
    if home.family is not None and graph.name.id in CONDITIONS:
        found = with_negative(session, graph.name.id, found)
        session.conditions[id(found.value)] = (found.value, graph.name.id)
    return replace(found, place=e.span)


def check_uncalled(session: Session, graphs: Iterable[ast.GraphDecl], context: Context) -> None:
    """Graphs that nothing calls: their names are looked up all the same, and they are reported as unread."""
    for g in graphs:
        if g.name.span in session.usage.expanded:
            continue
        scope = LexicalScope({p.name.id: Binding(unknown(p.span), None) for p in g.params}, context.scope)
        check_body(session, g.body, replace(context, scope=scope, site=(g.name.id,), home=context.base))
        if g.name.span not in session.usage.expanded:
            session.usage.names[g.name.span] = (g.name.id, False)


def _fit(session: Session, graph: ast.GraphDecl, bound: Mapping[str, Term]) -> bool:
    """Whether the arguments are of the types that the graph declares."""
    valid = True
    for p in graph.params:
        term = bound[p.name.id]
        clause = type_problem(p.type, term.type) if p.type is not None else None
        if clause is not None:
            session.error(
                "not-a-time" if clause == "a time" else "type-mismatch",
                f"`{p.name.id}` of `{graph.name.id}` is {clause}, and this is {article(str(term.type))}",
                term.span,
                str(term.type),
                labels=(Label(p.span, "declared here"),),
            )
            valid = False
    return valid


def arguments(
    session: Session,
    params: tuple[ast.Param, ...],
    e: ast.Call,
    context: Context,
    subject: str,
    home: Context,
    declared: Span | None,
    otherwise: Mapping[str, Made] = NOTHING,
) -> dict[str, Term] | None:
    """Arguments by parameter name, defaults evaluated where they are declared; None after an error. `otherwise` makes those
    that a call need not give."""
    session.bag.meter.spend(context.trace[0] if context.trace else e.span, CALL)
    names = [p.name.id for p in params]
    bound: dict[str, Term] = {}
    valid = True
    for position, arg in enumerate(e.args):
        term = evaluate(session, arg.value, context)
        if arg.name is None and position >= len(names):
            takes = f"{len(names)} argument{'s' if len(names) != 1 else ''} ({', '.join(names)})"
            session.error("unknown-parameter", f"{subject} takes {takes}, not {len(e.args)}", arg.span)
            valid = False
            continue
        name = arg.name if arg.name is not None else names[position]
        if name not in names:
            near = nearest(name, names)
            session.error(
                "unknown-parameter",
                f"{subject} has no parameter `{name}`",
                arg.span,
                help=f"did you mean `{near}`?" if near else f"it has {', '.join(names)}",
                fixes=respelt(name, near, arg.span),
                labels=(Label(declared, "declared here"),) if declared else (),
            )
            valid = False
        elif name in bound:
            if names.count(name) == 1:  # else it is reported where it is declared
                session.error(
                    "duplicate-name", f"`{name}` is given twice", arg.span, help="keep one of the two"
                )
            valid = False
        else:
            bound[name] = term
    batch = home.scope.find("batch") or context.scope.find("batch")
    if context.implied_batch and names[:1] == ["batch"] and "batch" not in bound and batch is not None:
        bound["batch"] = batch.term
    for p in params:
        if p.name.id not in bound:
            if p.name.id in otherwise:
                bound[p.name.id] = otherwise[p.name.id](bound)
            elif p.default is None:
                session.error(
                    "missing-argument",
                    f"{subject} needs `{p.name.id}`",
                    e.span,
                    labels=(Label(p.span, "asked for here"),),
                )
                valid = False
            else:
                bound[p.name.id] = evaluate(session, p.default, home)
    if not valid:
        return None
    watched = session.differentiated.get(e.span)
    return _moved(watched, bound, context) if watched is not None else bound


def _moved(watched: Differentiated, bound: dict[str, Term], context: Context) -> dict[str, Term]:
    """The arguments of a call under `jvp`: those that are moved are values of their own, whatever else reads the same."""
    watched.parameters = tuple(bound)
    if watched.along is not None:
        watched.names |= {n for n, t in bound.items() if moves_along(t.value, watched.along)}
    for name in watched.names & bound.keys():
        term = bound[name]
        own = Value("varied", (term.value,), term.type, term.span, {}, context.trace)
        bound[name] = watched.bound[name] = replace(term, value=own)
    return bound
