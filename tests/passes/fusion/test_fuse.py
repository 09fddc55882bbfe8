"""Which arithmetic of a program becomes one kernel, and why not more of it."""

from __future__ import annotations

import pytest
from paths import ROOT

from fdc.compiler.driver.pipeline import check
from fdc.compiler.ir.verify import verify
from fdc.compiler.lower.program import lower
from fdc.compiler.passes.fusion.fuse import FusionResult, fuse
from fdc.compiler.passes.fusion.group import arithmetic, latent_size
from fdc.compiler.passes.optimise import optimise

PROGRAMS = ROOT / "programs"


def fused(file: str, program: int = 0) -> FusionResult:
    plan, _ = optimise(lower(check(PROGRAMS / file).programs[program]), without={"fuse"})
    return fuse(plan)


@pytest.mark.parametrize("file", ["wan_dmd2.fdl", "quickstart.fdl", "teach.fdl", "wan_finetune.fdl"])
def test_graphs_stay_well_formed(file: str) -> None:
    found = fused(file)
    assert found.groups
    verify(found.plan)


def test_the_groups_of_dmd2() -> None:
    """A step of the rollout; the mix to noisy; the pseudo-gradient with its normaliser and loss in one."""
    found = fused("wan_dmd2.fdl")
    functions = {f.name: f for f in found.plan.functions if f.kind == "fused"}
    dmd = functions["fused_mse"]
    ops = [n.op for n in dmd.graph.nodes]
    assert {"abs", "mean_per_sample", "div", "mse"} <= set(ops)
    (counted,) = [g for g in found.groups if g.function.name == "fused_mse"]
    assert counted.ops == 17 and latent_size(counted.function) == 16 * 21 * 60 * 104
    group = arithmetic(counted.function)
    assert group.unfused_traffic[0].moved > 4 * group.traffic[0].moved


def test_equal_groups_share_a_function() -> None:
    """Both updates of dmd2 roll out the same steps."""
    found = fused("wan_dmd2.fdl")
    calls = [
        n["function"]
        for f in found.plan.functions
        if f.kind == "update"
        for n in f.graph.walk()
        if n.op == "fused"
    ]
    assert calls.count("fused_x") == 2


def test_noise_is_drawn_in_the_kernel_that_reads_it() -> None:
    found = fused("wan_dmd2.fdl")
    update = next(f for f in found.plan.functions if f.name == "update_critic")
    drawn = [n["site"] for n in update.graph.walk() if n.op == "normal"]
    assert drawn == ["critic.generate.x"]  # the start of the rollout, which the network reads
    inside = [n for f in found.plan.functions if f.kind == "fused" for n in f.graph.nodes if n.op == "noise"]
    assert inside


def test_a_call_between_two_kernels_is_told_with_both_places() -> None:
    found = fused("wan_dmd2.fdl")
    assert all(w.before is not None and w.after is not None for w in found.refused)
    assert any("call, whose inside is not seen" in w.reason for w in found.refused)
