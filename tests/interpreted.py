"""Tests of what kernels compute run under Triton's interpreter, in a process of their own: with TRITON_INTERPRET set
at import no kernel can be compiled ahead. They stand in `tests/under_interpreter/`, where only `interpreted` looks.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def interpreted(name: str, *options: str, timeout: int = 500) -> None:
    """Runs the tests of a file, `under_interpreter/NAME.py` or `test_NAME.py`, with interpreted kernels."""
    inside = HERE / "under_interpreter" / f"{name}.py"
    path = inside if inside.exists() else HERE / f"test_{name}.py"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n0", "-q", "-p", "no:cacheprovider", str(path), *options],
        cwd=HERE.parent,
        env={**os.environ, "TRITON_INTERPRET": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
