"""The passes at work: in their order, each verified where asked, and recorded."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from ..base.frozen import struct
from ..ir.graph import Plan, verify
from .batch_calls import batch
from .fusion.partition import fuse
from .liveness import liveness
from .pass_list import PASSES
from .rewrites import early_exit, freeze, hoist, share, slice_plan

Pass = Callable[[Plan], Plan]


@struct
class Record:
    """What a pass was given, and what it gave."""

    name: str
    before: Plan
    after: Plan


def fused(plan: Plan) -> Plan:
    return fuse(plan).plan


_PASSES: Mapping[str, Pass] = {
    "slice": slice_plan,
    "share": share,
    "early-exit": early_exit,
    "freeze": freeze,
    "hoist": hoist,
    "batch": batch,
    "fuse": fused,
    "liveness": liveness,
}


def optimise(
    plan: Plan, *, without: Collection[str] = (), verified: bool = False
) -> tuple[Plan, tuple[Record, ...]]:
    """Runs the passes in order but for some; `verified` checks every graph after each, and raises
    `ir.Malformed` then."""
    records = []
    for name in PASSES:
        if name in without:
            continue
        before, change = plan, _PASSES[name]
        plan = change(plan)
        if verified:
            for f in plan.functions:
                verify(f.graph)
        records.append(Record(name, before, plan))
    return plan, tuple(records)
