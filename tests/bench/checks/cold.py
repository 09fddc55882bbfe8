"""How long `fdc check` takes from a cold start, beside what importing torch and diffusers takes on the same machine.

Run by hand: `python -m checks.cold`. Each run is a process of its own, the commands in turn, so that all meet
the same load; medians are compared. Bytecode is kept in a folder of the benchmark's and written before the first timed
run, as it is for an installed package, whatever PYTHONDONTWRITEBYTECODE says.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Mapping, Sequence
from statistics import median

from harness import ROOT, process_seconds, version

PROGRAM = ROOT / "programs" / "wan_dmd2.fdl"
COMMANDS: Mapping[str, Sequence[str]] = {
    "fdc check": (sys.executable, "-m", "fdc.compiler.cli.main", "check", str(PROGRAM)),
    "import torch": (sys.executable, "-c", "import torch"),
    "import torch, diffusers": (sys.executable, "-c", "import torch, diffusers"),
    "python alone": (sys.executable, "-c", "pass"),
}
LIBRARIES = ("fdc", "torch", "diffusers")
IMPORTS = ("import torch", "import torch, diffusers")


def measured(runs: int) -> dict[str, list[float]]:
    """Seconds of each command, in turn, `runs` times."""
    with tempfile.TemporaryDirectory() as bytecode:
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        environment |= {"PYTHONPYCACHEPREFIX": bytecode, "OMP_NUM_THREADS": "1"}
        for command in COMMANDS.values():
            process_seconds(command, environment)
        times: dict[str, list[float]] = {name: [] for name in COMMANDS}
        for _ in range(runs):
            for name, command in COMMANDS.items():
                times[name].append(process_seconds(command, environment))
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    times = measured(runs)
    print(
        f"Python {platform.python_version()}, {', '.join(f'{n} {version(n)}' for n in LIBRARIES)}, {runs} runs"
    )
    print(f"{'':<24}{'median s':>10}{'least':>8}{'most':>8}")
    for name, found in times.items():
        print(f"{name:<24}{median(found):>10.3f}{min(found):>8.3f}{max(found):>8.3f}")
    for name in IMPORTS:
        ratio = median(times["fdc check"]) / median(times[name])
        print(f"ratio of medians, fdc check to {name}: {ratio:.3f}")


if __name__ == "__main__":
    main()
