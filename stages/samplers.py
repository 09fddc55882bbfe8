"""Going down a list of times."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from .op import Op


def pairs(times: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Each time with the one after it: n pairs of n + 1 times, which any number of loops may go over."""
    return tuple(pairwise(times))


OPS = (
    Op("pairs", "host", 1, "pairs({0})", imports="fdc.stages.samplers:pairs"),
    Op(
        "grid",
        "host",
        1,
        "grid({0}, {shift})",
        imports="fdc.stages.times:grid",
        hint="times",
        form="grid(n, from = t)",
        meaning="The family's sampling grid of n steps, as pairs (t, next), from noise to data; with a time `from`, that one "
        "and what of the grid lies below it.",
        rule="grid",
        box="time",
    ),
    Op(
        "tail",
        "host",
        2,
        "tail({0}, {1})",
        imports="fdc.stages.times:tail",
        hint="times",
        rule="tail",
        gradient="none",
        box="time",
    ),
)
