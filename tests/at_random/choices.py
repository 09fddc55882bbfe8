"""Where choices come from: a seeded generator for many programs, hypothesis for programs that shrink."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Source(Protocol):
    def below(self, n: int) -> int: ...


class Seeded:
    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def below(self, n: int) -> int:
        return self.rng.randrange(n)


class Drawn:
    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def below(self, n: int) -> int:
        return self.draw(st.integers(0, n - 1)) if n > 1 else 0


class Choices:
    """Choices by which the first of several is the plainest: what shrinks, shrinks towards it."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def pick(self, of: Sequence[T]) -> T:
        return of[self.source.below(len(of))]

    def chance(self, percent: int) -> bool:
        return self.source.below(100) >= 100 - percent

    def between(self, low: int, high: int) -> int:
        return low + self.source.below(high - low + 1)
