"""A space's `normalize`: linear in z, made of numbers and constants of the codec, and possible to undo."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from zlib import crc32

from .....stages.table import FUNCTIONS
from ....base.diagnostic_bag import Bag
from ....base.source import Span
from ....syntax import ast
from ....syntax.visitor import nodes
from ...core.suggestions import did_you_mean
from .codings import path_of

CONSTANTS_OF = tuple(n for n, op in FUNCTIONS.items() if op.rule == "elementwise")
"""Functions of constants that a `normalize` may read: `sqrt(vae.bn.running_var)`."""


class NotLinear(Exception):
    """Something in a `normalize` that may not stand there; the text says what."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.span = span


def check_normalize(d: ast.SpaceDecl, components: Collection[str], bag: Bag) -> None:
    for e in d.entries:
        if e.name != "normalize":
            bag.error(
                "unknown-setting",
                f"a space has no setting `{e.name}`",
                e.span,
                help=did_you_mean(e.name, ("normalize",), "it has `normalize`"),
            )
    if d.factors:
        return
    codec = d.codec.id if d.codec is not None else "vae"
    entry = next((e for e in d.entries if e.name == "normalize"), None)
    if entry is None or entry.value is None:
        bag.error(
            "missing-argument",
            f"space `{d.name.id}` does not say how its latents are normalised",
            d.name.span,
            help=f"for example `normalize = z * {codec}.config.scaling_factor`, or `normalize = z`",
        )
        return
    if d.codec is None or codec not in components:
        return
    axes = {dim.axis for dim in d.type.dims} if d.type is not None else set()
    by_frame = next((n for n in nodes([entry.value]) if isinstance(n, ast.Index)), None)
    if by_frame is not None and "t" not in axes:
        bag.error(
            "rank-mismatch",
            f"`{by_frame.span.text}` is one for each latent frame, and latents of `{d.name.id}` have none",
            by_frame.span,
            help=f"`{by_frame.base.span.text}` is one for each channel",
        )
        return
    try:
        degree = _degree(entry.value, codec)
    except NotLinear as why:
        bag.error(
            "bad-setting",
            f"`normalize` {why}",
            why.span,
            help=f"it is made of z, numbers and the codec's own constants: `{codec}.config.NAME`",
        )
        return
    if degree != 1:
        bag.error(
            "bad-setting",
            "`normalize` must be linear in z, so that it can be undone",
            entry.value.span,
            help=f"for example `normalize = z * {codec}.config.scaling_factor`",
        )
    elif (times := _times(entry.value, "z")) != 1:
        bag.error(
            "bad-setting",
            f"`normalize` reads z {times} times: it is undone step by step, from one z",
            entry.value.span,
            help=f"put it together: `(z - {codec}.config.shift) * {codec}.config.scaling_factor`",
        )
    elif not _invertible(entry.value):
        bag.error(
            "bad-setting",
            "this `normalize` cannot be undone: nothing of z is left",
            entry.value.span,
            "times nothing, or divided by it",
            help=f"for example `normalize = z * {codec}.config.scaling_factor`",
        )
    elif (again := _applied_again(entry.value)) is not None:
        bag.error(
            "bad-setting",
            f"`normalize` applies `{again.span.text}` twice: latents are normalised once",
            again.span,
            "once more here",
            help="the compiler normalises what each `encode` gives, and undoes it before each `decode`",
        )


def _degree(e: ast.Expr, codec: str) -> int:
    """The degree in z, 2 standing for all that is not linear. Raises `NotLinear`."""
    match e:
        case ast.Number():
            return 0
        case ast.Name(id="z"):
            return 1
        case ast.Attr() if path := path_of(e):
            if path[0] == codec:
                return 0
            raise NotLinear(f"reads `{path[0]}`, which is not the space's codec", e.span)
        case ast.Call(func=ast.Name(id=name), args=[ast.Arg(name=None, value=x)]) if name in CONSTANTS_OF:
            return 2 if _degree(x, codec) else 0
        case ast.Unary(op="-", operand=x):
            return _degree(x, codec)
        case ast.Index(base=ast.Attr() as x, index=ast.Name(id="t")):  # one for each latent frame
            return _degree(x, codec)
        case ast.Binary(op="+" | "-" | "*" | "/" as op, left=left, right=right):
            a, b = _degree(left, codec), _degree(right, codec)
            if op in "+-":
                return max(a, b)
            if op == "*":
                return min(a + b, 2)
            return a if b == 0 else 2
        case ast.Name(id=name):
            raise NotLinear(f"knows no `{name}`", e.span)
        case _:
            raise NotLinear("cannot hold this", e.span)


def _applied_again(e: ast.Expr) -> ast.Expr | None:
    """A constant of the codec by whose square, or more, z is multiplied or divided."""
    read = [n for n in nodes([e]) if isinstance(n, ast.Attr) and path_of(n)]
    texts = [n.span.text for n in read]
    for n in read:
        if texts.count(n.span.text) > 1:
            plain, doubled = (_slope(e, {n.span.text: k}) for k in (1, 2))
            if plain and max(doubled / plain, plain / doubled) >= 4:
                return next(m for m in reversed(read) if m.span.text == n.span.text)
    return None


def _slope(e: ast.Expr, factors: Mapping[str, int]) -> Fraction:
    """What z is multiplied by, where some constants are larger by a factor."""
    return _value(e, Fraction(1), factors) - _value(e, Fraction(0), factors)


def _times(e: ast.Expr, name: str) -> int:
    return sum(isinstance(n, ast.Name) and n.id == name for n in nodes([e]))


def _invertible(e: ast.Expr) -> bool:
    """Whether a linear formula depends on z, whatever the codec's constants are (0 aside)."""
    try:
        return _value(e, Fraction(0)) != _value(e, Fraction(1))
    except ZeroDivisionError:
        return False


def _value(e: ast.Expr, z: Fraction, factors: Mapping[str, int] | None = None) -> Fraction:
    """The formula at a z; each constant of the codec has a number of its own, which no sum of few others is. Those of
    `factors` are larger by these."""
    match e:
        case ast.Number(value=value):
            return Fraction(value)
        case ast.Name():
            return z
        case ast.Unary(operand=x):
            return -_value(x, z, factors)
        case ast.Index(base=x):
            return _value(x, z, factors)
        case ast.Binary(op=op, left=left, right=right):
            a, b = _value(left, z, factors), _value(right, z, factors)
            return a + b if op == "+" else a - b if op == "-" else a * b if op == "*" else a / b
        case ast.Attr() | ast.Call():
            return Fraction(crc32(e.span.text.encode()) + 3, 65521) * (factors or {}).get(e.span.text, 1)
        case _:
            raise AssertionError(e)
