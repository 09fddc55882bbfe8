"""The kernels of fused groups: what they compute, and that they build for every kind of device."""

from __future__ import annotations

from pathlib import Path

import pytest
from kernels.ahead import Kernel, compiled_everywhere
from kernels.groups import PER_FRAME, PROCESSES, ROLES, UPDATES, tried, update
from kernels.interpreted import interpreted
from lowering import DMD2, typed

pytest.importorskip("triton")


@pytest.mark.slow
def test_kernels_compute_the_reference_and_verify_finds_what_is_off() -> None:
    interpreted("under_interpreter/fused.py", "under_interpreter/verify.py")


def kernels(module: object) -> list[Kernel]:
    """All kernels of an emitted module as launches on float32 latents see them."""
    found = []
    for name, function in vars(module).items():
        if not name.startswith("fused_") or not hasattr(function, "arg_names"):
            continue
        signature = {a: kind(a) for a in function.arg_names if a not in ("N", "BLOCK")}
        found.append(
            Kernel(
                function,
                signature,
                {"N": 16 * 21 * 60 * 104, "BLOCK": 1024},
                {"num_warps": 4, "enable_fp_fusion": False},
            )
        )
    return found


def kind(argument: str) -> str:
    if argument == "rows":
        return "*i64"
    if argument.endswith(("_ptr", "_out")):
        return "*fp32"
    return "i32" if argument.endswith(("_key_0", "_key_1", "_round")) else "fp32"


@pytest.mark.slow
def test_kernels_build_everywhere_without_spills(tmp_path: Path) -> None:
    programs = [
        typed(tmp_path, update(PER_FRAME), frames=13),
        typed(tmp_path, "use dmd2(student, teacher, critic)", ROLES, methods=DMD2),
        *(typed(tmp_path, update(UPDATES[u]), process=PROCESSES["trig"]) for u in ("huber", "ddim")),
    ]
    built = []
    for k, program in enumerate(programs):
        folder = tmp_path / str(k)
        folder.mkdir()
        groups = list(tried(program))
        built += compiled_everywhere(kernels(groups[0].module))
    print("\n".join(map(str, built)))
    assert len(built) >= 40
