"""Kernels compiled ahead of time, without a GPU, for every kind of device that they must build for.

`compiled_everywhere` is what a test calls; it fails on any spill that is not allowed by the kernel's name. It needs
a process without TRITON_INTERPRET: under it the standard library of Triton is made of interpreted functions.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

TARGETS: Mapping[str, Any] = {
    "sm_80": GPUTarget("cuda", 80, 32),
    "sm_90": GPUTarget("cuda", 90, 32),
    "sm_100": GPUTarget("cuda", 100, 32),
    "gfx942": GPUTarget("hip", "gfx942", 64),
}


@dataclass(frozen=True)
class Kernel:
    """A `@triton.jit` function as one launch of it sees it.

    `signature` has the type of each argument that is no constant: `*fp32`, `i32`, a tuple of such. Pointers and
    the integers named in `divisible` are multiples of 16, as Triton finds for what torch allocates.
    """

    function: Any
    signature: Mapping[str, Any]
    constants: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)  # num_warps, enable_fp_fusion, ...
    divisible: Collection[str] = ()

    @property
    def name(self) -> str:
        return str(self.function.__name__)


@dataclass(frozen=True)
class Built:
    """What a compiled kernel asks of a target: registers of a thread, bytes of its stack, bytes of shared memory.

    A stack that is not empty is where registers were spilled to.
    """

    kernel: str
    target: str
    registers: int
    stack: int
    shared: int

    def __str__(self) -> str:
        return (
            f"{self.kernel:24} {self.target:8} {self.registers:4} registers "
            f"{self.stack:4} B stack {self.shared:6} B shared"
        )


def build(kernel: Kernel, target: str) -> Built:
    """Compiles for one of `TARGETS`."""
    if os.environ.get("TRITON_INTERPRET") == "1":
        raise RuntimeError("kernels are compiled ahead in a process without TRITON_INTERPRET")
    names = kernel.function.arg_names
    unknown = set(names) ^ (set(kernel.signature) | set(kernel.constants))
    if unknown:
        raise ValueError(f"{kernel.name}: {', '.join(sorted(unknown))} has no type, or is no argument")
    signature = {n: kernel.signature.get(n, "constexpr") for n in names}
    aligned = {
        path: [["tt.divisibility", 16]]
        for i, n in enumerate(names)
        for path, kind in _leaves((i,), signature[n])
        if kind.startswith("*") or n in kernel.divisible
    }
    source = ASTSource(kernel.function, signature, constexprs=dict(kernel.constants), attrs=aligned)
    made = triton.compile(source, target=TARGETS[target], options=dict(kernel.options))
    registers, stack = _amd(made.asm) if "amdgcn" in made.asm else _nvidia(made.asm)
    return Built(kernel.name, target, registers, stack, made.metadata.shared)


def compiled_everywhere(
    kernels: Iterable[Kernel], spills: Collection[str] = (), targets: Collection[str] = tuple(TARGETS)
) -> list[Built]:
    """Every kernel for every target. Fails on a spill unless `spills` has the kernel's name."""
    records = [build(k, target) for k in kernels for target in targets]
    spilled = [r for r in records if r.stack and r.kernel not in spills]
    assert not spilled, "registers are spilled:\n" + "\n".join(map(str, spilled))
    return records


def _leaves(path: tuple[int, ...], kind: Any) -> Iterable[tuple[tuple[int, ...], str]]:
    if isinstance(kind, tuple):
        for i, part in enumerate(kind):
            yield from _leaves((*path, i), part)
    else:
        yield path, kind


def _nvidia(asm: Mapping[str, Any]) -> tuple[int, int]:
    tool = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"
    with tempfile.TemporaryDirectory() as folder:
        cubin = Path(folder) / "kernel.cubin"
        cubin.write_bytes(asm["cubin"])
        done = subprocess.run([tool, "-res-usage", cubin], capture_output=True, text=True, check=True)
    found = {k: int(v) for k, v in re.findall(r"\b(REG|STACK|LOCAL):(\d+)", done.stdout)}
    return found["REG"], found["STACK"] + found["LOCAL"]


def _amd(asm: Mapping[str, Any]) -> tuple[int, int]:
    """Vector registers; a spilled scalar register shows as a word of the stack."""
    found = {k: int(v) for k, v in re.findall(r"^\s*\.(\w+):\s+(\d+)$", asm["amdgcn"], re.MULTILINE)}
    scalars = 4 * found.get("sgpr_spill_count", 0)
    return found["vgpr_count"], found["private_segment_fixed_size"] + scalars
