"""Built-in functions, distributions and draws: one table from name to typing rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from .. import syntax as ast
from ..diagnostics import Fix, Label, nearest
from ..dims import Dim
from ..quantity import NOISE, Coef, Time, const, level
from ..quantity import unknown as unknown_number
from ..source import Span
from ..typed import Value
from ..types import (
    Distribution,
    Latent,
    Level,
    ListOf,
    RoleType,
    Scalar,
    Tensor,
    TimeType,
    Tuple,
    Type,
)
from . import compare, roles
from .gradients import may_carry_gradient
from .operators import as_number
from .terms import Term, unknown

if TYPE_CHECKING:
    from .elaborate import Elaborator, Frame

SCOPES: Mapping[str, tuple[str, ...]] = {
    "sample": ("b",),
    "frame": ("b", "t"),
    "chunk": ("b", "t"),
    "step": (),
}


def rename(span: Span, name: str) -> Fix:
    return Fix(f"write `{name}`", span, name)


class _Arguments:
    """A call's arguments by the built-in's own parameter names."""

    def __init__(
        self, el: Elaborator, e: ast.Call, frame: Frame, names: tuple[str, ...], needed: int
    ) -> None:
        self.el, self.e, self.fine = el, e, True
        self.terms: dict[str, Term] = {}
        self.words: dict[str, ast.Expr] = {}
        assert isinstance(e.func, ast.Name)
        what = e.func.id
        positional = iter(names)
        for arg in e.args:
            name = arg.name if arg.name is not None else next(positional, None)
            if name is None or name not in names:
                near = nearest(name, names) if name else None
                message = (
                    f"`{what}` has no parameter `{name}`"
                    if name
                    else f"`{what}` takes {len(names)} arguments"
                )
                el.error(
                    "unknown-parameter",
                    message,
                    arg.span,
                    help=f"did you mean `{near}`?" if near else f"it takes {', '.join(names)}",
                )
                self.fine = False
            elif name in ("per", "axis", "dtype"):
                self.words[name] = arg.value
            else:
                self.terms[name] = el.expression(arg.value, frame)
        for name in names[:needed]:
            if name not in self.terms:
                el.error("missing-argument", f"`{what}` needs `{name}`", e.span)
                self.fine = False
        if any(t.unknown for t in self.terms.values()):
            self.fine = False

    def number(self, name: str, default: int | Fraction | None = None) -> Term | None:
        term = self.terms.get(name)
        if term is None or term.unknown:
            return None
        term = as_number(term)
        if not isinstance(term.type, Scalar) or term.type.kind not in ("int", "float"):
            self.el.error("type-mismatch", f"`{name}` is a number, not {term.type}", term.span)
            self.fine = False
            return None
        return term

    def word(self, name: str, known: tuple[str, ...]) -> str | None:
        e = self.words.get(name)
        if e is None:
            return None
        if isinstance(e, ast.Name) and e.id in known:
            return e.id
        near = nearest(e.id, known) if isinstance(e, ast.Name) else None
        self.el.error(
            "bad-setting",
            f"`{name}` is one of {', '.join(known)}",
            e.span,
            help=f"did you mean `{near}`?" if near else "",
        )
        self.fine = False
        return None


def _fresh(el: Elaborator, span: Span) -> Coef:
    el.count += 1
    return unknown_number(f"scalar {span.source.path}:{span.start} #{el.count}")


# gradients, guidance, losses


def stop(el: Elaborator, e: ast.Call, frame: Frame) -> Term:
    a = _Arguments(el, e, frame, ("x",), 1)
    if not a.fine:
        return unknown(e.span)
    x = as_number(a.terms["x"])
    if not el.bag.muted:
        # a graph may be expanded many times: a stop is redundant if it cuts nothing in any of them
        el.stops[e.span] = el.stops.get(e.span, True) and not may_carry_gradient(x.value, el.families)
    return replace(x, value=el.value("stop", (x,), x.type, e.span, frame), place=None)


def guide(el: Elaborator, e: ast.Call, frame: Frame) -> Term:
    a = _Arguments(el, e, frame, ("c", "u", "scale"), 3)
    scale = a.number("scale")
    if not a.fine or scale is None:
        return unknown(e.span)
    c, u = a.terms["c"], a.terms["u"]
    if not isinstance(c.type, Latent) or not isinstance(u.type, Latent):
        bad = c if not isinstance(c.type, Latent) else u
        return el.error("type-mismatch", f"`guide` works on latents, not {bad.type}", bad.span)
    if not compare.spaces_fit(c.type.space, u.type.space):
        return el.error(
            "space-mismatch",
            f"`guide` combines a latent of `{c.type.space}` with one of `{u.type.space}`",
            e.span,
        )
    q = None
    p, r = c.type.quantity, u.type.quantity
    if p is not None and r is not None:
        if p != r and not (p.a == r.a and p.b == r.b):
            compare.compare("guide", u, c, el.bag, el.times(frame), el.default_kind)
            return unknown(e.span)
        q = r + (p - r).scale(scale.coef if scale.coef is not None else const(1))
    return Term(el.value("guide", (c, u, scale), Latent(c.type.space, q), e.span, frame))


def loss(name: str) -> Callable[[Elaborator, ast.Call, Frame], Term]:
    extra = {"huber": ("delta",), "pseudo_huber": ("delta",)}.get(name, ())

    def typed(el: Elaborator, e: ast.Call, frame: Frame) -> Term:
        a = _Arguments(el, e, frame, ("a", "b", "weight", *extra, "per"), 2)
        per = a.word("per", ("sample", "frame"))
        if not a.fine:
            return unknown(e.span)
        left, right = as_number(a.terms["a"]), as_number(a.terms["b"])
        fits = compare.compare(name, left, right, el.bag, el.times(frame), el.default_kind)
        if isinstance(left.type, Latent) != isinstance(right.type, Latent):
            bad, other = (left, right) if not isinstance(left.type, Latent) else (right, left)
            el.error(
                "type-mismatch",
                f"this loss compares {compare.article(str(other.type))} with {compare.article(str(bad.type))}",
                bad.span,
                str(bad.type),
                labels=(Label(other.span, str(other.type)),),
            )
            fits = False
        elif (
            isinstance(left.type, Tensor)
            and isinstance(right.type, Tensor)
            and left.type.dims != right.type.dims
        ):
            el.error("dim-mismatch", f"this loss compares {left.type} with {right.type}", right.span)
            fits = False
        elif not isinstance(left.type, (Latent, Tensor, Scalar)):
            el.error("type-mismatch", f"a loss compares tensors, not {left.type}", left.span)
            fits = False
        args = [left, right]
        attrs: dict[str, object] = {"per": per}
        for option in ("weight", *extra):
            if option in a.terms:
                args.append(as_number(a.terms[option]))
                attrs[f"has_{option}"] = True
        axes = {"sample": ("b",), "frame": ("b", "t")}.get(per or "", ())
        value = el.value(name, tuple(args), Scalar("float", axes, "sample"), e.span, frame, **attrs)
        return Term(value, coef=_fresh(el, e.span)) if fits else unknown(e.span)

    return typed


def reduction(name: str) -> Callable[[Elaborator, ast.Call, Frame], Term]:
    def typed(el: Elaborator, e: ast.Call, frame: Frame) -> Term:
        a = _Arguments(el, e, frame, ("x", "per"), 1)
        per = a.word("per", ("sample", "frame"))
        if not a.fine:
            return unknown(e.span)
        x = as_number(a.terms["x"])
        if not isinstance(x.type, (Latent, Tensor, Scalar)):
            return el.error("type-mismatch", f"`{name}` works on tensors, not {x.type}", x.span)
        axes = {"sample": ("b",), "frame": ("b", "t")}.get(per or "", ())
        value = el.value(name, (x,), Scalar("float", axes, "sample"), e.span, frame, per=per)
        return Term(value, coef=_fresh(el, e.span))

    return typed


def elementwise(name: str) -> Callable[[Elaborator, ast.Call, Frame], Term]:
    def typed(el: Elaborator, e: ast.Call, frame: Frame) -> Term:
        a = _Arguments(el, e, frame, ("x",), 1)
        if not a.fine:
            return unknown(e.span)
        x = as_number(a.terms["x"])
        if isinstance(x.type, Latent):
            return Term(el.value(name, (x,), Latent(x.type.space, None), e.span, frame))
        if isinstance(x.type, Tensor):
            return Term(el.value(name, (x,), x.type, e.span, frame))
        if isinstance(x.type, Scalar) and x.type.kind in ("int", "float"):
            scalar = Scalar("float", x.type.axes, x.type.scope)
            coef = x.coef * x.coef if name == "square" and x.coef is not None else _fresh(el, e.span)
            return Term(el.value(name, (x,), scalar, e.span, frame), coef=coef)
        return el.error("type-mismatch", f"`{name}` works on numbers and tensors, not {x.type}", x.span)

    return typed


def extreme(name: str) -> Callable[[Elaborator, ast.Call, Frame], Term]:
    def typed(el: Elaborator, e: ast.Call, frame: Frame) -> Term:
        a = _Arguments(el, e, frame, ("a", "b"), 2)
        left, right = a.number("a"), a.number("b")
        if not a.fine or left is None or right is None:
            return unknown(e.span)
        x, y = left.constant, right.constant
        if isinstance(x, (int, Fraction)) and isinstance(y, (int, Fraction)):
            best = min(x, y) if name == "min" else max(x, y)
            return replace(left if best == x else right, place=e.span)
        assert isinstance(left.type, Scalar) and isinstance(right.type, Scalar)
        axes = left.type.axes or right.type.axes
        scope = "step" if left.type.scope == right.type.scope == "step" else "sample"
        kind = "int" if left.type.kind == right.type.kind == "int" else "float"
        type_ = Scalar(kind, axes, scope)
        return Term(el.value(name, (left, right), type_, e.span, frame), coef=_fresh(el, e.span))

    return typed


# distributions and times


def number_range(low: float, high: float) -> Callable[[Elaborator, ast.Call, Frame], Term]:
    """`logit_normal(mean, std)`, `normal(mean, std)`: what they can give."""

    def typed(el: Elaborator, e: ast.Call, frame: Frame) -> Term:
        a = _Arguments(el, e, frame, ("mean", "std"), 2)
        mean, std = a.number("mean"), a.number("std")
        if not a.fine or mean is None or std is None:
            return unknown(e.span)
        assert isinstance(e.func, ast.Name)
        type_ = Distribution("number", low, high)
        return Term(el.value(e.func.id, (mean, std), type_, e.span, frame))

    return typed


def uniform(el: Elaborator, e: ast.Call, frame: Frame) -> Term:
    a = _Arguments(el, e, frame, ("low", "high"), 2)
    low, high = a.number("low"), a.number("high")
    if not a.fine or low is None or high is None:
        return unknown(e.span)
    ends = [_float(t, d) for t, d in ((low, float("-inf")), (high, float("inf")))]
    if ends[0] > ends[1]:
        el.error("bad-setting", f"`uniform({low.span.text}, {high.span.text})` is empty", e.span)
    return Term(el.value("uniform", (low, high), Distribution("number", ends[0], ends[1]), e.span, frame))


def _float(t: Term, otherwise: float) -> float:
    return float(t.constant) if isinstance(t.constant, (int, Fraction)) else otherwise


def shifted(el: Elaborator, e: ast.Call, frame: Frame) -> Term:
    a = _Arguments(el, e, frame, ("x", "shift"), 2)
    shift = a.number("shift")
    if not a.fine or shift is None:
        return unknown(e.span)
    if isinstance(shift.constant, (int, Fraction)) and shift.constant <= 0:
        return el.error("bad-setting", "a shift is above 0", shift.span)
    x = a.terms["x"]
    by = shift.constant if isinstance(shift.constant, (int, Fraction)) else None
    if isinstance(x.type, Distribution) and x.type.of == "number":
        if not (x.type.low >= 0 and x.type.high <= 1):
            return el.error(
                "not-a-time",
                f"a shift acts on noise levels in [0, 1], and this reaches from {x.type.low:g} to {x.type.high:g}",
                x.span,
            )
        return Term(el.value("shifted", (x, shift), x.type, e.span, frame))
    if isinstance(x.type, Distribution) and x.type.of == "time":
        return Term(el.value("shifted", (x, shift), x.type, e.span, frame), choice=x.choice)
    if isinstance(x.type, ListOf) and isinstance(x.type.item, TimeType):
        levels = None
        if x.levels is not None and by is not None:
            levels = tuple(v if v is None else _shift(v, Fraction(by)) for v in x.levels)
        value = el.value("shifted", (x, shift), x.type, e.span, frame)
        return Term(value, levels=levels, key=f"{x.key} shifted {by}", choice=x.choice)
    if isinstance(x.type, (TimeType, Level)):
        time = x.type.time
        moved = Time("symbol", f"{time.identity} shifted {by if by is not None else shift.span.start}")
        if time.value is not None and by is not None:
            moved = level(_shift(time.value, Fraction(by)))
        type_ = TimeType(moved, x.type.axes)
        return Term(el.value("shifted", (x, shift), type_, e.span, frame))
    return el.error("not-a-time", f"`shifted` acts on times and their distributions, not {x.type}", x.span)


def _shift(s: Fraction, by: Fraction) -> Fraction:
    return by * s / (1 + (by - 1) * s)


def clamp(el: Elaborator, e: ast.Call, frame: Frame) -> Term:
    a = _Arguments(el, e, frame, ("x", "low", "high"), 3)
    low, high = a.number("low"), a.number("high")
    if not a.fine or low is None or high is None:
        return unknown(e.span)
    x = a.terms["x"]
    args = (x, low, high)
    bottom, top = _float(low, float("-inf")), _float(high, float("inf"))
    if bottom > top:
        return el.error("bad-setting", "`clamp` has its low end above its high end", e.span)
    if isinstance(x.type, Distribution) and x.type.of == "number":
        type_ = Distribution("number", max(bottom, x.type.low), min(top, x.type.high))
        return Term(el.value("clamp", args, type_, e.span, frame))
    if isinstance(x.type, Distribution) and x.type.of == "time":
        return Term(el.value("clamp", args, x.type, e.span, frame), choice=x.choice)
    if isinstance(x.type, (TimeType, Level)):
        el.count += 1
        time = TimeType(Time("symbol", f"{x.type.time.identity} clamped #{el.count}"), x.type.axes)
        return Term(el.value("clamp", args, time, e.span, frame))
    x = as_number(x)
    if isinstance(x.type, Latent):
        return Term(el.value("clamp", args, Latent(x.type.space, None), e.span, frame))
    if isinstance(x.type, Scalar):
        type_s: Type = Scalar("float", x.type.axes, x.type.scope)
        return Term(el.value("clamp", args, type_s, e.span, frame), coef=_fresh(el, e.span))
    return el.error("type-mismatch", f"`clamp` works on numbers and times, not {x.type}", x.span)


def pick(el: Elaborator, e: ast.Call, frame: Frame) -> Term:
    a = _Arguments(el, e, frame, ("list",), 1)
    if not a.fine:
        return unknown(e.span)
    x = a.terms["list"]
    if not isinstance(x.type, ListOf):
        return el.error("type-mismatch", f"`pick` takes a list or a range, not {x.type}", x.span)
    if isinstance(x.constant, tuple):
        low, high = x.constant
        empty = low.dim is not None and high.dim is not None and (high.dim - low.dim).constant
        if empty is not None and empty is not False and empty <= 0:
            return el.error("bad-setting", "this range is empty: there is nothing to pick", x.span)
        return Term(el.value("pick", (low, high), Distribution("int"), e.span, frame), constant=x.constant)
    if isinstance(x.type.item, TimeType):
        return Term(el.value("pick", (x,), Distribution("time"), e.span, frame), choice=x.choice)
    whole = isinstance(x.type.item, Scalar) and x.type.item.kind == "int"
    type_ = Distribution("int") if whole else Distribution("number", float("-inf"), float("inf"))
    return Term(el.value("pick", (x,), type_, e.span, frame), items=x.items)


def noise(el: Elaborator, e: ast.Index, frame: Frame) -> Term:
    """`noise[student]`, `noise[wan21]`"""
    found = roles.space_of(el, e.index, frame)
    if found is None:
        return unknown(e.span)
    space, role = found
    value = el.value("noise", (), Distribution("noise", space=space), e.span, frame, space=space, role=role)
    return Term(value)


def draw(el: Elaborator, s: ast.Draw, frame: Frame) -> Term:
    """`x ~ distribution per scope`"""
    d = el.expression(s.distribution, frame)
    scope = s.scope or "sample"
    if scope not in SCOPES:
        near = nearest(scope, SCOPES)
        return el.error(
            "unknown-name",
            f"a draw is per {', '.join(SCOPES)}, not per `{scope}`",
            s.span,
            help=f"did you mean `{near}`?" if near else "",
        )
    args = (d, *frame.loops)
    chunk: object = None
    if s.scope_arg is not None:
        chunk = el.expression(s.scope_arg, frame).constant
    elif scope == "chunk":
        return el.error("missing-argument", "`per chunk` needs its length: `per chunk(3)`", s.span)
    if d.unknown:
        return unknown(s.span)
    if not isinstance(d.type, Distribution):
        return el.error(
            "type-mismatch",
            f"`~` draws from a distribution, and this is {compare.article(str(d.type))}",
            s.distribution.span,
            help=f"`{s.target.id} = ...` gives a name to a value",
        )
    site = el.site(frame, s.target.id)
    axes = SCOPES[scope]
    kind = "step" if scope == "step" else "sample"

    def made(type_: Type) -> Value:
        return el.value("draw", args, type_, s.span, frame, site=site, scope=scope, chunk=chunk)

    key = f"draw {site} {'.'.join(str(t.start) for t in frame.trace)}"
    if d.type.of == "noise":
        assert d.type.space is not None
        return Term(made(Latent(d.type.space, NOISE)))
    if d.type.of == "int":
        dim = _whole_between(el, d, s.target.id)
        return Term(
            made(Scalar("int", axes, kind)),
            coef=_fresh(el, s.span),
            dim=dim,
        )
    if d.type.of == "time":
        return Term(made(TimeType(Time("symbol", key), axes)))
    if d.type.low >= 0 and d.type.high <= 1:
        return Term(made(Level(Time("symbol", key), axes, kind)))
    return Term(made(Scalar("float", axes, kind)), coef=_fresh(el, s.span))


def _whole_between(el: Elaborator, d: Term, name: str) -> Dim | None:
    """The whole number that a pick gives, within what it is picked from."""
    if isinstance(d.constant, tuple):
        low, high = d.constant
        if low.dim is None or high.dim is None:
            return None
        return el.fresh(name, low.dim, high.dim - 1)
    known = [i.dim.constant for i in d.items or () if i.dim is not None and i.dim.constant is not None]
    if not d.items or len(known) < len(d.items):
        return None
    return el.fresh(name, Dim.of(min(known)), Dim.of(max(known)))


def times_list(which: str) -> Callable[[Elaborator, ast.Call, Frame], Term]:
    """`ticks([1000, 757])` and `sigmas([1.0, 0.5])`"""

    def typed(el: Elaborator, e: ast.Call, frame: Frame) -> Term:
        a = _Arguments(el, e, frame, ("list",), 1)
        if not a.fine:
            return unknown(e.span)
        x = a.terms["list"]
        single = x.items is None and isinstance(x.type, Scalar)
        entries = (x,) if single else x.items
        if entries is None:
            return el.error("type-mismatch", f"`{which}` takes a list of numbers, not {x.type}", x.span)
        levels: list[Fraction | None] = []
        for item in entries:
            number = as_number(item)
            v = number.constant
            if not isinstance(v, (int, Fraction)):
                return el.error("type-mismatch", f"`{which}` takes numbers known beforehand", item.span)
            try:
                levels.append(roles.level_of(el, which, Fraction(v), frame))
            except ValueError as problem:
                el.error(
                    "not-a-time",
                    f"{float(v):g} is no {'tick' if which == 'ticks' else 'noise level'}: {problem}",
                    item.span,
                )
                return unknown(e.span)
        key = f"{which}:{e.span.source.path}:{e.span.start}"
        if single:
            time = level(levels[0]) if levels[0] is not None else Time("symbol", f"{which} {x.constant}")
            type_: Type = TimeType(time)
        else:
            type_ = ListOf(TimeType(Time("symbol", key)), Dim.of(len(levels)))
        value = el.value("levels", (), type_, e.span, frame, values=tuple(levels), which=which)
        if not single and any(a is not None and b is not None and a <= b for a, b in pairwise(levels)):
            el.error(
                "bad-setting",
                "these times do not fall: a sampler goes from noise to data",
                e.span,
                help="write them from the noisiest to the cleanest",
            )
        return Term(value, levels=None if single else tuple(levels), key=key)

    return typed


def grid(el: Elaborator, e: ast.Call, frame: Frame) -> Term:
    a = _Arguments(el, e, frame, ("n",), 1)
    n = a.number("n")
    if not a.fine or n is None:
        return unknown(e.span)
    role = frame.family or el.default_role
    if isinstance(n.constant, (int, Fraction)) and n.constant < 1:
        return el.error("bad-setting", "a sampling grid has at least 1 step", n.span)
    dim = n.dim
    if dim is None:
        dim = el.fresh("n", Dim.of(1), Dim.of(1_000_000))
    el.count += 1
    key = f"grid:{role.model.name if role else ''}:{dim}"
    time = TimeType(Time("symbol", key))
    value = el.value(
        "grid", (n,), ListOf(Tuple((time, time)), dim), e.span, frame, role=role.ref if role else None
    )
    return Term(value, key=key, grid_length=dim)


def length(el: Elaborator, e: ast.Call, frame: Frame) -> Term:
    a = _Arguments(el, e, frame, ("list",), 1)
    if not a.fine:
        return unknown(e.span)
    x = a.terms["list"]
    if not isinstance(x.type, ListOf):
        return el.error("type-mismatch", f"`len` takes a list, not {x.type}", x.span)
    n = x.type.length if x.type.length is not None else el.fresh("len", Dim.of(1), Dim.of(1_000_000))
    constant = n.constant
    if constant is not None:
        value = el.value("const", (), Scalar("int"), e.span, frame, value=constant)
    else:
        value = el.value("len", (x,), Scalar("int"), e.span, frame)
    coef = const(constant) if constant is not None else _fresh(el, e.span)
    return Term(value, coef=coef, dim=n, constant=constant, choice=x.choice)


def select(el: Elaborator, e: ast.Call, frame: Frame) -> Term:
    a = _Arguments(el, e, frame, ("condition", "a", "b"), 3)
    if not a.fine:
        return unknown(e.span)
    c, x, y = a.terms["condition"], as_number(a.terms["a"]), as_number(a.terms["b"])
    if not isinstance(c.type, Scalar) or c.type.kind != "bool":
        return el.error("type-mismatch", f"`select` chooses by true or false, not {c.type}", c.span)
    if isinstance(x.type, Latent) and isinstance(y.type, Latent):
        if not compare.compare("select", x, y, el.bag, el.times(frame), el.default_kind):
            return unknown(e.span)
    elif type(x.type) is not type(y.type):
        return el.error("type-mismatch", f"`select` chooses between {x.type} and {y.type}", e.span)
    return Term(el.value("select", (c, x, y), x.type, e.span, frame), coef=_fresh(el, e.span))


def concat(el: Elaborator, e: ast.Call, frame: Frame) -> Term:
    axis = next((a.value for a in e.args if a.name == "axis"), None)
    items = [el.expression(a.value, frame) for a in e.args if a.name is None]
    if not items or not isinstance(axis, ast.Name):
        return el.error("missing-argument", "`concat` takes tensors and `axis = NAME`", e.span)
    if any(i.unknown for i in items):
        return unknown(e.span)
    value = el.value("concat", tuple(items), items[0].type, e.span, frame, axis=axis.id)
    first = items[0].type
    if isinstance(first, Latent):
        value = replace(value, type=Latent(first.space, None))
    return Term(value)


def average(el: Elaborator, e: ast.Call, frame: Frame) -> Term:
    a = _Arguments(el, e, frame, ("role", "decay"), 1)
    decay = a.number("decay")
    if not a.fine:
        return unknown(e.span)
    role = a.terms["role"]
    if not isinstance(role.type, RoleType) or not isinstance(role.role, roles.RoleBinding):
        return el.error("type-mismatch", f"`average` takes a role, not {role.type}", role.span)
    rate = 0.999 if decay is None else _float(decay, 0.999)
    if not 0 < rate < 1:
        return el.error("bad-setting", "a decay lies between 0 and 1", e.span)
    return replace(role, role=role.role.averaged(rate), place=e.span)


BUILT_IN: Mapping[str, Callable[[Elaborator, ast.Call, Frame], Term]] = {
    "stop": stop,
    "guide": guide,
    **{n: loss(n) for n in ("mse", "l1", "huber", "pseudo_huber")},
    **{n: reduction(n) for n in ("mean", "sum")},
    **{n: elementwise(n) for n in ("abs", "square", "sqrt", "exp", "log", "sin", "cos", "tanh")},
    **{n: extreme(n) for n in ("min", "max")},
    "uniform": uniform,
    "normal": number_range(float("-inf"), float("inf")),
    "logit_normal": number_range(0.0, 1.0),
    "pick": pick,
    "shifted": shifted,
    "clamp": clamp,
    "ticks": times_list("ticks"),
    "sigmas": times_list("sigmas"),
    "grid": grid,
    "len": length,
    "select": select,
    "concat": concat,
    "average": average,
    "recast": roles.recast,
    "bridge": roles.bridge,
    "jvp": roles.jvp,
}
