"""A family's process: how it mixes clean data and noise at a noise level, and what its network says there."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cached_property

from ..base.frozen import field, struct
from ..base.source import Span
from ..types.coefficients import ONE, ZERO, Coef, Time, exact_root, read
from ..types.quantity import CLEAN, NOISE, Quantity, noisy
from .grids import BadGrid, Betas, GridRule
from .shifts import DynamicShift
from .values import Formula, Value, every_value

NOW = Time("symbol", "process")
"""The time at which a process states its prediction."""


@struct
class Stated:
    """A setting as its author wrote it: the entry, and its value where it has one."""

    span: Span
    value: Span | None


@struct
class Process:
    """`kind` is one of quantity.KINDS, `prediction` what the network says at `NOW`, `ticks` what it is fed of a time.

    `tick_ends` are the ticks at noise levels 0 and 1, where they are linear in the level. `shift` is that of training
    and of sampling grids. `top` is the level from which on pure noise is noisy, the last that a network is asked at: 1
    but for a stated `range` or `schedule`; None where it is not known here, of an exploding process without a `range` or
    of one whose ticks a component tells. `table` is the stated `schedule`, whose entries are the ticks, and `grid` the
    rule of sampling grids, where the process has its own. `settings` are the declared ones in their order, `place` is
    that of the name; `lets` says that the formulas use names of their own. `chosen` names what the program or the variant
    states in the family's place.
    """

    name: str
    kind: str
    prediction: Quantity
    ticks: Formula | None
    tick_ends: tuple[Fraction, Fraction] | None
    shift: float
    place: Span
    settings: Mapping[str, Stated] = field(default_factory=dict)
    lets: bool = False
    chosen: tuple[str, ...] = ()
    top: Fraction | None = Fraction(1)
    dynamic: DynamicShift | None = None
    table: Betas | None = None
    grid: GridRule | None = None

    def shift_of(self, steps: int | None) -> float | None:
        """The shift of a grid of so many steps; None where it is not known."""
        return self.dynamic.of(steps) if self.dynamic is not None else self.shift

    @property
    def shift_words(self) -> str:
        """`shift 3`, as tables have it."""
        found, dynamic = self.shift_of(None), self.dynamic
        if dynamic is not None and dynamic.by_steps:
            return "shift by the number of steps"
        end = f", ending at {dynamic.terminal:g}" if dynamic is not None and dynamic.terminal else ""
        return f"shift {found:g}{end}" if found is not None else f"shift by sizes{end}"

    @property
    def scheduled(self) -> Value | None:
        """The call of a component in `ticks`, where a table that comes with its weights tells them: `unet.schedule(s)`."""
        values = every_value([self.ticks.result]) if self.ticks is not None else ()
        return next((v for v in values if v.op == "component"), None)

    def noisy(self, time: Time) -> Quantity:
        """The network's input at a time."""
        return noisy(self.kind, time)

    def predicted(self, time: Time) -> Quantity:
        """What the network says at a time."""
        return self.prediction.at(NOW, time)

    def level_of_ticks(self, ticks: Fraction) -> Fraction | None:
        """The noise level (of a flow process: sigma) at which the network is fed `ticks`; None if not known here.

        Raises ValueError when the ticks are outside what the process has.
        """
        if self.table is not None:
            return self.table.level_of(ticks)
        if self.tick_ends is None:
            if ticks < 0:
                raise ValueError("ticks are not negative")
            return None
        low, high = self.tick_ends
        if not min(low, high) <= ticks <= max(low, high):
            raise ValueError(f"`{self.name}` has ticks from {float(low):g} to {float(high):g}")
        return self.level_of_sigma((ticks - low) / (high - low))

    def level_of_sigma(self, sigma: Fraction) -> Fraction:
        """The noise level at which the noise's coefficient is `sigma`.

        Raises ValueError when that is outside what the process has.
        """
        if sigma < 0 or (sigma > 1 and self.kind != "edm"):
            raise ValueError(
                "noise levels of this process lie in [0, 1]" if sigma > 1 else "noise levels are not negative"
            )
        found = level_of_sigma(self.kind, sigma)
        if self.top is not None and found > self.top:
            raise ValueError(f"`{self.name}` ends at sigma {self.top_sigma:g}")
        return found

    @property
    def grid_top(self) -> Fraction:
        """The level at which grids begin: of an exploding process that states no range, sigma 80 (Karras et al., 2022)."""
        if self.top is not None:
            return self.top
        return level_of_sigma(self.kind, Fraction(80)) if self.kind == "edm" else Fraction(1)

    def grid_levels(self, n: int) -> tuple[Fraction, ...]:
        """The n + 1 levels of a grid of the process's own rule, the last of which is 0. Raises `BadGrid`."""
        rule = self.grid
        assert rule is not None
        found: list[Fraction] = []
        for k, number in enumerate(rule.numbers(n, self.shift_of(n))):
            try:
                here = self._grid_level(Fraction(number))
            except ValueError as problem:
                raise BadGrid(f"its level {k} of {n} is {float(number):.6g}: {problem}") from None
            if here is None:
                raise BadGrid("which noise levels these ticks have is not known here")
            if here <= 0 or (found and here >= found[-1]):
                raise BadGrid(f"its level {k} of {n} does not fall: a sampler goes from noise to data")
            found.append(here)
        return (*found, Fraction(0))

    def signal_at(self, level: Fraction) -> float:
        """The data's coefficient at a level, beside noise of variance 1."""
        s = float(level)
        return 1 - s if self.kind == "flow" else (1 - s) / math.hypot(s, 1 - s)

    def _grid_level(self, number: Fraction) -> Fraction | None:
        assert self.grid is not None
        if self.grid.counts_ticks:
            return self.level_of_ticks(number)
        if self.top is None or self.top in (0, 1):
            return self.level_of_sigma(number)
        top = Fraction(self.top_sigma)
        return self.top if abs(number - top) < _NEAR * top else self.level_of_sigma(number)

    @property
    def top_sigma(self) -> float:
        """The noise's coefficient at the top level."""
        return sigma_of_level(self.kind, self.top if self.top is not None else Fraction(1))

    @cached_property
    def way_sign(self) -> int | None:
        """1 where the network says the slope of the noisy latents over sigma, -1 where it says its negative; None where it
        says neither, so that what it says from one time to another is no mean of it."""
        if self.kind not in ("flow", "edm"):
            return None
        slope = velocity(self.kind, NOW)
        return 1 if self.prediction == slope else -1 if self.prediction == slope.negated() else None

    def on_the_way(self, start: Time, end: Time) -> Quantity:
        """The mean velocity from one time to another: `(r.sigma - t.sigma)` times it leads from latents at `t` to `r`."""
        there, here = self.noisy(end), self.noisy(start)
        return (there - here).divide(read("sigma", self.kind, end) - read("sigma", self.kind, start))

    def telling(self, wanted: Quantity) -> tuple[Coef, Coef]:
        """Coefficients of the noisy latents and of the prediction that make a mix at time `NOW`."""
        noisy, said, (v, w) = self.noisy(NOW), self.prediction, (wanted.a, wanted.b)
        det = noisy.a * said.b - noisy.b * said.a
        return (v * said.b - w * said.a) / det, (w * noisy.a - v * noisy.b) / det

    def tells(self, wanted: Quantity, time: Time) -> bool:
        """Whether a mix follows from the noisy latents and what the network says of them at a time.

        It does not where the two are one mix: where nothing but noise is left, a network that says eps tells no clean data.
        """
        noisy, said = self.noisy(time), self.predicted(time)
        if not all(x.is_finite() for c in (wanted.a, wanted.b) for x in c.points):
            return False
        if not (noisy.a * said.b - noisy.b * said.a).is_zero:
            return True
        known = said if noisy.is_direction else noisy
        return bool((wanted.a * known.b - wanted.b * known.a).is_zero)


