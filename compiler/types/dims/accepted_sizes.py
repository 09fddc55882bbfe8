"""The sizes that a form accepts, and those nearest to one that it does not."""

from __future__ import annotations

from collections.abc import Mapping

from .known_facts import Undecided
from .polynomial import Dim


def accepts(pattern: Dim, value: int, bounds: Mapping[str, int] | None = None) -> bool:
    """Whether a size of `value` has the form of `pattern` (linear in one variable, or a number).

    The variable starts at its entry in `bounds`, else at 0; sizes are 1 or more: 1 has the form `4*k + 1`, 0 has
    not the form `16*m`. Raises `Unknown` for other patterns.
    """
    return nearest_legal(pattern, bounds or {}, value) == (value, value)


def nearest_legal(pattern: Dim, bounds: Mapping[str, int], value: int) -> tuple[int | None, int | None]:
    """The largest size up to `value` of the pattern's form, and the smallest from it on; as in `accepts`."""
    exact = pattern.constant
    if exact is not None:
        if exact < 1:
            return None, None
        return (exact if exact <= value else None), (exact if exact >= value else None)
    line = pattern.linear_in_one
    if line is None:
        raise Undecided(f"`{pattern}` is not linear in one variable", pattern)
    v, m, r = line
    start = m * bounds.get(v, 0) + r
    # the sizes run up from `start`, or, for m < 0, down from it; those below 1 are none
    step = abs(m)
    least = start if m > 0 and start >= 1 else (start - 1) % step + 1
    most = None if m > 0 else start
    down = value - (value - least) % step
    up = value + (least - value) % step
    if most is not None:
        down = min(down, most)
    below = down if down >= least else None
    above = max(up, least)
    return below, (above if most is None or above <= most else None)
