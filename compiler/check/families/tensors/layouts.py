"""`pack(x, [[h/2, w/2], [c, h % 2, w % 2]])` in what a stage hands to a component: the layout, and the dims that follow.

A layout stands for dims after the batch. Each axis stands in it once, whole or as `a/k` and `a % k`; `1` is a dim of one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from .....stages.layout import Layout, Part, text_of
from ....base.diagnostic_bag import Bag
from ....base.frozen import struct
from ....base.source import Span
from ....syntax import ast
from ....types.dims import Answer, Dim, Facts, NotDivisible, Undecided
from ....types.types import Latent, Tensor, Type, axes_of

FORM = "`pack(x, [[h/2, w/2], [c, h % 2, w % 2]])`"


class BadLayout(Exception):
    """What is wrong with a layout, and what would be right."""

    def __init__(self, code: str, message: str, span: Span, help: str) -> None:
        super().__init__(message)
        self.code, self.span, self.help = code, span, help

    def report(self, bag: Bag) -> None:
        bag.error(self.code, str(self), self.span, help=self.help)


@struct
class Packing:
    """A layout over the axes of an unpacked tensor, in their order."""

    axes: tuple[str, ...]
    layout: Layout
    span: Span

    @property
    def texts(self) -> tuple[str, str]:
        """The axes and the layout, as emitted modules have them."""
        return " ".join(self.axes), text_of(self.layout)

    def packed(self, dims: Sequence[Dim], facts: Facts) -> tuple[Dim, ...]:
        """The dims after the batch of what is packed from dims after the batch. Raises `BadLayout`."""
        sizes = dict(zip(self.axes, dims, strict=True))
        return tuple(self._group(g, sizes, facts) for g in self.layout)

    def unpacked(self, dims: Sequence[Dim], facts: Facts) -> tuple[Dim, ...]:
        """The inverse of `packed`, where each dim leaves one axis to be told. Raises `BadLayout`."""
        if len(dims) != len(self.layout):
            wanted, count = len(self.layout), len(dims)
            message = f"this layout has {wanted} dims after the batch, and what has it has {count}"
            raise BadLayout("rank-mismatch", message, self.span, "one entry for each of its dims")
        sizes: dict[str, Dim] = {}
        left = list(zip(self.layout, dims))
        while left:
            told = [(g, d) for g, d in left if len(_open(g, sizes)) <= 1]
            if not told:
                what = ", ".join(f"`{a}`" for a in self.axes if a not in sizes)
                message = f"the sizes of {what} do not follow from this layout"
                raise BadLayout("dim-mismatch", message, self.span, "give axes a dim of their own")
            for g, d in told:
                self._solve(g, d, sizes, facts)
            left = [pair for pair in left if pair not in told]
        return tuple(sizes[a] for a in self.axes)

    def _solve(self, group: tuple[Part, ...], dim: Dim, sizes: dict[str, Dim], facts: Facts) -> None:
        unknown = _open(group, sizes)
        known = _product(self._part(p, sizes, facts) for p in group if p not in unknown)
        if not unknown:
            if facts.equal(known, dim) is Answer.REFUTED:
                message = f"this layout has {facts.show(known)} where there are {facts.show(dim)}"
                raise BadLayout("dim-mismatch", message, self.span, "")
            return
        ((axis, _, by),) = unknown
        sizes[axis] = self._divided(dim, known, facts) * by

    def _group(self, group: tuple[Part, ...], sizes: Mapping[str, Dim], facts: Facts) -> Dim:
        return _product(self._part(p, sizes, facts) for p in group)

    def _part(self, part: Part, sizes: Mapping[str, Dim], facts: Facts) -> Dim:
        axis, take, by = part
        if not axis or take == "%":
            return Dim.of(by)
        return self._divided(sizes[axis], Dim.of(by), facts, axis) if take else sizes[axis]

    def _divided(self, dim: Dim, by: Dim, facts: Facts, axis: str = "") -> Dim:
        try:
            return facts.divide(dim, by)
        except (NotDivisible, Undecided) as why:
            what = f"`{axis}/{facts.show(by)}`" if axis else "this layout"
            help = "say in `sizes` what makes it exact"
            raise BadLayout("not-divisible", f"{what} is no whole number: {why}", self.span, help) from None


def _open(group: tuple[Part, ...], sizes: Mapping[str, Dim]) -> list[Part]:
    return [p for p in group if p[0] and p[1] != "%" and p[0] not in sizes]


def _product(dims: object) -> Dim:
    return prod(dims, start=Dim.of(1))  # type: ignore[call-overload, no-any-return]


def packing(e: ast.Expr, like: Type) -> Packing:
    """A layout as it is written, over the axes of a tensor. Raises `BadLayout`."""
    axes = tuple(a or "" for a in axes_of(like)[1:])
    if not isinstance(e, ast.ListExpr) or not e.items:
        raise BadLayout("type-mismatch", "a layout is a list of dims after the batch", e.span, FORM)
    layout = tuple(tuple(map(_written, i.items if isinstance(i, ast.ListExpr) else (i,))) for i in e.items)
    found = Packing(axes, layout, e.span)
    for axis in dict.fromkeys(p[0] for g in layout for p in g if p[0]):
        if axis not in axes:
            named = ", ".join(filter(None, axes))
            raise BadLayout("unknown-name", f"there is no axis `{axis}` here", e.span, f"there are {named}")
    for axis in axes:
        parts = [p for g in layout for p in g if p[0] == axis]
        takes, steps = sorted(p[1] for p in parts), {p[2] for p in parts}
        if not axis or (takes != [""] and (takes != ["%", "/"] or len(steps) > 1)):
            what = f"axis `{axis}`" if axis else "an axis without a name"
            message = f"{what} does not stand in this layout once: whole, or as `a/k` and `a % k`"
            raise BadLayout("dim-mismatch", message, e.span, FORM)
    return found


def _written(e: ast.Expr) -> Part:
    match e:
        case ast.Number(value=1, is_float=False):
            return "", "", 1
        case ast.Name(id=axis):
            return axis, "", 1
        case ast.Binary(
            op="/" | "%" as op, left=ast.Name(id=axis), right=ast.Number(value=int() as by, is_float=False)
        ) if by > 1:
            return axis, op, by
        case _:
            message = (
                "a dim of a layout is made of axes `a`, groups of them `a/k`, places in one `a % k`, and 1"
            )
            raise BadLayout("type-mismatch", message, e.span, FORM)


def dims_of(t: Type) -> tuple[Dim, ...] | None:
    """Dims with the batch."""
    if isinstance(t, Latent):
        return t.space.dims or None
    return t.dims if isinstance(t, Tensor) else None
