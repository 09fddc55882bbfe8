"""Distributions, draws from them, and lists of times."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import pairwise

from ...base.diagnostics import Label, nearest, respelt
from ...base.source import Span
from ...program.values import Value
from ...syntax import ast
from ...types.dims import Dim
from ...types.finite_field import exact_root
from ...types.quantity import NOISE, Time, const, level
from ...types.types import Distribution, Latent, Level, ListOf, Scalar, TimeType, Tuple, Type
from ..core import quantity_match
from ..core.context import Context
from ..core.evaluate import evaluate
from ..core.role_binding import RoleBinding
from ..core.session import Session
from ..core.term import Term, unknown
from .arguments import Arguments, float_of, fresh_number
from .attributes import process_here
from .conversions import space_of
from .operators import as_number

SCOPES: Mapping[str, tuple[str, ...]] = {
    "sample": ("b",),
    "frame": ("b", "t"),
    "chunk": ("b", "t"),
    "step": (),
}


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
        "noise", (), Distribution("noise", space=space), e.span, context, space=space, role=role
    )
    return Term(value)


def draw(session: Session, s: ast.Draw, context: Context) -> Term:
    """`x ~ distribution per scope`"""
    d = evaluate(session, s.distribution, context)
    scope = s.scope or "sample"
    if scope not in SCOPES:
        near = nearest(scope, SCOPES)
        return session.error(
            "unknown-name",
            f"a draw is per {', '.join(SCOPES)}, not per `{scope}`",
            s.span,
            help=f"did you mean `{near}`?" if near else "",
            fixes=respelt(scope, near, s.span, closed=True),
        )
    args = (d, *context.loops)
    chunk = None
    if s.scope_arg is not None:
        chunk = evaluate(session, s.scope_arg, context)
    elif scope == "chunk":
        return session.error("missing-argument", "`per chunk` needs its length: `per chunk(3)`", s.span)
    if d.unknown or not _frames_fit(session, s, d, scope, chunk, context):
        return unknown(s.span)
    if not isinstance(d.type, Distribution):
        return session.error(
            "type-mismatch",
            f"`~` draws from a distribution, and this is {quantity_match.article(str(d.type))}",
            s.distribution.span,
            help=f"`{s.target.id} = ...` gives a name to a value",
        )
    site = _site(session, context, s.target.id)
    axes = SCOPES[scope]
    kind = "step" if scope == "step" else "sample"

    def made(type_: Type) -> Value:
        return session.value(
            "draw",
            args,
            type_,
            s.span,
            context,
            site=site,
            scope=scope,
            chunk=chunk.constant if chunk is not None else None,
        )

    key = f"draw {site} {'.'.join(str(t.start) for t in context.trace)}"
    if d.type.of == "noise":
        assert d.type.space is not None
        return Term(made(Latent(d.type.space, NOISE)))
    if d.type.of == "int":
        dim = _whole_between(session, d, s.target.id)
        return Term(
            made(Scalar("int", axes, kind)),
            coef=fresh_number(session, s.span),
            dim=dim,
        )
    if d.type.of == "time":
        return Term(made(TimeType(Time("symbol", key), axes)), choice=d.choice, shifted=d.shifted)
    if d.type.low >= 0 and d.type.high <= 1:
        type_ = Level(Time("symbol", key), axes, kind, d.type.low, d.type.high)
        return Term(made(type_), choice=d.choice, shifted=d.shifted)
    return Term(made(Scalar("float", axes, kind)), coef=fresh_number(session, s.span))


def _site(session: Session, context: Context, name: str) -> str:
    """The name of a draw's random stream: its way from the program, with a number if another draw has that."""
    path = ".".join((*context.site, name))
    if session.bag.muted:
        return path
    n = session.sites[path] = session.sites.get(path, 0) + 1
    return path if n == 1 else f"{path}.{n}"


def _frames_fit(
    session: Session, s: ast.Draw, d: Term, scope: str, chunk: Term | None, context: Context
) -> bool:
    """A draw for each frame or chunk wants latents with frames, and chunks of one length."""
    if chunk is not None and scope != "chunk":
        session.error(
            "unknown-parameter", f"`per {scope}` takes no length", chunk.span, help="`per chunk(3)` does"
        )
        return False
    length = chunk.constant if chunk is not None else None
    known = isinstance(length, int) and length >= 1
    if chunk is not None and not chunk.unknown and not known and (length is not None or session.complete):
        session.error(
            "bad-setting", "a chunk is a whole number of frames, 1 or more", chunk.choice or chunk.span
        )
        return False
    role = context.family or session.default_role
    space = d.type.space if isinstance(d.type, Distribution) and d.type.space is not None else None
    space = space or (role.model.space if role is not None else None)
    if scope not in ("frame", "chunk") or space is None or space.factors or not space.dims:
        return True
    frames = dict(zip(space.axes, space.dims)).get("t")
    if frames is None:
        session.error(
            "rank-mismatch",
            f"`per {scope}` draws along the frames of latents, and those of `{space}` have none",
            s.span,
            help="`per sample` draws one value for each sample",
        )
        return False
    n = frames.constant
    if n is not None and isinstance(length, int) and n % length:
        place = chunk.choice or chunk.span if chunk is not None else s.span
        session.error(
            "not-divisible",
            f"{n} latent frames do not divide into chunks of {length}",
            place,
            f"{n} leaves {n % length} when divided by {length}",
            labels=(Label(s.span, "drawn for each chunk here"),) if place != s.span else (),
            facts=(f"latents of `{space}` have {n} frames",),
        )
        return False
    return True


