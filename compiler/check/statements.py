"""Statements: names bound to values, draws, assertions and `reveal`."""

from __future__ import annotations

from fractions import Fraction

from ..base.diagnostics import Label
from ..base.frozen import replace
from ..base.source import Span
from ..syntax import ast
from ..syntax.visitor import names_read
from ..types.describe import dims_of, made_of, shown_constant, type_text
from ..types.types import Scalar, Tuple
from .core.context import Context
from .core.evaluate import evaluate
from .core.lexical_scope import Binding, LexicalScope
from .core.session import Session
from .core.term import Term, unknown
from .expressions import operators
from .expressions.batch_means import of_whole_batch
from .expressions.times import draws


def bind(session: Session, s: ast.Bind, context: Context) -> None:
    term = evaluate(session, s.value, context)
    if len(s.targets) == 1:
        define(session, s.targets[0], term, context)
        return
    for target, part in zip(s.targets, _parts(session, s.targets, term, s.value.span, context)):
        define(session, target, part, context)


def _parts(
    session: Session, targets: tuple[ast.Name, ...], term: Term, span: Span, context: Context
) -> tuple[Term, ...]:
    """One term for each of several names."""
    if term.items is not None and isinstance(term.type, Tuple) and len(term.items) == len(targets):
        return term.items
    if not term.unknown:
        have = len(term.items) if term.items is not None else 1
        session.error(
            "type-mismatch",
            f"{len(targets)} names for {have} value{'s' if have != 1 else ''}",
            span,
            type_text(term.type, context.times, session.process_kind(context)),
            labels=(Label(targets[0].span.to(targets[-1].span), f"{len(targets)} names"),),
        )
    return tuple(unknown(t.span) for t in targets)


def draw(session: Session, s: ast.Draw, context: Context) -> None:
    drawn = draws.draw(session, s, context)
    session.note(s.span, drawn, context)
    define(session, s.target, drawn, context)


def define(session: Session, target: ast.Name, term: Term, context: Context) -> None:
    """Gives a name its value; a name is bound once."""
    scope = context.scope
    first = scope.names.get(target.id)
    if first is not None and not first.by_loop:
        session.error(
            "duplicate-name",
            f"`{target.id}` already has a value; names are bound once",
            target.span,
            labels=(Label(first.span, "bound here"),) if first.span else (),
            help="use a new name; only a `for` may rebind a name from outside it",
        )
        return
    outer = scope.fixed_name(target.id)
    if outer is not None and target.id not in session.update.states:
        session.error(
            "duplicate-name",
            f"`{target.id}` is given from outside, and is not bound anew",
            target.span,
            labels=(Label(outer.span, "declared here"),) if outer.span else (),
            help="use another name",
        )
        scope.names[target.id] = Binding(unknown(target.span), None, used=True)
        return
    if outer is not None:
        if not _in_update(session, scope):
            session.error(
                "duplicate-name",
                f"`{target.id}` is a state, which an update writes, not a graph",
                target.span,
                labels=(Label(outer.span, "declared here"),) if outer.span else (),
                help="return the value, and bind it in the update",
            )
        term = replace(term, value=of_whole_batch(term.value))
    if target.id in context.roles and context.roles[target.id].named_here:
        session.error("duplicate-name", f"`{target.id}` is a role", target.span, help="use another name")
        return
    scope.names[target.id] = Binding(term.named(target.id), target.span)


def _in_update(session: Session, scope: LexicalScope) -> bool:
    """Whether a body is that of the update that is checked now, or of a loop in it."""
    while scope is not session.update.body:
        if scope.parent is None:
            return False
        scope = scope.parent
    return True


def reveal(session: Session, s: ast.Reveal, context: Context) -> None:
    """`reveal expr`: reports what the checker knows of it. In a graph that is expanded twice, each finding once."""
    term = evaluate(session, s.value, context)
    if session.bag.muted or (term.unknown and session.complete):
        return
    if term.value.op == "unknown" and session.bag.found:
        return  # a mistake in it was reported
    shown_type = type_text(term.type, context.times, session.process_kind(context))
    if not session.reported.first("reveal", s.value.span.source.path, str(s.value.span.start), shown_type):
        return
    known = isinstance(term.constant, (int, Fraction, str))
    value = f" = {shown_constant(term.constant)}" if known else ""
    dims = dims_of(term.type)
    text = " ".join(s.value.span.text.split())
    shown = f"`{text}`" if len(text) <= 60 else "this"
    facts = [f"its dims are {dims}"] if dims else []
    form = session.form(term.value)
    if form is not None and form.known and (sources := made_of(form)):
        facts.append(f"it is made of {sources}")
    session.error("reveal", f"{shown} is {shown_type}{value}", s.value.span, shown_type, facts=facts)


def allow(session: Session, s: ast.Allow, context: Context) -> None:
    """Changes nothing of what is typed: warnings are compared with it once all are found."""


def check_assert(session: Session, s: ast.Assert, context: Context) -> None:
    term = evaluate(session, s.condition, context)
    if term.constant is False:
        found = _chosen(session, s.condition, context) or (s.condition.span,)
        place, *others = found
        here = place is s.condition.span
        why = f"required{' here' if here else ''}: {s.why}" if s.why else "this assertion does not hold"
        labels = [Label(s.condition.span, "is false")] if not here else []
        session.error(
            "bad-setting",
            why,
            place,
            "is false" if here else "",
            labels=(*labels, *(Label(o, "and this") for o in others)),
            facts=operators.facts_of(s.condition, context),
        )
    elif not term.unknown and not (isinstance(term.type, Scalar) and term.type.kind == "bool"):
        session.error("type-mismatch", f"an assertion is true or false, not {term.type}", s.condition.span)


def _chosen(session: Session, condition: ast.Expr, context: Context) -> tuple[Span, ...]:
    """Where what an assertion is about was chosen: the value that a program gives a method, else what the file that is
    checked gives a graph, its own or another file's, else the `use`."""
    found = [b.term for name in names_read([condition]) if (b := context.scope.find(name)) is not None]
    chosen = [t.choice for t in found if t.choice is not None and t.choice in session.update.chosen]
    if chosen:
        return (chosen[0],)
    elsewhere = session.own not in (None, condition.span.source)
    given = {t.value.span for t in found if session.own in (None, t.value.span.source)}
    given = {v for v in given if elsewhere or any(call.covers(v) for call in context.trace)}
    if given:
        return tuple(sorted(given, key=lambda place: place.start))
    return (session.update.use,) if session.update.use is not None else ()


def misplaced_loss(session: Session, s: ast.Loss, context: Context) -> None:
    session.error("type-mismatch", "a loss stands in an update, not in a graph or a loop", s.span)


def misplaced_log(session: Session, s: ast.Log, context: Context) -> None:
    session.error("type-mismatch", "a `log` stands in an update, not in a graph or a loop", s.span)


def misplaced_return(session: Session, s: ast.Return, context: Context) -> None:
    session.error("type-mismatch", "`return` stands at the end of a graph", s.span)
