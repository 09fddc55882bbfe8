"""Launch settings: how a run is made, and not what it computes. Another value of one goes on with the same run.

Results are equal to the last bit where these are the same, and to rounding elsewhere. `train.steps` or `train.epochs` is one
of them where no schedule reads it.
"""

from __future__ import annotations

from collections.abc import Mapping

LAUNCH_BLOCKS: Mapping[str, frozenset[str]] = {
    "mesh": frozenset(),
    "track": frozenset(),
    "checkpoint": frozenset(),
    "validate": frozenset({"weights"}),
}
"""Blocks of launch settings, each with the entries that are none."""

LAUNCH_ENTRIES: Mapping[str, frozenset[str]] = {
    "role": frozenset({"checkpointing", "compile", "offload"}),
    "train": frozenset({"accumulate", "deterministic"}),
    "data": frozenset({"may_fail"}),
}
"""Entries of other blocks."""

OF_NO_LENGTH = frozenset({"constant"})
"""Schedules of a learning rate that do not read how many steps there will be."""


def is_launch(block: str, entry: str) -> bool:
    """Whether an entry of a settings block is one."""
    if block in LAUNCH_BLOCKS:
        return entry not in LAUNCH_BLOCKS[block]
    return entry in LAUNCH_ENTRIES.get(block, ())
