"""Tests of what kernels compute run under Triton's interpreter, in a process of their own: with TRITON_INTERPRET set
at import no kernel can be compiled ahead. They stand in `tests/under_interpreter/`, where only `interpreted` looks.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch
from packaging.version import Version
from paths import ROOT, TESTS


def interpreted(*files: str, timeout: int = 500) -> None:
    """Runs the tests of files (their paths in `tests/`) with interpreted kernels, in one process."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-n0",
            "-q",
            "-p",
            "no:cacheprovider",
            *(str(TESTS / f) for f in files),
        ],
        cwd=ROOT,
        env={**os.environ, "TRITON_INTERPRET": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


def needs_exact_interpreter() -> None:
    """Skips a test under an interpreter as old as Triton 3.6's: it rounds a fused multiply-add twice, and from numpy 2.4
    on it takes no loop up to an argument. On a device that version of Triton does both."""
    import triton

    if Version(triton.__version__) < Version("3.9"):
        pytest.skip(f"the interpreter of triton {triton.__version__} is not exact")


def round_to_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the interpreter round float32 to bf16 as devices and torch do; by itself it cuts the bits off."""
    import triton.language as tl
    from triton.runtime import interpreter

    plain = interpreter._convert_float

    def convert(data: Any, source: Any, target: Any, mode: Any) -> Any:
        if (source, target) != (tl.float32, tl.bfloat16):
            return plain(data, source, target, mode)
        rounded = torch.from_numpy(np.array(data, dtype=np.float32)).to(torch.bfloat16)
        return rounded.view(torch.int16).numpy().view(np.uint16)

    monkeypatch.setattr(interpreter, "_convert_float", convert)
