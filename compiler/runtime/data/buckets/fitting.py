"""Which bucket a file is of: the longest that its frames fill, of these the one that crops least."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from ..folders.extents import Extent

_ALIKE = 0.02
"""Of the picture: what is cropped away counts in steps of so much, so that the larger of two buckets of one shape wins."""


def best_bucket(file: Extent, buckets: Sequence[Extent], upscale: float = inf) -> int | None:
    """The bucket that a file fits best; None where it has fewer frames than any, or is enlarged more than `upscale` times by
    all others.

    Of the buckets with most frames that the file has, it is the one that crops least; of those that crop alike the largest
    to which it is not enlarged, or else the one to which it is enlarged least.
    """
    able = [k for k, b in enumerate(buckets) if b.frames <= file.frames and file.scale_to(b) <= upscale]
    longest = max((buckets[k].frames for k in able), default=0)

    def cost(k: int) -> tuple[int, float, int]:
        b = buckets[k]
        return round(file.cropped_by(b) / _ALIKE), max(file.scale_to(b), 1.0), -b.height * b.width

    return min((k for k in able if buckets[k].frames == longest), key=cost, default=None)
