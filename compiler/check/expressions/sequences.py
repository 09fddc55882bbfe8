"""Lists, tuples and ranges, and what their entries are."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ...base import limits
from ...base.diagnostics import Label
from ...base.frozen import replace
from ...base.source import Span
from ...program.ops import VALUE
from ...syntax import ast
from ...types.coefficients import Time, const, level
from ...types.coefficients import unknown as unknown_number
from ...types.describe import noun
from ...types.dims import Dim
from ...types.types import UNKNOWN, Level, ListOf, Scalar, TimeType, Tuple, Type, Unknown
from ..core.context import Context
from ..core.evaluate import evaluate
from ..core.session import Session
from ..core.term import Term, seen_at, unknown
from . import operators
from .times import distributions

TOO_LARGE = f"lists and pairs nest at most {limits.PAIR_DEPTH} deep, and pairs hold at most {limits.PAIR_VALUES} values"


def too_large(t: ListOf | Tuple) -> bool:
    count, depth = t.size
    return count > limits.PAIR_VALUES or depth > limits.PAIR_DEPTH


def list_expr(session: Session, e: ast.ListExpr, context: Context) -> Term:
    items = tuple(evaluate(session, i, context) for i in e.items)
    kinds = [i.type for i in items]
    item: Type = kinds[0] if kinds else UNKNOWN
    for i in items[1:]:
        times = isinstance(item, (TimeType, Level)) and isinstance(i.type, (TimeType, Level))
        if not times and not operators.alike(item, i.type) and not i.unknown:
            session.error(
                "type-mismatch",
                f"the entries of a list have one type; this is {i.type}, the first is {item}",
                i.span,
            )
        elif isinstance(i.type, Scalar) and i.type.kind == "float":
            item = i.type
    key = f"list:{e.span.source.path}:{e.span.start}"
    if items and all(isinstance(i.type, (TimeType, Level)) for i in items):
        item = _time_of_any(key, [i.type for i in items if isinstance(i.type, (TimeType, Level))])
    type_ = ListOf(item, Dim.of(len(items)))
    if too_large(type_):
        return session.error("type-mismatch", TOO_LARGE, e.span)
    value = session.value("list", items, type_, e.span, context)
    levels: tuple[Fraction | None, ...] | None = None
    if items and all(isinstance(i.type, TimeType) for i in items):
        levels = tuple(i.type.time.value if isinstance(i.type, TimeType) else None for i in items)
    return Term(value, items=items, levels=levels, key=key)


def _time_of_any(key: str, types: Sequence[TimeType | Level]) -> TimeType | Level:
    """What an entry of a list of times is: a number as well, where all of them are."""
    axes = max((t.axes for t in types), key=len)
    drawn = [t for t in types if isinstance(t, Level)]
    if len(drawn) < len(types):
        return TimeType(Time("symbol", key), axes)
    scope = "sample" if any(t.scope == "sample" for t in drawn) else "step"
    return Level(Time("symbol", key), axes, scope, min(t.low for t in drawn), max(t.high for t in drawn))


def tuple_expr(session: Session, e: ast.TupleExpr, context: Context) -> Term:
    items = tuple(evaluate(session, i, context) for i in e.items)
    type_ = Tuple(tuple(i.type for i in items))
    if too_large(type_):
        return session.error("type-mismatch", TOO_LARGE, e.span)
    value = session.value("tuple", items, type_, e.span, context)
    return Term(value, items=items)


def index(session: Session, e: ast.Index, context: Context) -> Term:
    if isinstance(e.base, ast.Name) and e.base.id == "noise" and context.scope.find("noise") is None:
        return distributions.noise(session, e, context)
    base, at = evaluate(session, e.base, context), evaluate(session, e.index, context)
    if base.unknown or at.unknown:
        return unknown(e.span)
    if not isinstance(base.type, (ListOf, Tuple)):
        return session.error("type-mismatch", f"{base.type} has no entries to index", e.base.span)
    if not isinstance(at.type, Scalar) or at.type.kind != "int":
        return session.error("type-mismatch", f"an index is a whole number, not {at.type}", e.index.span)
    return entry(session, base, at, e.span, context)


def entry(session: Session, base: Term, at: Term, span: Span, context: Context) -> Term:
    """`base[at]`, refusing what is surely outside."""
    length = Dim.of(len(base.items)) if base.items is not None else None
    if isinstance(base.type, ListOf) and base.type.length is not None:
        length = base.type.length
    if length is not None and at.dim is not None:
        # `for i in 0 .. k` with k below the length: i + 1 still is an entry
        gap = session.numbers.largest(at.dim - length)
        top = session.numbers.largest(at.dim)
        size = length.constant
        beyond = (gap is not None and gap >= 0) or (top is not None and size is not None and top >= size)
        lowest = session.numbers.smallest(at.dim)
        counted = at.dim.constant is not None and size is not None and -size <= at.dim.constant < 0
        if not beyond and not counted and lowest is not None and lowest < 0:
            if base.key and not session.reported.first("below", base.key, str(at.dim)):
                return unknown(span)
            return session.error(
                "dim-mismatch",
                f"entry {lowest} of a list of {length}: the first one is 0",
                span,
                f"reaches entry {lowest}",
                labels=(Label(base.choice, f"the list has {length} entries"),) if base.choice else (),
                help="a number that is written out counts from the end, as in `levels[-1]`; one that is computed does not",
            )
        if counted:
            assert at.dim.constant is not None and size is not None
            at = _whole(session, size + at.dim.constant, at, context)
        if beyond:
            reach = top if top is not None else at.dim
            first = session.reported.first("beyond", base.key, str(at.dim))
            if base.key and not first:
                return unknown(span)
            return session.error(
                "dim-mismatch",
                f"entry {reach} of a list of {length}: the last one is {length - 1}",
                span,
                f"reaches entry {reach}",
                labels=(Label(base.choice, f"the list has {length} entries"),) if base.choice else (),
            )
    number = at.dim.constant if at.dim is not None else None
    if base.items is not None and number is not None:
        item = base.items[number]
        return replace(
            seen_at(item, span), choice=base.choice or item.choice, shifted=base.shifted or item.shifted
        )
    if isinstance(base.type, Tuple):
        return session.error("type-mismatch", "a tuple is indexed by a number known beforehand", span)
    assert isinstance(base.type, ListOf)
    if base.items is not None and not are_numbers(base.type.item):
        return session.error(
            "type-mismatch",
            f"an entry of this list is {noun(base.type.item)}: which one is meant must be known beforehand",
            at.span,
            "known at run time alone",
            help="`select(condition, a, b)` chooses between two",
        )
    if isinstance(base.type.item, (TimeType, Level)):
        axes = max(at.type.axes if isinstance(at.type, Scalar) else (), base.type.item.axes, key=len)
        type_ = replace(base.type.item, time=time_entry(session, base, at.dim, span), axes=axes)
        return Term(
            session.value("index", (base, at), type_, span, context), choice=base.choice, shifted=base.shifted
        )
    if base.grid_length is not None and isinstance(base.type.item, Tuple):
        return _steps(session, base, at, span, context)
    coef = unknown_number(f"entry {span.start} {at.dim}") if isinstance(base.type.item, Scalar) else None
    one = base.type.item
    varies = at.type.axes if isinstance(at.type, Scalar) else ()
    if varies and isinstance(one, Scalar):
        one = Scalar(one.kind, varies, "sample")
    elif varies and not isinstance(one, Unknown):
        return session.error(
            "type-mismatch",
            f"an entry of {base.type} is the same for all samples, and this index varies over [{', '.join(varies)}]",
            at.span,
            str(at.type),
            help="`k ~ pick(0 .. n) per step` draws one for the step",
        )
    return Term(session.value("index", (base, at), one, span, context), coef=coef, choice=base.choice)


def are_numbers(t: Type) -> bool:
    """Whether any one entry of a list of these may stand for the others: numbers and times, and what consists of them."""
    match t:
        case Scalar(kind=kind):
            return kind != "str"
        case Tuple(items=items):
            return all(map(are_numbers, items))
        case ListOf(item=item):
            return are_numbers(item)
        case _:
            return isinstance(t, TimeType | Level | Unknown)


def _whole(session: Session, number: int, at: Term, context: Context) -> Term:
    """A number known beforehand, in the place of the index that means it."""
    value = session.value("const", (), at.type, at.span, context, VALUE(number))
    return replace(at, value=value, coef=const(number), dim=Dim.of(number), constant=number)


def _steps(session: Session, base: Term, at: Term, span: Span, context: Context) -> Term:
    """An entry of a sampling grid: the time of one step and that of the next."""
    assert isinstance(at.type, Scalar)
    one = Term(session.value("const", (), Scalar("int"), span, context, VALUE(1)))
    after = Term(session.value("add", (at, one), at.type, span, context))
    items = tuple(
        Term(
            session.value(
                "index", (base, i), TimeType(time_entry(session, base, d, span), at.type.axes), span, context
            ),
            choice=base.choice,
            shifted=base.shifted,
        )
        for i, d in ((at, at.dim), (after, at.dim + 1 if at.dim is not None else None))
    )
    pair = session.value("tuple", items, Tuple(tuple(i.type for i in items)), span, context)
    return Term(pair, items=items, choice=base.choice, shifted=base.shifted)


def known_entry(session: Session, time: Time) -> Time | None:
    """The level of an entry whose index has become known; None if it has not."""
    base = session.time_lists.known.get(time.key)
    if time.kind != "element" or base is None or time.index is None:
        return None
    at = time.index.constant
    if base.levels is not None and at is not None and not 0 <= at < len(base.levels):
        return None
    return time_entry(session, base, time.index, base.span)


def time_entry(session: Session, base: Term, at: Dim | None, span: Span) -> Time:
    if at is None:
        return Time("symbol", f"{base.key}@{span.start}#{session.numbers.next()}")
    session.time_lists.add(base)
    if base.grid_length is not None:
        if at.constant == 0:
            grid = session.time_lists.grids.get(base.key)
            if grid is not None and grid.start is not None:
                return grid.start
            return level(grid.top if grid is not None else 1)
        if at == base.grid_length:
            return level(0)
    if base.items is not None and at.constant is not None and 0 <= at.constant < len(base.items):
        one = base.items[at.constant].type
        if isinstance(one, (TimeType, Level)):
            return one.time
    if base.levels is not None and at.constant is not None:
        known = base.levels[at.constant]
        if known is not None:
            return level(known)
    return Time("element", base.key, at)


def range(session: Session, e: ast.Range, context: Context) -> Term:
    low, high = evaluate(session, e.low, context), evaluate(session, e.high, context)
    for end in (low, high):
        if not end.unknown and not (isinstance(end.type, Scalar) and end.type.kind == "int"):
            return session.error(
                "type-mismatch", f"a range goes over whole numbers, not {end.type}", end.span
            )
    value = session.value("range", (low, high), ListOf(Scalar("int")), e.span, context)
    return Term(value, items=None, key="range", constant=(low, high))
