"""A family's process: how it mixes clean data and noise at a noise level, and what its network says there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from ..base.frozen import field, struct
from ..base.source import Span
from ..types.coefficients import ONE, ZERO, Time, read
from ..types.quantity import CLEAN, NOISE, Quantity, noisy
from .values import Formula

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
    and of sampling grids. `settings` are the declared ones in their order, `place` is that of the name; `lets` says that
    the formulas use names of their own. `chosen` names what the program or the variant states in the family's place.
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
        if self.tick_ends is None:
            if ticks < 0:
                raise ValueError("ticks are not negative")
            return None
        low, high = self.tick_ends
        if not min(low, high) <= ticks <= max(low, high):
            raise ValueError(f"`{self.name}` has ticks from {float(low):g} to {float(high):g}")
        return (ticks - low) / (high - low) if self.kind == "flow" else None


def velocity(kind: str, t: Time) -> Quantity:
    """The derivative of the noisy latents along the path: eps - x0 for flow, alpha*eps - sigma*x0 on the circle."""
    if kind in ("vp", "trig"):
        return Quantity(-read("sigma", kind, t), read("alpha", kind, t))
    return Quantity(-ONE, ONE) if kind == "flow" else NOISE


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
    "score": lambda p, t: Quantity(ZERO, -ONE / read("sigma", p.kind, t)),
}
"""What latents of each kind are at a time of a process, and what each function of a role gives."""
