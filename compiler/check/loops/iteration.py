"""What a loop goes over, and one round of it: its body with the carried names as they are at the head."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ...base.diagnostics import Fix, Label
from ...base.frozen import replace, struct
from ...base.source import Span
from ...program.values import Value
from ...syntax import ast
from ...types.coefficients import Time
from ...types.coefficients import unknown as unknown_number
from ...types.describe import noun
from ...types.dims import Dim
from ...types.types import Level, ListOf, Scalar, TimeType, Tuple
from ..core.context import Context
from ..core.evaluate import check_body
from ..core.lexical_scope import Binding, LexicalScope
from ..core.session import Session
from ..core.term import Term
from ..expressions.sequences import are_numbers


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


def range_of(session: Session, s: ast.For, iterable: Term) -> LoopRange | None:
    """What a loop goes over; None after an error, which is reported."""
    if isinstance(iterable.constant, tuple):
        return _over_numbers(session, s, *iterable.constant)
    if not isinstance(iterable.type, ListOf):
        message = f"`for` goes over a list or a range, not {iterable.type}"
        session.error("type-mismatch", message, s.iterable.span)
        return None
    if iterable.items is not None and not are_numbers(iterable.type.item):
        session.error(
            "type-mismatch",
            f"`for` goes over numbers and times, and an entry of this list is {noun(iterable.type.item)}",
            s.iterable.span,
            help="make a graph of the body, and call it for each of them",
        )
        return None
    if iterable.key:
        session.time_lists.add(iterable)
    length = iterable.type.length
    high = length if length is not None else session.numbers.whole("len", Dim.of(1), Dim.of(MAX_ROUNDS))
    i = session.numbers.whole("i", Dim.of(0), high - 1)
    (variable,) = i.variables
    value = session.numbers.is_whole(Value("loop_index", (), Scalar("int"), s.span), i)
    index = Term(value, unknown_number(variable), i)
    pairs = iterable.grid_length is not None
    targets = _steps(session, s, iterable, i) if pairs else _entries(session, s, iterable, i)
    if targets is None:
        return None
    return LoopRange("pairs" if pairs else "list", (iterable,), variable, Dim.of(0), high, targets, index)


MAX_ROUNDS = 1_000_000
"""How often a loop runs at most whose range is not known."""


def _over_numbers(session: Session, s: ast.For, low: Term, high: Term) -> LoopRange | None:
    """`for i in low .. high`"""
    for end in (low, high):
        if isinstance(end.type, Scalar) and (end.type.axes or end.type.scope != "step"):
            _differs_between_ranks(session, s, end.value)
    if not _takes(session, s, 1, "numbers"):
        return None
    bounds = Dim.of(0), Dim.of(MAX_ROUNDS)
    a = low.dim if low.dim is not None else session.numbers.whole("low", *bounds)
    b = high.dim if high.dim is not None else session.numbers.whole("high", *bounds)
    i = session.numbers.whole(s.targets[0].id, a, b - 1)
    (variable,) = i.variables
    value = session.numbers.is_whole(Value("loop_index", (), Scalar("int"), s.targets[0].span), i)
    index = Term(value, unknown_number(variable), i)
    return LoopRange("range", (low, high), variable, a, b, (index,), index)


def _differs_between_ranks(session: Session, s: ast.For, end: Value) -> None:
    drawn = end.op == "draw"
    session.error(
        "rank-divergence",
        "the number of rounds differs between samples and so between ranks",
        end.span,
        "drawn for each sample" if drawn else "not the same on every rank",
        labels=(Label(s.iterable.span, "decides how often this loop runs"),),
        help="draw it once a step: `~ ... per step`",
        fixes=_per_step(end.span) if drawn else (),
    )


def _steps(session: Session, s: ast.For, grid: Term, i: Dim) -> tuple[Term, ...] | None:
    """The time of each step of a sampling grid, and that of the next one."""
    if not _takes(session, s, 2, "pairs (t, next)"):
        return None
    times = [TimeType(Time("element", grid.key, at)) for at in (i, i + 1)]
    return tuple(
        Term(Value("loop_item", (), time, n.span), shifted=grid.shifted) for n, time in zip(s.targets, times)
    )


def _entries(session: Session, s: ast.For, listed: Term, i: Dim) -> tuple[Term, ...] | None:
    """The names of a loop over the entries of a list."""
    assert isinstance(listed.type, ListOf)
    first = s.targets[0].span
    match listed.type.item:
        case Tuple(items=items):
            values = [Value("loop_item", (), t, n.span) for n, t in zip(s.targets, items)]
            return tuple(map(Term, values)) if _takes(session, s, len(items), "tuples") else None
        case TimeType() | Level() as one:
            time = replace(one, time=Time("element", listed.key, i))
            entry = Term(Value("loop_item", (), time, first), choice=listed.choice, shifted=listed.shifted)
            return (entry,) if _takes(session, s, 1, "times") else None
        case item:
            (variable,) = i.variables
            coef = unknown_number(f"item {variable}") if isinstance(item, Scalar) else None
            entry = Term(Value("loop_item", (), item, first), coef)
            return (entry,) if _takes(session, s, 1, "values") else None


def _takes(session: Session, s: ast.For, count: int, entries: str) -> bool:
    """Whether a loop names as many values as each round has; reports if not."""
    if len(s.targets) == count:
        return True
    message = f"this loop goes over {entries}: it takes {count} name{'s' if count > 1 else ''}"
    session.error("type-mismatch", message, s.span)
    return False


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