_NEAR = Fraction(1, 10**9)
"""By how much of it the first level of a computed grid may miss the top."""


def level_of_sigma(kind: str, sigma: Fraction) -> Fraction:
    """The flow noise level at the signal-to-noise ratio that a process of this kind has at `sigma`."""
    if kind == "edm":
        return sigma / (1 + sigma)
    if kind == "flow" or sigma in (0, 1):
        return sigma
    alpha = exact_root(1 - sigma * sigma) or Fraction(math.sqrt(1 - sigma * sigma))
    return sigma / (sigma + alpha)


def sigma_of_level(kind: str, level: Fraction) -> float:
    """The noise's coefficient in a process of this kind at a flow noise level; infinite at the end of an exploding one."""
    s = float(level)
    if kind == "flow":
        return s
    if kind == "edm":
        return s / (1 - s) if s < 1 else math.inf
    return s / math.hypot(s, 1 - s)


def velocity(kind: str, t: Time) -> Quantity:
    """The derivative of the noisy latents along the path: eps - x0 for flow, alpha*eps - sigma*x0 on the circle."""
    if kind in ("vp", "trig"):
        return Quantity(-read("sigma", kind, t), read("alpha", kind, t))
    return Quantity(-ONE, ONE) if kind == "flow" else NOISE


def path(kind: str, t: Time) -> Quantity:
    """The derivative of the noisy latents by the variable of the process: sigma, or a trigonometric process's angle."""
    slope = velocity(kind, t)
    return slope.divide(read("alpha", kind, t)) if kind == "vp" else slope


def predicted(process: Process, t: Time) -> Quantity:
    """What the network says of noisy latents at a time."""
    return process.predicted(t)


QUANTITIES: Mapping[str, Callable[[Process, Time], Quantity]] = {
    "clean": lambda p, t: CLEAN,
    "noise": lambda p, t: NOISE,
    "noisy": lambda p, t: p.noisy(t),
    "predict": predicted,
    "target": predicted,
    "x0": lambda p, t: CLEAN,
    "eps": lambda p, t: NOISE,
    "velocity": lambda p, t: velocity(p.kind, t),
    "path": lambda p, t: path(p.kind, t),
    "score": lambda p, t: Quantity(ZERO, -ONE / read("sigma", p.kind, t)),
}
"""What latents of each kind are at a time of a process, and what each function of a role gives."""
