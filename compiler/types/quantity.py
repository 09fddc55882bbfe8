"""The (x0, eps) algebra: what a latent value is, as coefficients of clean data and of noise."""

from __future__ import annotations

from collections.abc import Mapping

from ..base.frozen import struct
from .coefficients import ONE, ZERO, Coef, Time, read
from .dims import Dim


@struct
class Quantity:
    """a * x0 + b * eps."""

    a: Coef
    b: Coef

    def __add__(self, other: Quantity) -> Quantity:
        return Quantity(self.a + other.a, self.b + other.b)

    def __sub__(self, other: Quantity) -> Quantity:
        return Quantity(self.a - other.a, self.b - other.b)

    def scale(self, k: Coef) -> Quantity:
        return Quantity(self.a * k, self.b * k)

    def divide(self, k: Coef) -> Quantity:
        return Quantity(self.a / k, self.b / k)

    def substitute(self, env: dict[str, Dim]) -> Quantity:
        return Quantity(self.a.substitute(env), self.b.substitute(env))

    def at(self, old: Time, new: Time) -> Quantity:
        return Quantity(self.a.at(old, new), self.b.at(old, new))

    def times(self) -> set[Time]:
        return self.a.times() | self.b.times()

    @property
    def size(self) -> int:
        return self.a.size + self.b.size

    @property
    def is_direction(self) -> bool:
        return self.a.is_zero and self.b.is_zero

    def negated(self) -> Quantity:
        return Quantity(-self.a, -self.b)


CLEAN = Quantity(ONE, ZERO)
NOISE = Quantity(ZERO, ONE)
DIRECTION = Quantity(ZERO, ZERO)


def noisy(kind: str, time: Time) -> Quantity:
    return Quantity(read("alpha", kind, time), read("sigma", kind, time))


LATENTS: Mapping[str, Quantity | None] = {
    "clean": CLEAN,
    "noise": NOISE,
    "noisy": None,
    "predict": None,
    "eps": None,
    "velocity": None,
    "score": None,
}
"""The quantity of each kind of latent; None where it depends on the time, or on the process."""
