"""The sizes of a program's buckets, as they are listed, or for `auto` the shapes that have about as many pixels.

Each is a choice of all sizes of the program; those that a bucket does not name are the program's own.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from math import log

from ....base.diagnostics import Label
from ....base.frozen import struct
from ....base.source import Span
from ....syntax import ast
from ....types.dims import accepts
from ...core.suggestions import report_unknown
from ..blocks.sizes_block import MAX_SIZE
from ..legal_sizes import asked_sizes
from ..program_state import BucketSizes, ProgramState

CALL = "sizes"
RATIOS = (1.0, 4 / 3, 3 / 2, 16 / 9, 2.0)
"""Of the longer side to the shorter: shapes that `auto` looks for, lying and standing."""
NEAR = 0.1
"""How far, as a logarithm, a shape of `auto` may be from the ratio that it stands for."""
LENGTHS = 3
"""Lengths of clips that `auto` has, each about half of the one before; images come on top."""


@struct
class Axes:
    """The names of the sizes that clips and images have, as the first field of pixels names them."""

    frames: str | None
    height: str
    width: str


def bucket_sizes(state: ProgramState, d: ast.DataDecl, expr: ast.Expr) -> tuple[BucketSizes, ...]:
    """The buckets beside the program's own sizes; none after an error. `expr` is what the setting says."""
    axes = _axes(state, d)
    if axes is None:
        state.bag.error(
            "bad-setting",
            "`buckets` are sizes of clips and images, and no field of pixels is as large as sizes of the program",
            expr.span,
            help="name them: `video: pixels[b, 3, F, H, W]`, with `sizes { F = ..., H = ..., W = ... }`",
        )
        return ()
    if not isinstance(expr, ast.ListExpr):
        return tuple(_made(state, axes, expr.span))
    found: list[BucketSizes] = []
    seen: dict[tuple[int, ...], Span] = {}
    for item in expr.items:
        one = _listed(state, item)
        if one is None:
            continue
        key = tuple(one.sizes.get(n, own)[0] for n, own in state.sizes.items())
        if key in seen:
            state.bag.error(
                "duplicate-name",
                "two buckets have the same sizes",
                item.span,
                labels=(Label(seen[key], "first given here"),),
                help="keep one of the two",
            )
            continue
        seen[key] = item.span
        if any(
            one.sizes[n][0] != state.sizes[n][0] for n in one.sizes
        ):  # the program's own are a bucket anyhow
            found.append(one)
    return tuple(found)


def _axes(state: ProgramState, d: ast.DataDecl) -> Axes | None:
    for f in d.fields:
        if isinstance(f.type, ast.TypeExpr) and f.type.name == "pixels" and len(f.type.dims) in (4, 5):
            names = [x.value.id if isinstance(x.value, ast.Name) else "" for x in f.type.dims[2:]]
            if all(n in state.sizes for n in names[-2:]):
                frames = names[0] if len(names) == 3 and names[0] in state.sizes else None
                return Axes(frames, *names[-2:])
    return None


# a list


def _listed(state: ProgramState, item: ast.Expr) -> BucketSizes | None:
    called = isinstance(item, ast.Call) and isinstance(item.func, ast.Name) and item.func.id == CALL
    if not isinstance(item, ast.Call) or not called:
        example = ", ".join(f"{n} = {v}" for n, (v, _) in state.sizes.items())
        state.bag.error(
            "bad-setting",
            f"a bucket is `{CALL}(...)`, and this is `{item.span.text}`",
            item.span,
            help=f"`{CALL}({example})`, of which those that are the program's own may be left out",
        )
        return None
    sizes: dict[str, tuple[int, Span]] = {}
    right = True
    for a in item.args:
        value = a.value.value if isinstance(a.value, ast.Number) else None
        if a.name is None or a.name not in state.sizes:
            right = False
            report_unknown(
                state.bag,
                "unknown-name",
                f"the program has no size `{a.name}`" if a.name else "a bucket's sizes have their names",
                a.span,
                a.name or "",
                list(state.sizes),
                otherwise=f"it has {', '.join(state.sizes)}",
            )
        elif not isinstance(value, int) or not 1 <= value <= MAX_SIZE:
            right = False
            state.bag.error(
                "bad-setting", f"size `{a.name}` is a whole number from 1 to {MAX_SIZE:,}", a.span
            )
        else:
            sizes[a.name] = (value, a.span)
    return BucketSizes(sizes, item.span) if right else None


# auto


def _made(state: ProgramState, axes: Axes, span: Span) -> Iterator[BucketSizes]:
    """Shapes of no more pixels than the program's own sizes, as clips of its length and shorter ones, and as images."""
    own = {n: state.sizes[n][0] for n in (axes.height, axes.width)}
    legal = _legal(state)
    shapes = list(
        _shapes(
            own[axes.height], own[axes.width], lambda v: legal(axes.height, v), lambda v: legal(axes.width, v)
        )
    )
    lengths: Sequence[int | None] = [None]
    if axes.frames is not None:
        frames = axes.frames
        lengths = _lengths(state.sizes[frames][0], lambda v: legal(frames, v))
    for length in lengths:
        for height, width in shapes:
            sizes = {axes.height: (height, span), axes.width: (width, span)}
            if axes.frames is not None and length is not None:
                sizes[axes.frames] = (length, span)
            if any(state.sizes[n][0] != v for n, (v, _) in sizes.items()):
                yield BucketSizes(sizes, span, made=True)


def _legal(state: ProgramState) -> Callable[[str, int], bool]:
    """Whether all families of the program accept a number for a size."""
    asked = asked_sizes(state)

    def legal(name: str, value: int) -> bool:
        return all(a.size.pattern is None or accepts(a.size.pattern, value) for a in asked.get(name, ()))

    return legal


def _shapes(
    height: int, width: int, legal_height: Callable[[int], bool], legal_width: Callable[[int], bool]
) -> list[tuple[int, int]]:
    """The program's own shape, the same standing or lying, and those nearest to `RATIOS`, of up to as many pixels."""
    area = height * width
    longest = int((area * RATIOS[-1] * 1.5) ** 0.5) + 1
    heights = [n for n in range(1, longest + 1) if legal_height(n)]
    widths = [n for n in range(1, longest + 1) if legal_width(n)]
    found = [(height, width)]
    if legal_height(width) and legal_width(height) and (width, height) not in found:
        found.append((width, height))
    for ratio in (r for long in RATIOS for r in dict.fromkeys((long, 1 / long))):
        best, least = None, NEAR
        for h in heights:
            k = bisect_right(widths, area // h)
            if k == 0:
                continue
            w = widths[k - 1]
            away = abs(log(w / h / ratio))
            lost = 1 - w * h / area
            if away < NEAR and away + lost < least + NEAR:
                best, least = (h, w), away + lost - NEAR
        near = any(abs(log(best[1] / best[0]) - log(w / h)) < NEAR / 2 for h, w in found) if best else True
        if best is not None and not near:
            found.append(best)
    return found


def _lengths(frames: int, legal: Callable[[int], bool]) -> list[int]:
    """The program's number of frames, about half and a quarter of it, and 1 for images, as far as families accept them."""
    found = [frames]
    for k in range(1, LENGTHS):
        shorter = [n for n in range(2, found[-1]) if legal(n)]
        if shorter:
            found.append(min(shorter, key=lambda n: abs(n - frames / 2**k)))
    return [*found, 1] if 1 not in found and legal(1) else found
