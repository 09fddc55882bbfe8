"""An input checked as a user checks it: a process of its own, with little memory."""

from __future__ import annotations

import math
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

CHILD = """
import sys
try:
    from fdc.compiler.cli.main import main
    status = main()
finally:
    with open("/proc/self/status") as f, open("peak", "w") as out:
        out.write(next(line.split()[1] for line in f if line.startswith("VmHWM")))
sys.exit(status)
"""
"""The command, and then the kilobytes that it held at most: `ru_maxrss` would count what the tests' own
process held when the child was forked from it."""

MEGABYTES = 512
"""Address space of the process. Nothing heavy is imported, so it hardly differs from what is used."""
PATIENCE = 60
"""Seconds of processor time after which the process is ended."""


@dataclass(frozen=True)
class Measured:
    """`seconds` of processor time, start-up included; `megabytes` that were resident at most, without end
    where the process was killed before it could say."""

    status: int
    seconds: float
    megabytes: float
    errors: str

    @property
    def fine(self) -> bool:
        """Whether the status is one that a check may give, and nothing was said of a defect."""
        return self.status in (0, 1, 2) and "defect" not in self.errors


def measure(data: bytes, *words: str) -> Measured:
    """`fdc check FILE` or another command of these words."""
    with tempfile.TemporaryDirectory() as folder:
        file, errors, peak = (Path(folder) / name for name in ("fuzz.fdl", "errors", "peak"))
        file.write_bytes(data)
        command = [sys.executable, "-c", CHILD, *(words or ("check",)), "fuzz.fdl"]
        with open(errors, "wb") as said:
            child = subprocess.Popen(
                command, cwd=folder, stdout=subprocess.DEVNULL, stderr=said, preexec_fn=_limit
            )
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        text = errors.read_text("utf-8", "replace")
        megabytes = int(peak.read_text()) / 1024 if peak.is_file() else math.inf
    return Measured(child.returncode, used.ru_utime + used.ru_stime, megabytes, text[-2000:])


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES << 20, MEGABYTES << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE, PATIENCE))
