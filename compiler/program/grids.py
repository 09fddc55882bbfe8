"""What a process states beside its mix: a table of noise, and a rule for the levels of its sampling grids."""

from __future__ import annotations

import math
from fractions import Fraction

from ...stages import schedules
from ..base.frozen import struct
from ..base.source import Span
from .shifts import Tree, value

MOST_STEPS = 10_000
"""Steps of a grid that are followed."""


@struct
class Betas:
    """`betas(scaled_linear, 0.00085, 0.012, 1000)`: see `stages/schedules.py`."""

    first: float
    last: float
    count: int
    power: int
    zero_snr: bool = False

    @property
    def numbers(self) -> tuple[float, float, int, int, int]:
        """As the ops of `stages/schedules.py` take them."""
        return self.first, self.last, self.count, self.power, int(self.zero_snr)

    @property
    def levels(self) -> tuple[float, ...]:
        """The flow noise level of each entry, rising."""
        return schedules.levels(*self.numbers)

    def level_of(self, entry: Fraction) -> Fraction:
        """The noise level of an entry, or of a part between two. Raises ValueError beyond the table."""
        if not 0 <= entry <= self.count - 1:
            raise ValueError(f"there are ticks from 0 to {self.count - 1}")
        low = min(int(entry), self.count - 2)
        a, b = (Fraction(x) for x in self.levels[low : low + 2])
        return a + (entry - low) * (b - a)


def exact(x: float | int) -> int | Fraction:
    """A number as it is written."""
    return x if isinstance(x, int) else Fraction(repr(x))


class BadGrid(Exception):
    """Why a rule gives no grid of so many steps."""


@struct
class GridRule:
    """`grid(n) = [item for index in low .. high]`: a number for each step; level 0 comes behind the last.

    A number is the process's own sigma, or an entry of its schedule where the rule `counts_ticks`: `ticks(...)`.
    """

    n: str
    index: str
    item: Tree
    low: Tree
    high: Tree
    counts_ticks: bool
    span: Span

    def numbers(self, n: int, shift: float | None) -> tuple[float, ...]:
        """Raises `BadGrid` where one of them is not to be computed."""
        names: dict[str, float] = {self.n: n} if shift is None else {self.n: n, SHIFT: shift}
        try:
            first, last = int(value(self.low, names)), int(value(self.high, names))
            if not 0 < last - first <= MOST_STEPS:
                raise BadGrid(f"its list is empty for {n} {'step' if n == 1 else 'steps'}")
            found = tuple(value(self.item, {**names, self.index: i}) for i in range(first, last))
        except ZeroDivisionError:
            raise BadGrid("it divides by zero") from None
        except (ArithmeticError, KeyError, ValueError):
            raise BadGrid("it is no number somewhere") from None
        if not all(isinstance(x, (int, float, Fraction)) and math.isfinite(x) for x in found):
            raise BadGrid("it is no number somewhere")
        return found


SHIFT = "shift"
"""The name of the process's shift in a rule."""
