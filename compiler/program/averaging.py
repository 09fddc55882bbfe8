"""How a frozen copy of a role follows its trained weights."""

from __future__ import annotations

from ..base.frozen import struct

DECAY = 0.999


@struct
class Averaging:
    """One of a decay, a half-life, a power, or a copy `every` so many updates; all count the role's own updates.

    Until update `start` the copy is the role as it is.
    """

    decay: float | None = None
    half_life: float | None = None
    power: float | None = None
    every: int | None = None
    start: int = 0

    @property
    def stated(self) -> dict[str, float]:
        """What is said, by its name."""
        found = {
            "decay": self.decay,
            "half_life": self.half_life,
            "power": self.power,
            "every": self.every,
            "start": self.start or None,
        }
        return {name: value for name, value in found.items() if value is not None}

    @property
    def written(self) -> str:
        """As a program writes it: `decay = 0.999, start = 200`."""
        return ", ".join(f"{name} = {value!r}" for name, value in self.stated.items())

    def share(self, n: int) -> float:
        """How much update number `n` (from 0) has the new weights count: w = (1 - share)*w + share*new.

        A decay is at most (1 + k)/(10 + k) after k updates, so that the start weighs little; a half-life h is the decay
        2^(-1/h). A power g is the share 1 - (1 - 1/k)^(g + 1) in the kth update (Karras et al., 2024, equation 127): the
        average is over a part of training that grows with it.
        """
        if self.every is not None:
            return 1.0 if (n + 1) % self.every == 0 else 0.0
        if n < self.start:
            return 1.0
        k = n - self.start
        if self.power is not None:
            return float(1.0 - (1.0 - 1.0 / (k + 1)) ** (self.power + 1.0))
        decay = self.decay if self.decay is not None else DECAY
        if self.half_life is not None:
            decay = 0.5 ** (1.0 / self.half_life)
        return 1.0 - min(decay, (1 + k) / (10 + k))


def averaging(
    decay: float | None = None,
    half_life: float | None = None,
    power: float | None = None,
    start: int = 0,
) -> Averaging:
    """A moving average, of decay 0.999 where nothing is said. Raises ValueError where more than one of the three is."""
    given = [n for n, v in (("decay", decay), ("half_life", half_life), ("power", power)) if v is not None]
    if len(given) > 1:
        raise ValueError(f"`{given[0]}` and `{given[1]}` both say how fast an average follows")
    return Averaging(decay if given else DECAY, half_life, power, None, start)
