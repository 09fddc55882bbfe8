"""The optimizer's sweep: what it computes (interpreted), and that its kernels build everywhere without spills."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from kernels.interpreted import interpreted, needs_exact_interpreter
from toys import ADAMW, training

from fdc.compiler.program.averaging import Averaging
from fdc.compiler.runtime.api import triton as triton_or_none
from fdc.compiler.runtime.train import optimizers
from fdc.compiler.runtime.train.steppers import fused_adamw_kernels
from fdc.compiler.runtime.train.steppers.fused_adamw import BLOCK, BLOCKS, WARPS, WIDE
from fdc.compiler.runtime.train.training_step import one_step

triton = pytest.importorskip("triton")

from kernels.ahead import Kernel, compiled_everywhere  # noqa: E402

NUMBERS = ("keep", "share_1", "beta_2", "share_2", "step_size", "root", "eps")
PLAIN = {"enable_fp_fusion": False}


def adamw(param: str, master: str, moment: str, averages: int) -> Kernel:
    signature: dict[str, Any] = {
        "addresses": "*i64",
        "rows": "*i64",
        "factor": "*fp32",
        "param": param,
        "master": master,
        "exp_avg": moment,
        "exp_avg_sq": moment,
        "averages": ("*fp32",) * averages,
        "shares": ("fp32",) * averages,
        **dict.fromkeys(NUMBERS, "fp32"),
    }
    constants = {"CAST": param != master, "AVERAGES": averages, "BLOCK": BLOCK, "BLOCKS": BLOCKS}
    return Kernel(fused_adamw_kernels.adamw, signature, constants, {**PLAIN, "num_warps": WARPS})


def squares(gradient: str) -> Kernel:
    signature = {"partials": "*fp32", "addresses": "*i64", "rows": "*i64", "like": gradient}
    return Kernel(fused_adamw_kernels.squares, signature, {"BLOCK": BLOCK, "BLOCKS": BLOCKS}, PLAIN)


FINISH = Kernel(
    fused_adamw_kernels.finish,
    {"result": "*fp32", "partials": "*fp32", "count": "i32", "clip": "fp32"},
    {"WIDE": WIDE},
    {**PLAIN, "num_warps": WARPS},
)
F32, BF16 = "*fp32", "*bf16"
KERNELS = {
    "f32, no average": adamw(F32, F32, F32, 0),
    "f32, one average": adamw(F32, F32, F32, 1),
    "f32, three averages": adamw(F32, F32, F32, 3),
    "bf16 with masters": adamw(BF16, F32, F32, 1),
    "bf16": adamw(BF16, BF16, BF16, 1),
    "norm of f32": squares(F32),
    "norm of bf16": squares(BF16),
    "finish": FINISH,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", KERNELS)
def test_kernels_build_for_every_target_without_spills(name: str) -> None:
    for record in compiled_everywhere([KERNELS[name]]):
        print(f"{name:20} {record}")
        # more would leave a multiprocessor too few warps to hide the memory's latency
        assert record.registers <= 128


@pytest.mark.slow
def test_numbers_and_that_the_loop_is_the_loop_under_the_sweep() -> None:
    needs_exact_interpreter()
    interpreted("under_interpreter/sweep.py", "runtime/train/test_loop.py")


def test_without_a_gpu_adamw_is_torchs_own() -> None:
    assert not triton_or_none.runs_on(torch.device("cpu"))
    made = optimizers.build("adamw", ADAMW, [torch.nn.Parameter(torch.zeros(3))])
    assert type(made) is torch.optim.AdamW


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_on_a_gpu_it_is_torchs_step_to_a_few_units(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    start = [torch.randn(n, device="cuda").to(dtype) for n in (1, 17, 4096, 100_003)]
    mine, theirs = ([torch.nn.Parameter(t.clone()) for t in start] for _ in range(2))
    swept = optimizers.build("adamw", ADAMW, mine)
    torchs = optimizers.build("adamw", ADAMW, theirs, fused=False)
    for _ in range(5):
        for p, q in zip(mine, theirs):
            p.grad = torch.randn_like(p)
            q.grad = p.grad.clone()
        norm = optimizers.norm(swept, mine, 1.0)
        optimizers.step(swept, mine, 1.0, norm, ())
        optimizers.step(torchs, theirs, 1.0, norm, ())
    for p, q in zip(mine, theirs):
        unit = 2e-6 if dtype == torch.float32 else 2**-7
        assert torch.allclose(p.float(), q.float(), rtol=unit, atol=unit)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_the_loop_runs_on_a_gpu() -> None:
    from toys import role

    roles = [role("student", 0), role("critic", 1)]
    for r in roles:
        r.components["net"].module.cuda()
    t = training(roles=roles, averages=[("student", 0.9)], device="cuda", clip=1.0)
    one_step(t)
    one_step(t)
    assert t.averages["student", Averaging(0.9)].updates == 2
