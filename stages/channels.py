"""What is made of each channel of each sample, [b, c, ...], at every element of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .op import ATOM, Op

if TYPE_CHECKING:
    from torch import Tensor


def mean_of_channels(x: Tensor) -> Tensor:
    """The mean over all dims behind the channels, as a view of the shape of `x`."""
    return x.mean(list(range(2, x.dim())), keepdim=True).expand_as(x)


def sum_of_channels(x: Tensor) -> Tensor:
    """The sum over all dims behind the channels, as a view of the shape of `x`."""
    return x.sum(list(range(2, x.dim())), keepdim=True).expand_as(x)


def _of_channels(name: str) -> Op:
    function = f"{name}_of_channels"
    return Op(
        function,
        "broadcast",
        1,
        f"{function}({{0}})",
        ATOM,
        imports=f"fdc.stages.channels:{function}",
        hint=name,
    )


OPS = (_of_channels("mean"), _of_channels("sum"))
