"""Plans of the programs that ship with fdc: as lowered, before fusion, and after all passes."""

from __future__ import annotations

from functools import cache

from paths import ROOT

from fdc.compiler.driver.pipeline import check
from fdc.compiler.ir.graph import Plan
from fdc.compiler.lower.builder import CannotRun
from fdc.compiler.lower.program import lower
from fdc.compiler.passes.optimise import optimise

PROGRAMS = sorted(p.name for p in (ROOT / "programs").glob("*.fdl"))


@cache
def plans(file: str) -> dict[tuple[str, str], Plan]:
    """By the names of the program and of how far it is: "lowered", "before fusion" or "whole"."""
    found = {}
    for program in check(ROOT / "programs" / file).programs:
        try:
            plan = lower(program)
        except CannotRun:
            continue
        found |= {
            (program.name, "lowered"): plan,
            (program.name, "before fusion"): optimise(plan, without={"fuse", "liveness"})[0],
            (program.name, "whole"): optimise(plan)[0],
        }
    return found
