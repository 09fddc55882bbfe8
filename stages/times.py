"""Times at run time, and what each process makes of them.

A time is the flow noise level s = sigma/(alpha + sigma) in [0, 1] of its signal-to-noise ratio: a Python
float where it is the same for all samples and known on the host, else a float32 tensor, `[]`, `[b]` or, for
each frame, `[b, t]`. A process reads it as

    flow        sigma = s                   alpha = 1 - s
    vp, trig    sigma = s / hypot(s, 1-s)   alpha = (1-s) / hypot(s, 1-s)     (angle = atan2(s, 1-s))
    edm         sigma = s / (1-s)           alpha = 1
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from .numbers.intervals import Interval
from .op import ATOM, Op

if TYPE_CHECKING:
    from torch import Tensor

Level = TypeVar("Level", float, "Tensor")


def shifted(u: Level, shift: float) -> Level:
    """`u` moved towards noise: shift*u / (1 + (shift - 1)*u), the resolution shift of flow models.

    Esser et al., "Scaling rectified flow transformers" (2024), eq. 23.
    """
    return shift * u / (1 + (shift - 1) * u)


def each_shifted(levels: Sequence[float], shift: float) -> tuple[float, ...]:
    """Every level of a list, shifted."""
    return tuple(shifted(s, shift) for s in levels)


def _shifted_interval(x: Interval, shift: Interval) -> Interval:
    """A shift above 0 rises with the level and with itself, and leaves 0 and 1 where they are."""

    def at(s: float, by: float) -> float:
        if not 0 < s < 1 or by <= 0 or by == math.inf:
            return s if by <= 0 or not 0 < s < 1 else 1.0
        return shifted(s, by)

    return at(x[0], shift[0]) if shift[0] > 0 else min(x[0], 0.0), at(x[1], shift[1])


def grid(n: int, shift: float, top: float = 1.0, terminal: float = 0.0) -> tuple[float, ...]:
    """The n + 1 levels of a sampling grid, from the top of the process (noise) to 0 (data).

    With a `terminal` the distances from 1 are stretched so that the last level before data is that one, as
    `shift_terminal` of diffusers' schedulers does. Raises ValueError for a single step, which has no such distance.
    """
    first = shifted(top, 1 / shift) if top < 1 else 1.0
    levels = [top, *(shifted(first * (1 - i / n), shift) for i in range(1, n))]
    if terminal:
        if n < 2:
            raise ValueError(f"a grid of {n} step has no level at {terminal:g} before data")
        over = (1 - terminal) / (1 - levels[-1])
        levels = [1 - (1 - s) * over for s in levels]
    return (*levels, 0.0)


def tail(levels: Sequence[float], start: float | Tensor) -> tuple[float, ...]:
    """A level at which a grid is to begin, and those of its levels that lie below it. Of one of its own levels it is the rest
    of the grid, as image-to-image pipelines of diffusers have it (`strength`); below level 0 is nothing."""
    first = float(start)
    return (first, *(s for s in levels if s < first - _NEAR))


_NEAR = 1e-6
"""By which levels may differ and be one."""


def per_sample(t: float | Tensor, like: Tensor) -> Tensor:
    """A time as float32 [b] on the device of `like`, a floating-point tensor [b, ...]."""
    if isinstance(t, (int, float)):
        return like.new_full((len(like),), t).float()
    return t.to(like.device).float().expand(len(like))


def each_frame(t: float | Tensor, like: Tensor, frames: int) -> Tensor:
    """A time as float32 [b, frames] on the device of `like`, a floating-point tensor [b, ...]; of a sample, all frames have
    the same."""
    if isinstance(t, (int, float)):
        return like.new_full((len(like), frames), t).float()
    t = t.to(like.device).float()
    return (t[:, None] if t.dim() == 1 else t).expand(len(like), frames)


def _hypot(s: Level) -> Level:
    root: Level = (s * s + (1 - s) * (1 - s)) ** 0.5
    return root


def circle_sigma(s: Level) -> Level:
    """sigma of a variance-preserving process."""
    return s / _hypot(s)


def circle_alpha(s: Level) -> Level:
    """alpha of a variance-preserving process."""
    return (1 - s) / _hypot(s)


def circle_angle(s: Level) -> Level:
    """The angle u of a trigonometric process, sigma = sin u."""
    if isinstance(s, (int, float)):
        return math.atan2(s, 1 - s)
    return s.atan2(1 - s)


def edm_sigma(s: Level) -> Level:
    """sigma of a variance-exploding process, whose alpha is 1."""
    return s / (1 - s)


READINGS: dict[tuple[str, str], str] = {
    ("sigma", "vp"): "circle_sigma",
    ("alpha", "vp"): "circle_alpha",
    ("angle", "vp"): "circle_angle",
    ("sigma", "trig"): "circle_sigma",
    ("alpha", "trig"): "circle_alpha",
    ("angle", "trig"): "circle_angle",
    ("sigma", "edm"): "edm_sigma",
}
"""The op that reads sigma, alpha or the angle of a process; flow's two, s and 1 - s, and edm's alpha need
none."""


_HYPOT = "sqrt(a*a + (1 - a)*(1 - a))"
_SCALARS = {
    "circle_sigma": f"a/{_HYPOT}",
    "circle_alpha": f"(1 - a)/{_HYPOT}",
    "edm_sigma": "a/(1 - a)",
}


def _map(name: str) -> Op:
    scalar = _SCALARS.get(name, "")
    hint = f"{name.rpartition('_')[2]}s"
    text = f"{name}({{0}})"
    return Op(name, "pointwise", 1, text, imports=f"fdc.stages.times:{name}", scalar=scalar, hint=hint)


OPS = (
    Op(
        "shifted",
        "pointwise",
        2,
        "shifted({0}, {1})",
        imports="fdc.stages.times:shifted",
        form="shifted(x, shift)",
        meaning="Noise levels, times or their distribution under the flow shift `shift*s / (1 + (shift - 1)*s)`: "
        "above 1 towards noise.",
        rule="shifted",
        distribution="changed",
        python=shifted,
        interval=_shifted_interval,
        scalar="b*a/(1 + (b - 1)*a)",
    ),
    Op(
        "each_shifted",
        "host",
        2,
        "each_shifted({0}, {1})",
        imports="fdc.stages.times:each_shifted",
        hint="levels",
        gradient="none",
    ),
    Op(
        "level",
        "expanded",
        1,
        form="level(x)",
        meaning="The time whose noise level is this number, which lies in [0, 1] whatever the numbers in it are.",
        rule="level",
        interval=lambda x: x,
    ),
    Op("levels", "host", 0, "[{levels}]", rule="levels", gradient="none", box="time"),
    Op("sigma", "expanded", 1, time_part="The noise's coefficient at this time."),
    Op("alpha", "expanded", 1, time_part="The data's coefficient at this time."),
    Op("angle", "expanded", 1),
    Op(
        "ticks",
        "expanded",
        1,
        form="ticks(list)",
        meaning="Times by what the first role's network is fed, such as `ticks([1000, 757])`.",
        rule="times",
        time_part="What the network is fed for this time.",
    ),
    Op(
        "sigmas",
        "expanded",
        1,
        form="sigmas(list)",
        meaning="Times by their noise level, such as `sigmas([1.0, 0.5])`.",
        rule="times",
    ),
    Op("per_sample", "broadcast", 2, "per_sample({0}, {1})", imports="fdc.stages.times:per_sample"),
    Op("each_frame", "broadcast", 2, "each_frame({0}, {1}, {frames})", imports="fdc.stages.times:each_frame"),
    *(_map(name) for name in sorted(set(READINGS.values()))),
    Op("gather", "pointwise", 2, "torch.tensor({0}, device=run.device)[{1}]", gradient="none"),
    Op(
        "gather_rows",
        "pointwise",
        2,
        "torch.stack({0}, 1).gather(1, {1}[:, None])[:, 0]",
        ATOM,
        (0, ATOM),
    ),
)
"""`ticks(...)` and `sigmas(...)` give `levels`; `t.ticks`, `t.sigma` and `t.alpha` read a time."""
