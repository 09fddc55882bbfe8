"""How a module has its tensors where a stage has them otherwise: axes put together or taken apart, a list of samples, the
places of tokens on a grid.

A layout is written as `(h/2 w/2) (c h%2 w%2)`: the dims of a packed tensor after the batch, each the product of what stands
in it. `h` is a whole axis, `h/2` counts its pairs, `h%2` is the place in one, and `1` a dim of one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING

from .op import Op

if TYPE_CHECKING:
    from torch import Tensor

Part = tuple[str, str, int]
"""An axis ("" for none), what is taken of it ("" for all, "/" or "%"), and by how much."""

Layout = tuple[tuple[Part, ...], ...]


@lru_cache
def layout_of(text: str) -> Layout:
    """A layout as it is written."""
    groups = (one or other for one, other in re.findall(r"\(([^)]*)\)|(\S+)", text))
    return tuple(tuple(_part(p) for p in group.split()) for group in groups)


def _part(text: str) -> Part:
    axis, take, by = re.fullmatch(r"([a-z]*)([/%]?)(\d*)", text).groups()  # type: ignore[union-attr]
    return axis, take, int(by or 1)


def text_of(layout: Layout) -> str:
    """The inverse of `layout_of`."""
    groups = [
        " ".join(f"{axis}{take}{by if take or not axis else ''}" for axis, take, by in g) for g in layout
    ]
    return " ".join(f"({g})" if len(layout[i]) > 1 else g for i, g in enumerate(groups))


def packed(x: Tensor, axes: str, text: str) -> Tensor:
    """A tensor [b, *axes] in another layout: `packed(x, "c h w", "(h/2 w/2) (c h%2 w%2)")` makes rows of 2 x 2 patches, of
    which the channels are (c, row, column)."""
    names, layout = axes.split(), layout_of(text)
    sizes = dict(zip(names, x.shape[1:], strict=True))
    split, order = _split(names, layout, sizes)
    parts = x.reshape(len(x), *split.values()).permute(0, *(1 + list(split).index(p) for p in order))
    inner = {**split, ("", "", 1): 1}
    return parts.reshape(len(x), *(prod(inner[p] for p in group) for group in layout))


def unpacked(y: Tensor, axes: str, text: str, shape: Sequence[int]) -> Tensor:
    """The inverse of `packed`: a tensor [b, *shape] whose dims after the batch are `axes`."""
    names, layout = axes.split(), layout_of(text)
    split, order = _split(names, layout, dict(zip(names, shape, strict=True)))
    parts = y.reshape(len(y), *(split[p] for p in order))
    return parts.permute(0, *(1 + order.index(p) for p in split)).reshape(len(y), *shape)


def _split(names: Sequence[str], layout: Layout, sizes: dict[str, int]) -> tuple[dict[Part, int], list[Part]]:
    """The parts of all axes in the order of the axes, each with its size, and the same in the order of the layout."""
    order = [p for group in layout for p in group if p[0]]
    length = {p: sizes[p[0]] // p[2] if p[1] == "/" else p[2] if p[1] else sizes[p[0]] for p in order}
    # counts of groups come before places in them
    parts = sorted(order, key=lambda p: (names.index(p[0]), p[1] == "%"))
    return {p: length[p] for p in parts}, order


def positions(sizes: Sequence[int], device: object = None) -> Tensor:
    """The places of a grid as int64 [product of sizes, their number], row by row, the last one fastest."""
    import torch

    counts = [torch.arange(n, device=device) for n in sizes]  # type: ignore[call-overload]
    return torch.stack([c.reshape(-1) for c in torch.meshgrid(*counts, indexing="ij")], dim=-1)


def samples(x: Tensor, where: Tensor | None = None) -> list[Tensor]:
    """Each sample of [b, ...] by itself; with a mask [b, n] of [b, n, ...] the rows of each at which it is not zero."""
    if where is None:
        return list(x.unbind(0))
    return [row[kept.to(row.device).bool()] for row, kept in zip(x, where, strict=True)]


OPS = (
    Op(
        "pack",
        "opaque",
        1,
        'packed({0}, "{axes}", "{layout}")',
        imports="fdc.stages.layout:packed",
        form="pack(x, [[h/2, w/2], [c, h % 2, w % 2]])",
        meaning="A tensor in the layout that a module wants, in `by` of a stage: each entry is a dim, and a list the product "
        "of what stands in it. `h/2` counts pairs along `h`, `h % 2` is the place in a pair, `1` a dim of one.",
        elsewhere=("rearrange", "pixel_unshuffle"),
        rule="pack",
        hint="packed",
        own_order=True,
    ),
    Op(
        "unpack",
        "opaque",
        1,
        'unpacked({0}, "{axes}", "{layout}", {shape})',
        imports="fdc.stages.layout:unpacked",
        form="unpack(net(...), [[h/2, w/2], [c, h % 2, w % 2]])",
        meaning="What `pack` with this layout was given: the latents of a module's rows, in `by` of a stage.",
        elsewhere=("pixel_shuffle",),
        rule="unpack",
        hint="unpacked",
        own_order=True,
    ),
    Op(
        "stacked",
        "opaque",
        1,
        "torch.stack({0})",
        form="stacked(net(...))",
        meaning="One tensor of a module that returns a list with one for each sample, in `by` of a stage.",
        rule="stacked",
        hint="stacked",
        own_order=True,
    ),
    Op(
        "denormalize",
        "expanded",
        1,
        form="denormalize(x0)",
        meaning="Clean latents as their codec makes them, in `by` of a stage: for a module that was trained on such.",
        rule="denormalize",
    ),
    Op(
        "normalize",
        "expanded",
        1,
        form="normalize(net(...))",
        meaning="Clean latents of a module that makes them as the codec does, in `by` of a stage.",
        rule="normalize",
        own_order=True,
    ),
    Op(
        "positions",
        "opaque",
        1,
        "positions({0}, run.device)",
        imports="fdc.stages.layout:positions",
        form="positions([1, x.h, x.w])",
        meaning="The places of a grid, one row for each, the last axis fastest, in `by` of a stage: the ids of tokens.",
        rule="positions",
        hint="ids",
        gradient="none",
    ),
    Op(
        "samples",
        "opaque",
        None,
        "samples({*})",
        imports="fdc.stages.layout:samples",
        form="samples(x, where = c.mask)",
        meaning="A list with one tensor for each sample, in `by` of a stage; of rows, those at which the mask is one.",
        rule="samples",
        hint="samples",
    ),
)
"""They stand in what a stage hands to a component; those with an `own_order` also around the call of one."""
