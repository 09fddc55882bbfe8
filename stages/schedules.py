"""Tables of noise: processes that were trained on numbered entries, of each of which it is known how much noise there is.

A table is told by five numbers: its first and last beta, how many entries it has, the power of which betas are evenly spaced
roots (1 is linear, 2 is "scaled linear", as latent diffusion has it; Rombach et al., 2022), and whether its last entry is
brought to no signal at all (Lin et al., "Common diffusion noise schedules and sample steps are flawed", 2024, algorithm 1).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from functools import lru_cache
from math import sqrt
from typing import TYPE_CHECKING, TypeVar

from .numbers.intervals import Interval
from .op import Op

if TYPE_CHECKING:
    from torch import Tensor

Number = TypeVar("Number", float, "Tensor")

POWERS: Mapping[str, int] = {"linear": 1, "scaled_linear": 2}
"""How betas are spaced, by the words of a program."""
UNIT: Interval = (0.0, 1.0)
NEAR = 2e-3
"""An entry this near to a whole one is that: float32 tells neighbouring levels no further apart."""


@lru_cache(maxsize=32)
def levels(first: float, last: float, count: int, power: int, zero_snr: int) -> tuple[float, ...]:
    """The flow noise level s = sigma/(alpha + sigma) of each entry, rising."""
    if not (0 < first < last < 1 and count > 1 and power > 0 and count == int(count)):
        raise ValueError("betas rise within (0, 1), over at least 2 entries")
    low, high = first ** (1 / power), last ** (1 / power)
    signal, alphas = 1.0, []
    for k in range(count):
        signal *= 1 - (low + (high - low) * k / max(count - 1, 1)) ** power
        alphas.append(sqrt(signal))
    if zero_snr:
        top, end = alphas[0], alphas[-1]
        alphas = [(a - end) * top / (top - end) for a in alphas[:-1]] + [0.0]
    return tuple((s := sqrt(1 - a * a)) / (a + s) for a in alphas)


def entry_of(level: Number, first: float, last: float, count: int, power: int, zero_snr: int = 0) -> Number:
    """The entry of a noise level: between two of them a part of one, beyond the table its ends. A number, or a tensor of
    any shape, whose derivative by the level is kept."""
    known = levels(first, last, count, power, zero_snr)
    if isinstance(level, (int, float)):
        wide = min(max(float(level), known[0]), known[-1])
        above = min(max(bisect_left(known, wide), 1), count - 1)
        found = above - 1 + (wide - known[above - 1]) / (known[above] - known[above - 1])
        return float(round(found)) if abs(found - round(found)) < NEAR else found
    import torch

    table = torch.tensor(known, dtype=torch.float64, device=level.device)
    clamped = level.double().clamp(known[0], known[-1])
    index = torch.searchsorted(table, clamped).clamp(1, count - 1)
    low, high = table[index - 1], table[index]
    part = index - 1 + (clamped - low) / (high - low)
    off = part.round() - part
    return (part + torch.where(off.abs() < NEAR, off, 0.0).detach()).to(level.dtype)


def entry_level(k: Number, first: float, last: float, count: int, power: int, zero_snr: int = 0) -> Number:
    """The noise level of the entry nearest to a number."""
    known = levels(first, last, count, power, zero_snr)
    if isinstance(k, (int, float)):
        return known[min(max(round(k), 0), count - 1)]
    import torch

    return torch.tensor(known, device=k.device)[k.round().long().clamp(0, count - 1)]


_NUMBERS = "{1}, {2}, {3}, {4}, {5}"
OPS = (
    Op(
        "entry_of",
        "pointwise",
        6,
        f"entry_of({{0}}, {_NUMBERS})",
        imports="fdc.stages.schedules:entry_of",
        hint="ticks",
        gives="float",
        python=entry_of,
    ),
    Op(
        "entry_level",
        "pointwise",
        6,
        f"entry_level({{0}}, {_NUMBERS})",
        imports="fdc.stages.schedules:entry_level",
        hint="level",
        rule="entry_level",
        gives="float",
        gradient="none",
        distribution="changed",
        python=entry_level,
        interval=lambda *x: UNIT,
    ),
)
"""What a network is fed at a noise level, and the level of an entry that is drawn: `ticks(uniform(0, 999))`."""
