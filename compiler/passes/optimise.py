"""Runs the passes in the order of `pass_list`, verifies after each where asked, and records what each changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from ..base.frozen import struct
from ..ir.graph import Plan
from ..ir.text import plan_text
from ..ir.verify import verify
from .batch_calls import batch
from .early_exit import early_exit
from .freeze import freeze
from .fusion.fuse import fuse
from .hoist import hoist
from .liveness import liveness
from .one_forward import one_forward
from .pass_list import PASSES
from .share import share
from .slice import slice_plan

Pass = Callable[[Plan], Plan]


@struct
class PassRecord:
    """What a pass was given, and what it gave."""

    name: str
    before: Plan
    after: Plan


_PASSES: Mapping[str, Pass] = {
    "slice": slice_plan,
    "share": share,
    "one-forward": one_forward,
    "early-exit": early_exit,
    "freeze": freeze,
    "hoist": hoist,
    "batch": batch,
    "fuse": lambda plan: fuse(plan).plan,
    "liveness": liveness,
}


def optimise(
    plan: Plan, *, without: Collection[str] = (), verified: bool = False
) -> tuple[Plan, tuple[PassRecord, ...]]:
    """Runs the passes in order but for some; `verified` checks the plan before the first and after each.

    Raises `GraphError` for a plan that is not valid. Whatever is raised carries the plan at that point as a note.
    """
    records = []
    try:
        if verified:
            verify(plan)
        for name in PASSES:
            if name in without:
                continue
            before = plan
            plan = _PASSES[name](before)
            if verified:
                verify(plan)
            records.append(PassRecord(name, before, plan))
    except Exception as e:
        passed = ", ".join(r.name for r in records) or "none"
        e.add_note(f"passes done: {passed}\n\n{plan_text(plan)}")
        raise
    return plan, tuple(records)
