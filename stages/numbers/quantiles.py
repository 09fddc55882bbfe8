"""Quantile functions of distributions that have no simple one: below which number a share of the draws lies."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

CELLS = 4096
"""Of the table that tensors are looked up in: its points are equally far apart in the angle θ of x = sin²θ."""


def beta_quantile(u: Tensor, a: float, b: float) -> Tensor:
    """The numbers in [0, 1] of a beta distribution below which the shares `u` in [0, 1] lie, to 1e-6."""
    import torch

    table = torch.tensor(_beta_shares(float(a), float(b)), dtype=torch.float64, device=u.device)
    share = u.double()
    k = torch.searchsorted(table, share.contiguous(), right=True).clamp(1, CELLS) - 1
    low, high = table[k], table[k + 1]
    part = ((share - low) / (high - low).clamp(min=1e-300)).clamp(0, 1)
    return ((k + part) * (math.pi / 2 / CELLS)).sin().square().to(u.dtype)


@lru_cache
def _beta_shares(a: float, b: float) -> tuple[float, ...]:
    return tuple(share_of_beta(math.sin(math.pi / 2 * k / CELLS) ** 2, a, b) for k in range(CELLS + 1))


def beta_inverse(share: float, a: float, b: float) -> float:
    """`beta_quantile` of one number, by halving."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if share_of_beta(middle, a, b) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def share_of_beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b), by its continued fraction (DLMF 8.17.22), which converges fast
    for x below (a + 1)/(a + b + 2); beyond it, by 1 - I_{1-x}(b, a)."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - share_of_beta(1 - x, b, a)
    front = a * math.log(x) + b * math.log1p(-x) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    # from the last term to the first: 1/(1 + d1/(1 + d2/(1 + ...)))
    fraction = 1.0
    for m in range(_TERMS, 0, -1):
        n, odd = divmod(m, 2)
        top = -(a + n) * (a + b + n) if odd else n * (b - n)
        below = (a + 2 * n) * (a + 2 * n + 1) if odd else (a + 2 * n - 1) * (a + 2 * n)
        fraction = 1 + top * x / below / fraction
    return min(1.0, math.exp(front) / a / fraction)


_TERMS = 120
"""Of the continued fraction: enough for a and b up to a few hundred."""
