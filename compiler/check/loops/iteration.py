"""What a loop goes over, and one round of it: its body with the carried names as they are at the head."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ...base.diagnostics import Fix, Label
from ...base.frozen import replace, struct
from ...base.source import Span
from ...program.values import Value
from ...syntax import ast
from ...types.dims import Dim
from ...types.quantity import Time
from ...types.quantity import unknown as unknown_number
from ...types.types import ListOf, Scalar, TimeType, Tuple
from ..core.context import Context
from ..core.evaluate import check_body
from ..core.lexical_scope import Binding, LexicalScope
from ..core.session import Session
from ..core.term import Term


@struct
class LoopRange:
    """What a loop goes over: the loop variable as a dim, its names' terms, and the ends."""

    kind: str  # "range", "list", "pairs"
    args: tuple[Term, ...]
    variable: str
    low: Dim
    high: Dim  # exclusive
    targets: tuple[Term, ...]
    index: Term  # the round's number


def range_of(session: Session, s: ast.For, iterable: Term, context: Context) -> LoopRange | None:
    def wants(n: int, what: str) -> bool:
        if len(s.targets) == n:
            return True
        session.error(
            "type-mismatch", f"this loop goes over {what}: it takes {n} name{'s' if n > 1 else ''}", s.span
        )
        return False

    if isinstance(iterable.constant, tuple):
        low, high = iterable.constant
        for end in (low, high):
            if isinstance(end.type, Scalar) and (end.type.axes or end.type.scope != "step"):
                made = end.value
                session.error(
                    "rank-divergence",
                    "the number of rounds differs between samples and so between ranks",
                    made.span,
                    "drawn for each sample" if made.op == "draw" else "not the same on every rank",
                    labels=(Label(s.iterable.span, "decides how often this loop runs"),),
                    help="draw it once a step: `~ ... per step`",
                    fixes=_per_step(made.span) if made.op == "draw" else (),
                )
        if not wants(1, "numbers"):
            return None
        a = low.dim if low.dim is not None else session.numbers.whole("low", Dim.of(0), Dim.of(1_000_000))
        b = high.dim if high.dim is not None else session.numbers.whole("high", Dim.of(0), Dim.of(1_000_000))
        i = session.numbers.whole(s.targets[0].id, a, b - 1)
        (variable,) = i.variables
        index = Term(Value("loop_index", (), Scalar("int"), s.targets[0].span), unknown_number(variable), i)
        return LoopRange("range", (low, high), variable, a, b, (index,), index)
    if not isinstance(iterable.type, ListOf):
        session.error(
            "type-mismatch", f"`for` goes over a list or a range, not {iterable.type}", s.iterable.span
        )
        return None
    if iterable.key:
        session.time_lists.add(iterable)
    length = iterable.type.length
    high = length if length is not None else session.numbers.whole("len", Dim.of(1), Dim.of(1_000_000))
    i = session.numbers.whole("i", Dim.of(0), high - 1)
    (variable,) = i.variables
    index = Term(Value("loop_index", (), Scalar("int"), s.span), unknown_number(variable), i)
    if iterable.grid_length is not None:
        if not wants(2, "pairs (t, next)"):
            return None
        targets = tuple(
            Term(
                Value("loop_item", (), TimeType(Time("element", iterable.key, at)), n.span),
                shifted=iterable.shifted,
            )
            for n, at in zip(s.targets, (i, i + 1))
        )
        return LoopRange("pairs", (iterable,), variable, Dim.of(0), high, targets, index)
    item = iterable.type.item
    if isinstance(item, Tuple):
        if not wants(len(item.items), "tuples"):
            return None
        targets = tuple(Term(Value("loop_item", (), t, n.span)) for n, t in zip(s.targets, item.items))
    elif isinstance(item, TimeType):
        if not wants(1, "times"):
            return None
        time = TimeType(Time("element", iterable.key, i), item.axes)
        targets = (
            Term(
                Value("loop_item", (), time, s.targets[0].span),
                choice=iterable.choice,
                shifted=iterable.shifted,
            ),
        )
    else:
        if not wants(1, "values"):
            return None
        coef = unknown_number(f"item {variable}") if isinstance(item, Scalar) else None
        targets = (Term(Value("loop_item", (), item, s.targets[0].span), coef),)
    return LoopRange("list", (iterable,), variable, Dim.of(0), high, targets, index)


def check_iteration(
    session: Session, s: ast.For, loop_range: LoopRange, heads: Mapping[str, Term], context: Context
) -> tuple[dict[str, Term], LexicalScope]:
    """One pass over the body; what each carried name is at its end."""
    # a loop may just repeat: its variable need not be read
    names = {t.id: Binding(term, t.span, used=True) for t, term in zip(s.targets, loop_range.targets)}
    scope = LexicalScope(names, context.scope)
    hidden: dict[str, Binding] = {}
    # carried names live in a scope between the outside and the body, where the body may bind them once more
    carried_scope = LexicalScope({n: Binding(t, None) for n, t in heads.items()}, context.scope)
    scope.parent = carried_scope
    check_body(session, s.body, replace(context, scope=scope, loops=(*context.loops, loop_range.index)))
    for name, binding in scope.names.items():
        if name in heads:
            hidden[name] = binding
            binding.used = True
    session.usage.add(scope)
    for name, binding in carried_scope.names.items():
        outside = context.scope.find(name)
        if outside is not None and binding.used:
            outside.used = True
    return {n: hidden[n].term if n in hidden else carried_scope.names[n].term for n in heads}, scope


@contextmanager
def on_trial(session: Session) -> Iterator[None]:
    """Reports nothing of what is checked inside, and forgets that it would have."""
    reported = set(session.reported.keys)
    with session.bag.silence():
        try:
            yield
        finally:
            session.reported.keys = reported


def _per_step(draw: Span) -> tuple[Fix, ...]:
    what, _, _ = draw.text.partition(" per ")
    return (Fix("draw it once a step", Span(draw.source, draw.start + len(what), draw.end), " per step"),)
