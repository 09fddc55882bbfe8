"""Statistics of many numbers that are neither means nor sums: the largest and the smallest, and the root of a spread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Context
from typing import TYPE_CHECKING, Literal

from .numbers.intervals import Interval, rising
from .op import ANY, ATOM, Op

if TYPE_CHECKING:
    from torch import Tensor


def root(x: Tensor) -> Tensor:
    """The square root, with no gradient at 0, where that of a length or of a spread has no direction."""
    there = x != 0
    return x.where(there, 1.0).sqrt() * there


def length_of_tokens(x: Tensor, each: Sequence[int]) -> Tensor:
    """The length of each token of latents [b, c, ...], as a view of their shape: channels and elements of a token are one
    vector. `each` says how many latents lie in one along each axis behind the channels, 0 for all of them."""
    sides = [n or size for n, size in zip(each, x.shape[2:], strict=True)]
    split = [part for size, n in zip(x.shape[2:], sides) for part in (size // n, n)]
    parts = x.reshape(len(x), x.shape[1], *split)
    found = root(parts.square().sum([1, *range(3, parts.dim(), 2)], keepdim=True))
    return found.expand_as(parts).reshape(x.shape)


def _same(x: Interval) -> Interval:
    return x


def _extreme_of_all(name: str, joins: Literal["max", "min"]) -> tuple[Op, ...]:
    """Over all samples, and over those of each prompt, which stand together."""
    of = f"a{joins}"
    return (
        Op(
            name,
            "reduction",
            1,
            f"{{0}}.{of}()",
            slots=(ATOM,),
            hint=joins,
            rule="reduction",
            interval=_same,
            joins=joins,
        ),
        Op(
            f"{name}_over_prompt",
            "broadcast",
            1,
            f"{{0}}.view(-1, {{each}}).{of}(1).repeat_interleave({{each}})",
            ATOM,
            (ATOM,),
        ),
    )


OPS = (
    *_extreme_of_all("largest", "max"),
    *_extreme_of_all("smallest", "min"),
    Op(
        "root",
        "pointwise",
        1,
        "root({0})",
        slots=(ANY,),
        host="math.sqrt({0})",
        imports="fdc.stages.statistics:root",
        rule="elementwise",
        gives="float",
        exact=Context.sqrt,
        interval=rising(math.sqrt, 0.0),
        triton="tl.sqrt_rn({0})",
        partials=("select(a == 0, 0, g/(2*y))",),
    ),
    Op(
        "length_of_tokens",
        "broadcast",
        1,
        "length_of_tokens({0}, {each})",
        imports="fdc.stages.statistics:length_of_tokens",
        hint="lengths",
    ),
    Op(
        "std",
        "expanded",
        1,
        form="std(x, per = sample)",
        meaning="The standard deviation of the elements of each sample, frame or channel, or `over = batch` of all "
        "samples: the root of the mean squared distance from the mean.",
        elsewhere=("stddev", "standard_deviation"),
        rule="std",
    ),
    Op(
        "norm",
        "expanded",
        1,
        form="norm(x, per = sample)",
        meaning="The length of each sample, or of each channel, as one vector: the root of the sum of its squares.",
        rule="norm",
        gives="float",
    ),
)
