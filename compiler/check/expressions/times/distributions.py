"""Distributions of numbers and times, and what shifts and clamps them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from ....base.diagnostics import Label
from ....base.source import Span
from ....program.ops import PROCESS_OF, SPACE
from ....syntax import ast
from ....types.coefficients import Time, level
from ....types.types import Distribution, Latent, Level, ListOf, Scalar, TimeType, Type
from ...core.context import Context
from ...core.session import Session
from ...core.term import Term, unknown
from ..arguments import Arguments, float_of, fresh_number
from ..conversions import space_of
from ..operators import as_number


def number_range(low: float, high: float) -> Callable[[Session, ast.Call, Context], Term]:
    """`logit_normal(mean, std)`, `normal(mean, std)`: what they can give."""

    def typed(session: Session, e: ast.Call, context: Context) -> Term:
        a = Arguments(session, e, context, ("mean", "std"), 2)
        mean, std = a.number("mean"), a.number("std")
        if not a.valid or mean is None or std is None:
            return unknown(e.span)
        assert isinstance(e.func, ast.Name)
        if float_of(std, 1.0) < 0:
            return session.error("bad-setting", "a standard deviation is not below 0", std.choice or std.span)
        type_ = Distribution("number", low, high)
        return Term(session.value(e.func.id, (mean, std), type_, e.span, context))

    return typed


def uniform(session: Session, e: ast.Call, context: Context) -> Term:
    a = Arguments(session, e, context, ("low", "high"), 2)
    low, high = a.number("low"), a.number("high")
    if not a.valid or low is None or high is None:
        return unknown(e.span)
    ends = [float_of(t, d) for t, d in ((low, float("-inf")), (high, float("inf")))]
    if ends[0] > ends[1]:
        session.error("bad-setting", f"`uniform({low.span.text}, {high.span.text})` is empty", e.span)
    return Term(
        session.value("uniform", (low, high), Distribution("number", ends[0], ends[1]), e.span, context)
    )


def shifted(session: Session, e: ast.Call, context: Context) -> Term:
    a = Arguments(session, e, context, ("x", "shift"), 2)
    shift = a.number("shift")
    if not a.valid or shift is None:
        return unknown(e.span)
    if isinstance(shift.constant, (int, Fraction)) and shift.constant <= 0:
        return session.error("bad-setting", "a shift is above 0", shift.span)
    x = a.terms["x"]
    if x.shifted is not None:
        return _shifted_twice(session, x, e.span)
    by = shift.constant if isinstance(shift.constant, (int, Fraction)) else None
    levels, key, type_ = x.levels, x.key, x.type
    match x.type:
        case Distribution(of="number", low=low, high=high) if low < 0 or high > 1:
            return session.error(
                "not-a-time",
                f"a shift acts on noise levels in [0, 1], and this reaches from {low:g} to {high:g}",
                x.span,
            )
        case Distribution(of="number" | "time"):
            pass
        case ListOf(item=TimeType()):
            if levels is not None:
                levels = tuple(_shift(v, Fraction(by)) if v is not None and by else None for v in levels)
            key = f"{x.key} shifted {by}"
        case TimeType(time=time, axes=axes) | Level(time=time, axes=axes):
            moved = Time("symbol", f"{time.identity} shifted {by if by is not None else shift.span.start}")
            if time.value is not None and by is not None:
                moved = level(_shift(time.value, Fraction(by)))
            type_ = TimeType(moved, axes)
        case _:
            return session.error(
                "not-a-time", f"`shifted` acts on times and their distributions, not {x.type}", x.span
            )
    value = session.value("shifted", (x, shift), type_, e.span, context)
    return Term(value, levels=levels, key=key, choice=x.choice, shifted=e.span)


def _shifted_twice(session: Session, x: Term, here: Span) -> Term:
    """Reports times that are shifted twice. Two shifts multiply, so that one may stand for both."""
    assert x.shifted is not None
    place, first, other, second = here, "shifted once more here", x.shifted, "shifted here"
    if x.choice is not None and x.choice.covers(x.shifted):
        place, first, other, second = x.choice, "shifted here", here, "shifted once more here"
    return session.error(
        "bad-setting",
        "these times are shifted twice",
        place,
        first,
        labels=(Label(other, second),),
        help="keep the shift in one place; two shifts multiply, so that one may say what both would",
    )


def _shift(s: Fraction, by: Fraction) -> Fraction:
    return by * s / (1 + (by - 1) * s)


def clamp(session: Session, e: ast.Call, context: Context) -> Term:
    a = Arguments(session, e, context, ("x", "low", "high"), 3)
    low, high = a.number("low"), a.number("high")
    if not a.valid or low is None or high is None:
        return unknown(e.span)
    x = a.terms["x"]
    args = (x, low, high)
    bottom, top = float_of(low, float("-inf")), float_of(high, float("inf"))
    if bottom > top:
        return session.error("bad-setting", "`clamp` has its low end above its high end", e.span)
    if isinstance(x.type, Distribution) and x.type.of == "number":
        type_ = Distribution("number", max(bottom, x.type.low), min(top, x.type.high))
        return Term(session.value("clamp", args, type_, e.span, context), choice=x.choice, shifted=x.shifted)
    if isinstance(x.type, Distribution) and x.type.of == "time":
        return Term(session.value("clamp", args, x.type, e.span, context), choice=x.choice, shifted=x.shifted)
    if isinstance(x.type, (TimeType, Level)):
        key = f"{x.type.time.identity} clamped #{session.numbers.next()}"
        time = TimeType(Time("symbol", key), x.type.axes)
        return Term(session.value("clamp", args, time, e.span, context), choice=x.choice, shifted=x.shifted)
    x = as_number(x)
    if isinstance(x.type, Latent):
        return Term(session.value("clamp", args, Latent(x.type.space, None), e.span, context))
    if isinstance(x.type, Scalar):
        type_s: Type = Scalar("float", x.type.axes, x.type.scope)
        return Term(session.value("clamp", args, type_s, e.span, context), coef=fresh_number(session, e.span))
    return session.error("type-mismatch", f"`clamp` works on numbers and times, not {x.type}", x.span)


def pick(session: Session, e: ast.Call, context: Context) -> Term:
    a = Arguments(session, e, context, ("list",), 1)
    if not a.valid:
        return unknown(e.span)
    x = a.terms["list"]
    if not isinstance(x.type, ListOf):
        return session.error("type-mismatch", f"`pick` takes a list or a range, not {x.type}", x.span)
    if isinstance(x.constant, tuple):
        low, high = x.constant
        empty = low.dim is not None and high.dim is not None and (high.dim - low.dim).constant
        if empty is not None and empty is not False and empty <= 0:
            return session.error("bad-setting", "this range is empty: there is nothing to pick", x.span)
        return Term(
            session.value("pick", (low, high), Distribution("int"), e.span, context), constant=x.constant
        )
    if isinstance(x.type.item, TimeType):
        return Term(
            session.value("pick", (x,), Distribution("time"), e.span, context),
            choice=x.choice,
            shifted=x.shifted,
        )
    whole = isinstance(x.type.item, Scalar) and x.type.item.kind == "int"
    type_ = Distribution("int") if whole else Distribution("number", float("-inf"), float("inf"))
    return Term(session.value("pick", (x,), type_, e.span, context), items=x.items)


def noise(session: Session, e: ast.Index, context: Context) -> Term:
    """`noise[student]`, `noise[wan21]`"""
    found = space_of(session, e.index, context)
    if found is None:
        return unknown(e.span)
    space, role = found
    value = session.value(
        "noise", (), Distribution("noise", space=space), e.span, context, SPACE(space), PROCESS_OF(role)
    )
    return Term(value)
