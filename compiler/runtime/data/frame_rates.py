"""That the clips of a folder differ in how fast they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ..base.errors import Report
from ..base.media_probe import MediaProbe
from .passed_over import some


def tell_rates(root: Path, found: Sequence[MediaProbe], report: Report) -> None:
    """A line where clips have different rates, and one where a clip has none that holds for all its frames."""
    rates = Counter(f"{one.rate:.4g}" for one in found if one.rate is not None)
    if len(rates) > 1:
        shown = [f"{rate} ({count})" for rate, count in rates.most_common()]
        report(
            f"clips in {root} have different numbers of frames a second, and each is read at its own: {some(shown)}"
        )
    uneven = sum(not one.steady for one in found)
    if uneven:
        whose = "clip shows" if uneven == 1 else "clips show"
        report(
            f"{uneven} {whose} frames for different times in {root}, which are read as if all were as long"
        )
