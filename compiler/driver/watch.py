"""`fdc check --watch`: a check again whenever a file that it read changes, or one that it missed appears."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from ..base.frozen import struct
from .inputs import stamp

PERIOD = 0.15
"""Seconds between two looks at the files."""


@struct
class Round:
    """The exit status of a check, and the state of each file that it asked for when it did."""

    status: int
    stamps: Mapping[Path, object]


def watch(
    check: Callable[[], Round],
    sleep: Callable[[float], None] = time.sleep,
    stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Checks, and checks again after changes, until `stopped` or interrupted; gives the last check's status.

    A change is acted upon once two looks see the same, so that a file that is just being written is let be.
    """
    done = check()
    try:
        seen = done.stamps
        while not stopped():
            sleep(PERIOD)
            now = {path: stamp(path) for path in done.stamps}
            if now != done.stamps and now == seen:
                done = check()
                now = dict(done.stamps)
            seen = now
    except KeyboardInterrupt:
        pass
    return done.status
