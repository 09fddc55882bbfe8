"""That the clips of a folder differ in how fast they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ...base.errors import Report
from ...base.media.media_probe import MediaProbe
from .listing.passed_over import some


def tell_rates(root: Path, found: Sequence[MediaProbe], fps: float | None, report: Report) -> None:
    """A line where clips have different rates, and one where a clip has none that holds for all its frames; where all are
    read at `fps`, a line if some have fewer frames than that."""
    if fps is not None:
        rates = [one.rate for one in found if one.rate is not None]
        slower = [rate for rate in rates if rate < fps * 0.99]
        if slower:
            counted = f"{len(slower)} of {len(rates)} clips in {root}"
            report(
                f"{counted} have fewer than {fps:.4g} frames a second, and some of their frames come twice"
            )
        return
    differing = _rates(found)
    if len(differing) > 1:
        shown = [f"{rate} ({count})" for rate, count in differing.most_common()]
        report(
            f"clips in {root} have different numbers of frames a second, and each is read at its own, without an `fps`: "
            f"{some(shown)}"
        )
    uneven = sum(not one.steady for one in found)
    if uneven:
        whose = "clip shows" if uneven == 1 else "clips show"
        report(
            f"{uneven} {whose} frames for different times in {root}, and are read as if all were as long, "
            "without an `fps`"
        )


def common_rate(found: Sequence[MediaProbe]) -> float | None:
    """The frames a second of all clips; None where they differ or there are none."""
    rates = _rates(found)
    return float(next(iter(rates))) if len(rates) == 1 else None


def _rates(found: Sequence[MediaProbe]) -> Counter[str]:
    return Counter(f"{one.rate:.4g}" for one in found if one.rate is not None)
