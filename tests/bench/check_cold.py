"""How long `fdc check` takes from a cold start, beside what importing torch and diffusers takes on the same machine.

Run by hand: `python tests/bench/check_cold.py`. Each run is a process of its own, the commands in turn, so that all meet
the same load; medians are compared. Bytecode is kept in a folder of the benchmark's and written before the first timed
run, as it is for an installed package, whatever PYTHONDONTWRITEBYTECODE says.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "programs" / "wan_dmd2.fdl"
COMMANDS: Mapping[str, Sequence[str]] = {
    "fdc check": (sys.executable, "-m", "fdc.compiler.cli", "check", str(PROGRAM)),
    "import torch": (sys.executable, "-c", "import torch"),
    "import torch, diffusers": (sys.executable, "-c", "import torch, diffusers"),
    "python alone": (sys.executable, "-c", "pass"),
}
LIBRARIES = ("fdc", "torch", "diffusers")
IMPORTS = ("import torch", "import torch, diffusers")


def timed(command: Sequence[str], environment: Mapping[str, str]) -> float:
    """Seconds from start to end of one process. Raises CalledProcessError if it fails."""
    began = time.perf_counter()
    subprocess.run(command, env=dict(environment), stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def measured(runs: int) -> dict[str, list[float]]:
    """Seconds of each command, in turn, `runs` times."""
    with tempfile.TemporaryDirectory() as bytecode:
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environment |= {"PYTHONPYCACHEPREFIX": bytecode, "OMP_NUM_THREADS": "1"}
        for command in COMMANDS.values():
            timed(command, environment)
        times: dict[str, list[float]] = {name: [] for name in COMMANDS}
        for _ in range(runs):
            for name, command in COMMANDS.items():
                times[name].append(timed(command, environment))
    return times


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    times = measured(runs)
    print(
        f"Python {platform.python_version()}, {', '.join(f'{n} {_version(n)}' for n in LIBRARIES)}, {runs} runs"
    )
    print(f"{'':<24}{'median s':>10}{'least':>8}{'most':>8}")
    for name, found in times.items():
        print(f"{name:<24}{median(found):>10.3f}{min(found):>8.3f}{max(found):>8.3f}")
    for name in IMPORTS:
        ratio = median(times["fdc check"]) / median(times[name])
        print(f"ratio of medians, fdc check to {name}: {ratio:.3f}")


if __name__ == "__main__":
    main()
