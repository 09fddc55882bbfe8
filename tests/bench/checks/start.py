"""What a cold `fdc check` costs beside a bare interpreter: processor time of whole processes, and what it reads.

Run by hand: `python -m checks.start`. The tree is copied, so that bytecode lies beside the files as in an
installed package, and none is kept for fdc where that is measured. The commands are run in turn; the least of each is taken,
for what other work adds is never of interest. `--tree FOLDER` measures another checkout.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness import ROOT

LEFT_OUT = shutil.ignore_patterns(
    ".git", "__pycache__", "tests", "runs", ".venv", "*.safetensors", ".mypy_cache"
)
READ = (
    "import sys\n"
    "from fdc.compiler.cli.main import main\n"
    "main(sys.argv[1:])\n"
    "files = [m.__file__ for n, m in list(sys.modules.items()) if n.startswith('fdc.') and m.__file__]\n"
    "print(len(files), sum(open(f).read().count(chr(10)) for f in files))\n"
)


def processor_seconds(command: Sequence[str], environment: Mapping[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--tree", type=Path, default=ROOT)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "fdc")
        shutil.copytree(arguments.tree, tree, ignore=LEFT_OUT)
        plain = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        plain["PYTHONPATH"] = folder
        module = "fdc.compiler.cli.main" if (tree / "compiler" / "cli").is_dir() else "fdc.compiler.cli"
        check = [sys.executable, "-m", module, "check", str(tree / "programs" / "wan_dmd2.fdl")]
        bare = [sys.executable, "-c", "pass"]
        none_kept = {**plain, "PYTHONDONTWRITEBYTECODE": "1"}
        without = [
            (processor_seconds(bare, plain), processor_seconds(check, none_kept))
            for _ in range(arguments.runs)
        ]
        processor_seconds(check, plain)
        kept = [
            (processor_seconds(bare, plain), processor_seconds(check, plain)) for _ in range(arguments.runs)
        ]
        read = ""
        if module.endswith("main"):
            code = [sys.executable, "-c", READ, *check[3:]]
            read = subprocess.run(code, env=plain, capture_output=True, text=True, check=True).stdout.split(
                "\n"
            )[1]
    alone = min(b for b, _ in (*kept, *without))
    print(f"a bare interpreter: {alone:.4f} s of processor time")
    for what, pairs in (("with bytecode", kept), ("none kept for fdc", without)):
        least = min(c for _, c in pairs)
        print(f"fdc check, {what}: {least:.4f} s, {least / alone:.2f} times a bare interpreter")
    if read:
        files, lines = read.split()
        print(f"it reads {files} files of {int(lines):,} lines")


if __name__ == "__main__":
    main()
