"""The random streams in kernels: bit for bit those of torch (interpreted), and built everywhere without contraction."""

from __future__ import annotations

import pytest
from kernels.interpreted import interpreted

from fdc.compiler.runtime.api import kernel_draws

triton = pytest.importorskip("triton")
tl = pytest.importorskip("triton.language")

from kernels.ahead import Kernel, compiled_everywhere  # noqa: E402


@triton.jit
def noise(out, rows, key_0, key_1, iteration, count, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]
    element = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    row = tl.load(rows)
    tl.store(out + element, kernel_draws.normal(key_0, key_1, iteration, row, element), element < count)


@pytest.mark.slow
def test_kernels_draw_what_torch_draws() -> None:
    interpreted("under_interpreter/streams.py")


@pytest.mark.slow
def test_they_build_everywhere_without_spills() -> None:
    signature = {
        "out": "*fp32",
        "rows": "*i64",
        **dict.fromkeys(("key_0", "key_1", "iteration", "count"), "i32"),
    }
    compiled_everywhere([Kernel(noise, signature, {"BLOCK": 1024}, {"enable_fp_fusion": False})])
