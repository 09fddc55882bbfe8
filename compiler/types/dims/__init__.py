"""Dims: integer polynomials in normal form, what is known of their sizes, and what follows from it.

Answers are proved, refuted (false for every size) or unknown. Everything here ends in bounded time and memory:
a polynomial past the limits of `polynomial.py` raises `TooLarge`.
"""

from .accepted_sizes import accepts, nearest_legal
from .decide import Answer
from .known_facts import Contradiction, Facts, NotDivisible, Undecided
from .matching import NoMatch, match
from .polynomial import Dim, Mono, TooLarge

__all__ = [
    "Answer",
    "Contradiction",
    "Dim",
    "Facts",
    "Mono",
    "NoMatch",
    "NotDivisible",
    "TooLarge",
    "Undecided",
    "accepts",
    "match",
    "nearest_legal",
]