def _whole_between(session: Session, d: Term, name: str) -> Dim | None:
    """The whole number that a pick gives, within what it is picked from."""
    if isinstance(d.constant, tuple):
        low, high = d.constant
        if low.dim is None or high.dim is None:
            return None
        return session.numbers.whole(name, low.dim, high.dim - 1)
    known = [i.dim.constant for i in d.items or () if i.dim is not None and i.dim.constant is not None]
    if not d.items or len(known) < len(d.items):
        return None
    return session.numbers.whole(name, Dim.of(min(known)), Dim.of(max(known)))


def times_list(which: str) -> Callable[[Session, ast.Call, Context], Term]:
    """`ticks([1000, 757])` and `sigmas([1.0, 0.5])`"""

    def typed(session: Session, e: ast.Call, context: Context) -> Term:
        a = Arguments(session, e, context, ("list",), 1)
        if not a.valid:
            return unknown(e.span)
        x = a.terms["list"]
        single = x.items is None and isinstance(x.type, Scalar)
        entries = (x,) if single else x.items
        if entries is None:
            return session.error("type-mismatch", f"`{which}` takes a list of numbers, not {x.type}", x.span)
        levels: list[Fraction | None] = []
        for item in entries:
            number = as_number(item)
            v = number.constant
            if not isinstance(v, (int, Fraction)):
                return session.error("type-mismatch", f"`{which}` takes numbers known beforehand", item.span)
            try:
                levels.append(level_of(session, which, Fraction(v), context))
            except ValueError as problem:
                session.error(
                    "not-a-time",
                    f"{float(v):g} is no {'tick' if which == 'ticks' else 'noise level'}: {problem}",
                    item.span,
                    help="ticks are what the network is fed, noise levels lie in [0, 1]",
                )
                return unknown(e.span)
        key = f"{which}:{e.span.source.path}:{e.span.start}"
        if single:
            time = level(levels[0]) if levels[0] is not None else Time("symbol", f"{which} {x.constant}")
            type_: Type = TimeType(time)
        else:
            type_ = ListOf(TimeType(Time("symbol", key)), Dim.of(len(levels)))
        value = session.value("levels", (), type_, e.span, context, values=tuple(levels), which=which)
        if not single and any(a is not None and b is not None and a <= b for a, b in pairwise(levels)):
            return session.error(
                "bad-setting",
                "these times do not fall: a sampler goes from noise to data",
                e.span,
                help="write them from the noisiest to the cleanest",
            )
        return Term(value, levels=None if single else tuple(levels), key=key)

    return typed


def grid(session: Session, e: ast.Call, context: Context) -> Term:
    a = Arguments(session, e, context, ("n",), 1)
    n = a.number("n")
    if not a.valid or n is None:
        return unknown(e.span)
    role = context.family or session.default_role
    if isinstance(n.constant, (int, Fraction)) and n.constant < 1:
        return session.error("bad-setting", "a sampling grid has at least 1 step", n.span)
    dim = n.dim
    if dim is None:
        dim = session.numbers.whole("n", Dim.of(1), Dim.of(1_000_000))
    key = f"grid:{role.model.name if role else ''}:{dim}"
    time = TimeType(Time("symbol", key))
    value = session.value(
        "grid", (n,), ListOf(Tuple((time, time)), dim), e.span, context, role=role.ref if role else None
    )
    return Term(value, key=key, grid_length=dim, shifted=_own_shift(role))


def _own_shift(role: RoleBinding | None) -> Span | None:
    """Where the process states the shift that its grids have; None if they have none."""
    process = role.model.process if role is not None else None
    if process is None or process.shift == 1:
        return None
    stated = process.settings.get("shift")
    return stated.span if stated is not None else None


def length(session: Session, e: ast.Call, context: Context) -> Term:
    a = Arguments(session, e, context, ("list",), 1)
    if not a.valid:
        return unknown(e.span)
    x = a.terms["list"]
    if not isinstance(x.type, ListOf):
        return session.error("type-mismatch", f"`len` takes a list, not {x.type}", x.span)
    n = (
        x.type.length
        if x.type.length is not None
        else session.numbers.whole("len", Dim.of(1), Dim.of(1_000_000))
    )
    constant = n.constant
    if constant is not None:
        value = session.value("const", (), Scalar("int"), e.span, context, value=constant)
    else:
        value = session.value("len", (x,), Scalar("int"), e.span, context)
    coef = const(constant) if constant is not None else fresh_number(session, e.span)
    return Term(value, coef=coef, dim=n, constant=constant, choice=x.choice)


def level_of(session: Session, which: str, v: Fraction, context: Context) -> Fraction | None:
    """The flow noise level of so many ticks, or of a process's own sigma. Raises ValueError outside the process."""
    process = process_here(session, context)
    if process is None:
        return v / 1000 if which == "ticks" else v
    if which == "ticks":
        return process.level_of_ticks(v)
    if v < 0 or (v > 1 and process.kind != "edm"):
        raise ValueError(
            "noise levels of this process lie in [0, 1]" if v > 1 else "noise levels are not negative"
        )
    if process.kind == "edm":
        return v / (1 + v)
    if process.kind == "flow" or v in (0, 1):
        return v
    alpha = exact_root(1 - v * v) or Fraction(math.sqrt(1 - v * v))
    return v / (v + alpha)
