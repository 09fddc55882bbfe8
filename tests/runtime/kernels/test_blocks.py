"""Kernels of network blocks: what they compute, and that they build everywhere at the widths of large models."""

from __future__ import annotations

import pytest
from kernels.interpreted import interpreted, needs_exact_interpreter
from packaging.version import Version

triton = pytest.importorskip("triton")

from kernels.ahead import Kernel, compiled_everywhere  # noqa: E402

from fdc.compiler.runtime.kernels import (  # noqa: E402
    gated_activation,
    gated_residual,
    modulated_norm,
    rotary_norm,
    rows,
)

WIDTHS = (1536, 5120)
F32 = frozenset({"mean_ptr", "factor_ptr", "scales_ptr", "shifts_ptr", "gates_ptr", "weights_ptr"})
F32 |= {"scale_ptr", "shift_ptr", "gate_ptr", "weight_ptr", "cos_ptr", "sin_ptr"}


@pytest.mark.slow
def test_kernels_compute_the_chains_and_wans_blocks_with_them_are_diffusers() -> None:
    needs_exact_interpreter()
    interpreted("under_interpreter/blocks.py", "under_interpreter/wan_blocks.py")


def of(function: object, **constants: object) -> Kernel:
    """A launch on bf16 activations, with float32 parameters and conditions."""
    names: list[str] = function.arg_names  # type: ignore[attr-defined]
    options = {k: constants.pop(k) for k in ("num_warps", "enable_fp_fusion") if k in constants}

    def kind(name: str) -> str:
        if name.endswith("_ptr"):
            return "*fp32" if name in F32 else "*bf16"
        return "fp32" if name == "eps" else "i32"

    signature = {n: kind(n) for n in names if n not in constants}
    return Kernel(function, signature, constants, options)


@pytest.mark.slow
def test_kernels_build_everywhere_without_spills() -> None:
    kernels = []
    for d in WIDTHS:
        options = rows.options(d)
        row = {"ROWS": rows.ROWS, **options}
        kernels += [
            of(modulated_norm.modulated_norm_kernel, **options),
            of(modulated_norm.modulated_norm_gradient_kernel, **row),
            of(gated_residual.gated_residual_kernel, **options),
            of(gated_residual.gated_residual_gradient_kernel, **row),
            of(rotary_norm.rotary_norm_kernel, HEAD=128, **options),
            of(rotary_norm.rotary_norm_gradient_kernel, HEAD=128, **row),
        ]
    for activation in gated_activation.ACTIVATIONS:
        constants = {
            "N": 4096,
            "KIND": activation,
            "BLOCK": gated_activation.BLOCK,
            "enable_fp_fusion": False,
        }
        kernels += [
            of(gated_activation.gated_activation_kernel, **constants),
            of(gated_activation.gated_activation_gradient_kernel, **constants),
        ]
    # the assembler of Triton 3.6 stops at 63 registers for sm_100 there, and spills two
    old = Version(triton.__version__) < Version("3.9")
    spills = (gated_residual.gated_residual_gradient_kernel.__name__,) if old else ()
    print("\n".join(map(str, compiled_everywhere(kernels, spills))))
