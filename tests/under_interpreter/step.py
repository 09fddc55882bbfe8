"""A step of the benchmark as it is on a GPU: kernels, the sweep beside torch's AdamW, blocks that recompute."""

from __future__ import annotations

from dataclasses import replace

import torch
from bench_step import ON_CUDA
from dmd2.both import CYCLE, TINY, both

from fdc.compiler.runtime.train.steppers.fused_adamw import FusedAdamW

SMALL = replace(TINY, height=32, width=32)


def test_the_plan_and_the_loop_by_hand_leave_the_same_weights() -> None:
    policy = replace(ON_CUDA, precision="f32", compiled=False)
    b, c = (both(SMALL, policy, torch.device("cpu"), seed=3) for _ in range(2))
    for name, by_hand in (("critic", c.loop.critic_optimizer), ("student", c.loop.student_optimizer)):
        sweep = c.training.trained[name].optimizer
        assert isinstance(sweep, FusedAdamW) and type(by_hand) is torch.optim.AdamW
        (group,) = sweep.groups
        for p, moment in zip(group.parameters, group.exp_avg.views, strict=True):
            assert by_hand.state[p]["exp_avg"].data_ptr() == moment.data_ptr()
    for one in (b, c):
        one.checkpointing(policy.checkpointing)
    before = [p.detach().clone() for p in b.models["student"].parameters()]
    b.fdc()
    c.by_hand(replace(c.recipe, paired=True), c.streams)
    assert not all(map(torch.equal, before, b.models["student"].parameters()))
    for name in b.models:
        for p, q in zip(b.models[name].parameters(), c.models[name].parameters(), strict=True):
            # an entry with hardly a gradient moves by the rate either way: AdamW divides it by its own size
            apart = (p - q).abs()
            assert apart.max() <= 2 * CYCLE * 8e-6 and (apart > 1e-6).float().mean() < 0.01
