"""The harness that compiles ahead sees what a kernel asks for, and fails on what it should."""

from __future__ import annotations

import pytest

triton = pytest.importorskip("triton")
tl = pytest.importorskip("triton.language")

from kernels.ahead import TARGETS, Kernel, build, compiled_everywhere  # noqa: E402


@triton.jit
def double(out, x, count, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out + i, 2 * tl.load(x + i, mask=i < count), mask=i < count)


@triton.jit
def crowded(out, x, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]
    i = tl.arange(0, BLOCK)
    values = tl.load(x + i)
    tl.store(out + i, values / tl.sum(values))


DOUBLE = Kernel(double, {"out": "*fp32", "x": "*fp32", "count": "i32"}, {"BLOCK": 1024})
CROWDED = Kernel(crowded, {"out": "*fp32", "x": "*fp32"}, {"BLOCK": 16384}, {"num_warps": 1})


def test_a_small_kernel_builds_for_every_target() -> None:
    records = compiled_everywhere([DOUBLE])
    assert [r.target for r in records] == list(TARGETS)
    for r in records:
        assert r.kernel == "double" and 0 < r.registers < 64 and r.stack == 0 and r.shared == 0


def test_an_argument_without_a_type_is_named() -> None:
    with pytest.raises(ValueError, match="count"):
        build(Kernel(double, {"out": "*fp32", "x": "*fp32"}, {"BLOCK": 64}), "sm_90")


def test_compiling_under_the_interpreter_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    with pytest.raises(RuntimeError, match="TRITON_INTERPRET"):
        build(DOUBLE, "sm_90")


def test_a_spill_fails_unless_the_kernel_is_named() -> None:
    with pytest.raises(AssertionError, match="crowded"):
        compiled_everywhere([CROWDED], targets=["sm_80"])
    assert compiled_everywhere([CROWDED], spills=["crowded"], targets=["sm_80"])[0].stack > 0
