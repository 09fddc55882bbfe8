"""The bytes that a group's kernels load from and store to device memory, for one element of its latents.

Numbers of one sample are not counted, and neither are draws, which each kernel makes again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ....stages.table import OPS
from ...base.frozen import struct
from .scalar_autodiff import LEAVES, SUM, ScalarGraph, Schedule, needs

FLOAT, BOOL = 4, 1
"""Bytes of one number."""


@struct
class Traffic:
    """Bytes loaded and stored."""

    loaded: int
    stored: int

    @property
    def moved(self) -> int:
        return self.loaded + self.stored


def width(s: ScalarGraph, booleans: Collection[int], id: int) -> int:
    """Bytes of one number of a value; `booleans` are the inputs of that dtype."""
    value = s[id]
    if value.op == "load":
        return BOOL if value.data in booleans else FLOAT
    if value.op == "stop":
        return width(s, booleans, value.args[0])
    return BOOL if value.op in OPS and OPS[value.op].gives == "bool" else FLOAT


def of_kernels(s: ScalarGraph, schedule: Schedule, booleans: Collection[int]) -> Traffic:
    """What a direction's kernels move: each loads what it reads of latents once."""
    loaded = stored = 0
    for phase in schedule.phases:
        roots = [*phase.stores, *(s[i].args[0] for i in phase.sums)]
        there = frozenset(phase.reads)
        for id in needs(s, roots, there):
            if s.level(id) == 2 and (id in there or s[id].op == "load"):
                loaded += width(s, booleans, id)
        stored += sum(width(s, booleans, id) for id in phase.stores)
    return Traffic(loaded, stored)


def of_torch(
    s: ScalarGraph, results: Iterable[int], there: frozenset[int], booleans: Collection[int]
) -> Traffic:
    """What the same arithmetic moves with one kernel an operation, given the values that are `there`."""
    loaded = stored = 0
    for id in needs(s, results, there):
        value = s[id]
        if id in there or value.op in LEAVES or value.op == "stop":
            continue
        loaded += sum(width(s, booleans, a) for a in set(value.args) if s.level(a) == 2)
        if value.level == 2 and value.op != SUM:
            stored += width(s, booleans, id)
    return Traffic(loaded, stored)
