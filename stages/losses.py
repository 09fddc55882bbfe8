"""Losses between two tensors of the same shape [b, ...], as a scalar, as [b] with `per_sample`, as [b, t] where the dim
`frames` counts frames, or with `channels` at every element the number of its sample's channel.

`weight` is a number, or a tensor of one number, one a sample, or the rank of both, against which it broadcasts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .channels import mean_of_channels
from .op import Op

if TYPE_CHECKING:
    from torch import Tensor


def mse(
    a: Tensor,
    b: Tensor,
    weight: Tensor | float | None = None,
    *,
    per_sample: bool = False,
    frames: int | None = None,
    channels: bool = False,
) -> Tensor:
    """Mean of (a - b)²."""
    return _mean((a - b).square(), weight, per_sample, frames, channels)


def l1(
    a: Tensor,
    b: Tensor,
    weight: Tensor | float | None = None,
    *,
    per_sample: bool = False,
    frames: int | None = None,
    channels: bool = False,
) -> Tensor:
    """Mean of |a - b|."""
    return _mean((a - b).abs(), weight, per_sample, frames, channels)


def huber(
    a: Tensor,
    b: Tensor,
    weight: Tensor | float | None = None,
    delta: float = 1.0,
    *,
    per_sample: bool = False,
    frames: int | None = None,
    channels: bool = False,
) -> Tensor:
    """Mean of d²/2 where d = |a - b| is below delta, of delta*(d - delta/2) above (Huber, 1964)."""
    distance = (a - b).abs()
    near = distance.clamp(max=delta)
    return _mean(near * (distance - near / 2), weight, per_sample, frames, channels)


def pseudo_huber(
    a: Tensor,
    b: Tensor,
    weight: Tensor | float | None = None,
    delta: float = 1.0,
    *,
    per_sample: bool = False,
    frames: int | None = None,
    channels: bool = False,
) -> Tensor:
    """Mean of sqrt((a - b)² + delta²) - delta, element by element (Charbonnier et al., 1997)."""
    return _mean(((a - b).square() + delta * delta).sqrt() - delta, weight, per_sample, frames, channels)


def _mean(
    x: Tensor,
    weight: Tensor | float | None,
    per_sample: bool,
    frames: int | None = None,
    channels: bool = False,
) -> Tensor:
    if weight is not None:
        if not isinstance(weight, (int, float)) and weight.dim() == 1:
            weight = weight.view(-1, *[1] * (x.dim() - 1))
        x = x * weight
    if channels:
        return mean_of_channels(x)
    if frames is not None:
        return x.mean([k for k in range(1, x.dim()) if k != frames])
    return x.flatten(1).mean(1) if per_sample else x.mean()


def loss(
    name: str,
    scalar: str,
    meaning: str,
    elsewhere: tuple[str, ...] = (),
    of_vectors: bool = False,
    **options: float,
) -> Op:
    """A loss, which the function of its name in this file computes. `scalar` is its value at one element, an
    expression of `a`, `b` and the options; `options` are further parameters, with their defaults."""
    written = "".join(f", {option} = {default:g}" for option, default in options.items())
    return Op(
        name,
        "reduction",
        None,
        f"{name}({{*}}{{options}})",
        imports=f"fdc.stages.losses:{name}",
        form=f"{name}(a, b{written}, weight = 1, per = sample)",
        meaning=f"{meaning} Both sides must be the same quantity, in one space, at one time.",
        rule="loss",
        options=tuple(options.items()),
        elsewhere=elsewhere,
        of_vectors=of_vectors,
        explained=True,
        box="loss",
        scalar=scalar,
        reduces="mean",
    )


OPS = (
    loss(
        "mse",
        "square(a - b)",
        "The mean of the squared difference.",
        ("mse_loss", "l2", "l2_loss", "MSELoss"),
    ),
    loss("l1", "abs(a - b)", "The mean of the absolute difference.", ("l1_loss", "mae", "L1Loss")),
    loss(
        "huber",
        "min(abs(a - b), delta)*(abs(a - b) - min(abs(a - b), delta)/2)",
        "Squared below `delta`, linear above it.",
        ("huber_loss", "smooth_l1", "smooth_l1_loss"),
        delta=1.0,
    ),
    loss(
        "pseudo_huber",
        "sqrt(square(a - b) + delta*delta) - delta",
        "A smooth passage from squared to linear at `delta`.",
        of_vectors=True,
        delta=1.0,
    ),
)
