"""What the parts of the oracle share: the run's random numbers, its program, and what it found wrong."""

from __future__ import annotations

import random
from decimal import Decimal

from ..families import Family
from ..tree import Path, Program, Role
from .values import ZERO, Latent, Number, Time, Unknown, Value, near, same


class Running:
    """One run of a program: draws made, loops run. `stack` are the statements that are being run, outermost first."""

    def __init__(
        self, p: Program, rng: random.Random, turn: int, violations: list[tuple[str, tuple[Path, ...]]]
    ) -> None:
        self.p, self.rng, self.turn, self.violations = p, rng, turn, violations
        self.roles: dict[str, Role] = {r.name: r for r in p.roles}
        self.stack: list[Path] = []
        self.grids: dict[int, list[Decimal]] = {}
        self.stops: dict[tuple[Path, int], bool] = {}
        self.draws = 0

    @property
    def family(self) -> Family:
        """The first role's: its process is the one in which times are read."""
        return self.p.roles[0].family

    def wrong(self, word: str) -> Unknown:
        self.violations.append((word, tuple(self.stack)))
        return Unknown()

    def some_number(self, reach: frozenset[str] = frozenset(), axes: tuple[str, ...] = ()) -> Number:
        return Number(reach, self.random(Decimal("0.3"), Decimal(3)), step=False, axes=axes)

    def random(self, low: Decimal = Decimal("0.05"), high: Decimal = Decimal("0.95")) -> Decimal:
        return low + (high - low) * Decimal(self.rng.randrange(1, 10**30)) / Decimal(10**30)

    # what several functions want

    def is_time(self, t: Value, axes: tuple[str, ...] | None) -> bool:
        if isinstance(t, Unknown):
            return False
        if not isinstance(t, Time):
            self.wrong("not-a-time")
            return False
        if axes is not None and not set(t.axes) <= set(axes):
            self.wrong("time-shape")
            return False
        return True

    def is_latent(self, x: Value, space: str) -> bool:
        if not isinstance(x, Latent):
            self.wrong("type-mismatch")
            return False
        if x.space != space:
            self.wrong("space-mismatch")
            return False
        return True

    def alike(self, a: Latent, b: Latent) -> bool:
        if a.space != b.space:
            self.wrong("space-mismatch")
            return False
        if a.mix is None or b.mix is None:
            self.wrong("nonlinear-quantity")
            return False
        if not same(a.mix, b.mix):
            self.wrong("quantity-mismatch")
            return False
        return True


def as_number(v: Value) -> Value:
    """A draw in [0, 1] as the number that it is too."""
    if isinstance(v, Time) and v.number:
        return Number(v.reach, v.s, step=v.step, axes=v.axes)
    return v


def is_direction(x: Latent) -> bool:
    return x.mix is not None and near(x.mix[0], ZERO) and near(x.mix[1], ZERO)


def conditions_of(values: object) -> frozenset[str]:
    return frozenset().union(*(v.conditions for v in values if isinstance(v, Latent)))  # type: ignore[attr-defined]
