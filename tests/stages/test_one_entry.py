"""An op is added by one entry in one file of `stages/`: three are, in a copy of the folder, and everything takes them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from paths import ROOT, TESTS

pytestmark = pytest.mark.slow

LOSS = """
    loss(
        "log_cosh",
        "log((exp(sharpness*(a - b)) + exp(sharpness*(b - a)))/2)/sharpness",
        "Squared near 0, linear far from it.",
        sharpness=1.0,
    ),
"""
FUNCTION = """
    elementwise(
        "sinh", "The hyperbolic sine of each element.", math.sinh, scalar="(exp(a) - exp(-a))/2"
    ),
"""
DISTRIBUTION = """
    Op(
        "log_normal",
        "expanded",
        2,
        form="log_normal(mean, std)",
        meaning="The exponential of normal numbers.",
        rule="normal",
        gradient="none",
        distribution="source",
        support=(0.0, float("inf")),
        through="exp",
    ),
"""
COMPUTED = """

def log_cosh(a, b, weight=None, sharpness=1.0, *, per_sample=False, frames=None, channels=False):
    e = (sharpness * (a - b)).cosh().log() / sharpness
    return _mean(e, weight, per_sample, frames, channels)
"""
HEAD = "OPS = ("


def test_an_op_is_one_entry(tmp_path: Path) -> None:
    package = tmp_path / "fdc"
    package.mkdir()
    for folder in ("compiler", "families", "grammar", "programs"):
        (package / folder).symlink_to(ROOT / folder)
    shutil.copytree(ROOT / "stages", package / "stages", ignore=shutil.ignore_patterns("__pycache__"))
    for name, entry, function in (
        ("losses.py", LOSS, COMPUTED),
        ("arithmetic.py", FUNCTION, ""),
        ("noise.py", DISTRIBUTION, ""),
    ):
        file = package / "stages" / name
        text = file.read_text("utf-8")
        assert text.count(HEAD) == 1
        file.write_text(text.replace(HEAD, HEAD + entry) + function, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n0", "-q", "-p", "no:cacheprovider", "with_added_ops.py"],
        cwd=TESTS / "stages",
        env={**os.environ, "PYTHONPATH": str(tmp_path), "TRITON_INTERPRET": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
