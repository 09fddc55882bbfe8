"""Distributions of numbers and times, and what shifts and clamps them."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from .....stages.op import Op
from .....stages.table import OPS
from ....base.diagnostics import Fix, Label
from ....base.source import Span
from ....program.ops import PROCESS_OF, SPACE
from ....program.quantiles import Quantile, known_number, quantiles, share_below
from ....program.values import Value
from ....syntax import ast
from ....types.coefficients import computed, const, function, read
from ....types.describe import noun
from ....types.points import POSITIVE
from ....types.types import Distribution, Latent, Level, ListOf, Scalar, Tensor, TimeType, Unknown
from ...core.context import Context
from ...core.session import Session
from ...core.term import Term, unknown
from ..arguments import Arguments, float_of, fresh_number
from ..conversions import space_of
from ..element_choices import chosen
from ..operators import as_number, whole_result
from . import heaps, levels


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


def of_quantiles(op: Op) -> Callable[[Session, ast.Call, Context], Term]:
    """`beta(a, b)`: of two numbers above 0, known before training, that its quantile function takes."""

    def typed(session: Session, e: ast.Call, context: Context) -> Term:
        a = Arguments(session, e, context, ("a", "b"), 2)
        numbers = [a.number(name) for name in ("a", "b")]
        if not a.valid:
            return unknown(e.span)
        for t in numbers:
            if t is None:
                return unknown(e.span)
            known = known_number(t.value)
            if (known is None and session.complete) or (known is not None and known <= 0):
                return session.error(
                    "bad-setting",
                    f"`{op.name}` takes two numbers above 0, known before training",
                    t.choice or t.span,
                )
        type_ = Distribution("number", *op.support)
        args = tuple(t for t in numbers if t is not None)
        return Term(session.value(op.name, args, type_, e.span, context))

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
    entries, key, type_ = x.levels, x.key, x.type
    match x.type:
        case Distribution(of="number", low=low, high=high) if low < 0 or high > 1:
            return session.error(
                "not-a-time",
                f"a shift acts on noise levels in [0, 1], and this reaches from {low:g} to {high:g}",
                x.span,
                help=f"levels run from 0 to 1: {levels.meant(x.type)}",
            )
        case Distribution(of="number" | "time"):
            pass
        case ListOf(item=TimeType() | Level()):
            if entries is not None:
                entries = tuple(_shift(v, Fraction(by)) if v is not None and by else None for v in entries)
            key = f"{x.key} shifted {by}"
        case TimeType(time=time, axes=axes) | Level(time=time, axes=axes):
            k = const(by) if by is not None else shift.coef or fresh_number(session, shift.span, POSITIVE)
            s = read("sigma", "flow", time)
            type_ = TimeType(computed(k * s / (1 + (k - 1) * s)), axes)
        case _:
            return session.error(
                "not-a-time", f"`shifted` acts on times and their distributions, not {x.type}", x.span
            )
    value = session.value("shifted", (x, shift), type_, e.span, context)
    return Term(value, levels=entries, key=key, choice=x.choice, shifted=e.span)


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
    if not a.valid:
        return unknown(e.span)
    x, low, high = (a.terms[name] for name in ("x", "low", "high"))
    if isinstance(x.type, Distribution):
        ends = _ends(session, e, x.type, context, a)
        if ends is None:
            return unknown(e.span)
        type_ = x.type
        if x.type.of == "number":
            type_ = Distribution("number", max(ends[0], x.type.low), min(ends[1], x.type.high))
        value = session.value("clamp", (x, low, high), type_, e.span, context)
        heaps.check(session, x.value, e, low, high)
        return Term(value, choice=x.choice, shifted=x.shifted)
    if float_of(low, float("-inf")) > float_of(high, float("inf")):
        return session.error("bad-setting", _low_above_high("clamp"), e.span)
    time = levels.clamped(session, x, low, high, e, context)
    if time is not None:
        if not time.unknown:
            heaps.check(session, x.value, e, low, high)
        return time
    if isinstance(x.type, Tensor) or any(isinstance(t.type, (Latent, Tensor)) for t in (low, high)):
        return chosen(session, "clamp", [as_number(t) for t in (x, low, high)], e, context)
    ends_given = a.number("low"), a.number("high")
    if not a.valid or None in ends_given:
        return unknown(e.span)
    x = as_number(x)
    args = (x, *(t for t in ends_given if t is not None))
    if isinstance(x.type, Latent):
        return Term(session.value("clamp", args, Latent(x.type.space, None), e.span, context))
    if isinstance(x.type, Scalar):
        axes = max((t.type.axes for t in args if isinstance(t.type, Scalar)), key=len)
        scope = (
            "sample" if any(t.type.scope == "sample" for t in args if isinstance(t.type, Scalar)) else "step"
        )
        whole = all(isinstance(t.type, Scalar) and t.type.kind == "int" for t in args)
        scalar = Scalar("int" if whole else "float", axes, scope)
        dim = whole_result(session, OPS["clamp"], args) if whole else None
        coef = fresh_number(session, e.span)
        if x.coef is not None and low.coef is not None and high.coef is not None:
            coef = function("clamp", x.coef, low.coef, high.coef)
        value = session.value("clamp", args, scalar, e.span, context)
        if dim is not None:
            session.numbers.is_whole(value, dim)
        return Term(value, coef=coef, dim=dim)
    return session.error("type-mismatch", f"`clamp` works on numbers and times, not {x.type}", x.span)


def _low_above_high(what: str) -> str:
    return f"`{what}` has its low end above its high end"


def _ends(
    session: Session, e: ast.Call, d: Distribution, context: Context, a: Arguments
) -> tuple[float, float] | None:
    """The least and the largest number that the ends put on a distribution may be; None after an error."""
    assert isinstance(e.func, ast.Name)
    name, found = e.func.id, []
    for end in ("low", "high"):
        read = levels.reading(session, a.terms[end], context)
        if read is None:
            session.error("type-mismatch", f"`{end}` is a number, not {a.terms[end].type}", a.terms[end].span)
            return None
        found.append(read)
    low, high = found
    if low.interval[0] > high.interval[1]:
        session.error("bad-setting", _low_above_high(name), e.span)
        return None
    if d.of == "number" and (d.low < 0 or d.high > 1):
        return low.interval[0], high.interval[1]
    for read in found:
        if not levels.is_unit(read.interval):
            _report_end(session, read, name)
            return None
    return low.interval[0], high.interval[1]


def _report_end(session: Session, end: levels.Reading, name: str) -> None:
    """An end of noise levels that lies outside of [0, 1]: a slip, or ticks."""
    nearest = "0" if end.interval[1] < 0 else "1"
    slip = end.interval[1] < 2
    session.error(
        "bad-setting",
        f"noise levels lie in [0, 1], and this end of `{name}` {levels.reach(end.interval)}",
        end.term.span,
        help=f"write `{nearest}`: nothing lies beyond it"
        if slip
        else "an end is a noise level, not a tick: `0.98`",
        fixes=(Fix(f"write `{nearest}`", end.term.span, nearest),)
        if slip and end.term.constant is not None
        else (),
    )


def truncated(session: Session, e: ast.Call, context: Context) -> Term:
    """`truncated(d, low, high)`: the draws of `d` that lie between two ends."""
    a = Arguments(session, e, context, ("distribution", "low", "high"), 3)
    if not a.valid:
        return unknown(e.span)
    x, low, high = (a.terms[name] for name in ("distribution", "low", "high"))
    if not isinstance(x.type, Distribution) or x.type.of != "number":
        found = f"a distribution of {x.type.of}s" if isinstance(x.type, Distribution) else str(x.type)
        help = "`clamp` keeps a time between two others" if isinstance(x.type, (TimeType, Level)) else ""
        return session.error(
            "type-mismatch", f"`truncated` cuts a distribution of numbers, not {found}", x.span, help=help
        )
    ends = _ends(session, e, x.type, context, a)
    if ends is None:
        return unknown(e.span)
    if not _is_known(session, x.value, (low, high)):
        return unknown(e.span)
    quantile = quantiles(x.value)
    known = [float_of(end, math.nan) for end in (low, high)]
    if known[0] == known[1] or (quantile is not None and _share(quantile, *known) < LEAST_SHARE):
        return session.error(
            "bad-setting",
            f"none of these draws lies between {known[0]:g} and {known[1]:g}",
            x.choice or e.span,
            labels=(Label(e.span, "cut here"),) if x.choice is not None and x.choice != e.span else (),
            help="a distribution is cut to a range that it reaches",
        )
    type_ = Distribution("number", max(ends[0], x.type.low), min(ends[1], x.type.high))
    return Term(
        session.value("truncated", (x, low, high), type_, e.span, context), choice=x.choice, shifted=x.shifted
    )


LEAST_SHARE = 1e-6
"""Of a distribution, that a cut leaves: draws from a thinner tail would be as coarse as the numbers that they are made of."""


def _share(quantile: Quantile, low: float, high: float) -> float:
    return share_below(quantile, high) - share_below(quantile, low) if low == low and high == high else 1.0


def _is_known(session: Session, d: Value, ends: tuple[Term, Term]) -> bool:
    """Whether all numbers of a cut distribution are known beforehand: its draws are made from shares of it."""
    stack = [d, *(t.value for t in ends)]
    while stack:
        v = stack.pop()
        if isinstance(v.type, Distribution):
            stack.extend(v.args)
        elif isinstance(v.type, ListOf):
            session.error(
                "type-mismatch", "`truncated` cuts a distribution of numbers, not a pick from a list", v.span
            )
            return False
        elif known_number(v) is None:
            session.error(
                "bad-setting",
                "`truncated` cuts a distribution whose numbers are known beforehand",
                v.span,
                "known while it runs",
                help="`(1 - u)*low + u*high` of `u ~ uniform(0, 1)` lies between two numbers of any kind",
            )
            return False
    return True


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
    if isinstance(x.type.item, Level):
        drawn = Distribution("number", x.type.item.low, x.type.item.high)
        return Term(session.value("pick", (x,), drawn, e.span, context), choice=x.choice, shifted=x.shifted)
    one = x.type.item
    if not isinstance(one, Scalar | Unknown) or (isinstance(one, Scalar) and one.kind in ("bool", "str")):
        return session.error(
            "type-mismatch",
            f"`pick` draws a number or a time, and an entry of this list is {noun(one)}",
            x.span,
            help="draw which one: `k ~ pick(0 .. 2)`, then `select(k == 0, a, b)`",
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
