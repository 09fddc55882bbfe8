"""How long the language server takes to check a file again after a keystroke, beside a check with nothing kept.

Run by hand: `python -m checks.warm`. One process and two files: one of some 300 lines, a family, three methods and
five programs, and one of a few lines that imports the library. Each round types one character somewhere and
checks with the texts that the server keeps, then checks the same text with every file read and parsed anew. Medians are
compared with that of `python -c pass`, which tells how fast the machine is. Times are the processor's, so that other
work on the machine counts for little.
"""

from __future__ import annotations

import argparse
import gc
import platform
import resource
import subprocess
import sys
import time
from statistics import median

from harness import ROOT, version

from fdc.compiler.base.source import Source
from fdc.compiler.driver.pipeline import check_source
from fdc.compiler.lsp.workspace import Workspace

EXAMPLES, ACCEPTED = (ROOT / "tests" / "programs" / name for name in ("examples", "accepted"))
PARTS = (
    ROOT / "families" / "wan" / "wan.fdl",
    EXAMPLES / "dmd2.fdl",
    EXAMPLES / "finetune.fdl",
    ACCEPTED / "method_from_another.fdl",
    EXAMPLES / "wan_dmd2.fdl",
    ROOT / "programs" / "wan_finetune.fdl",
    ACCEPTED / "heun.fdl",
    ACCEPTED / "guided_distillation.fdl",
)


def text() -> str:
    """The file: every part without its imports, its program under a name of its own."""
    parts = []
    for i, path in enumerate(PARTS):
        lines = (x for x in path.read_text("utf-8").splitlines() if not x.startswith("import "))
        parts.append("\n".join(lines).strip().replace("program p ", f"program p{i} ") + "\n")
    return "\n".join(parts)


def keystrokes(whole: str) -> list[str]:
    """Versions of the text with one more character each, in comments and numbers all over it."""
    places = [i for i in range(1, len(whole)) if whole[i - 1].isdigit() and whole[i] in " ,)\n"]
    return [f"{whole[:i]} {whole[i:]}" for i in places]


def measured(whole: str, runs: int) -> tuple[list[float], list[float]]:
    """Seconds of the processor for a check after each keystroke: with what the server keeps, and with nothing kept."""
    path = ROOT / "tests" / "bench" / "warm.fdl"  # not there: the text is an editor's
    workspace = Workspace()
    workspace.documents.put(path.as_uri(), 0, whole)
    first = workspace.view(path)
    assert first is not None and first.checked.clean, "the file of the benchmark has errors"
    edits = keystrokes(whole)
    warm, cold = [], []
    for i in range(runs):
        edited = edits[i * len(edits) // runs]
        began = time.process_time()
        workspace.documents.put(path.as_uri(), i, edited)
        assert workspace.view(path) is not None
        warm.append(time.process_time() - began)
        began = time.process_time()
        check_source(Source("warm.fdl", edited, path), path)
        cold.append(time.process_time() - began)
    return warm, cold


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--runs", type=int, default=60)
    runs = parser.parse_args().runs
    texts = {"one large file": text(), "wan_dmd2": (ROOT / "programs" / "wan_dmd2.fdl").read_text("utf-8")}
    for whole in texts.values():
        measured(whole, 2)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)  # as the server has it
    python = []
    for _ in range(15):
        before = _children()
        subprocess.run((sys.executable, "-c", "pass"), check=True)
        python.append(_children() - before)
    rows = {"python alone": python}
    for name, whole in texts.items():
        warm, cold = measured(whole, runs)
        lines = whole.count("\n")
        rows |= {f"{name}, {lines} lines": warm, f"{name}, nothing kept": cold}
    print(f"Python {platform.python_version()}, fdc {version('fdc')}, {runs} keystrokes")
    print(f"{'':<28}{'median ms':>10}{'least':>8}{'most':>8}{'to python alone':>18}")
    for name, found in rows.items():
        ms = [1000 * x for x in found]
        ratio = median(found) / median(python)
        print(f"{name:<28}{median(ms):>10.1f}{min(ms):>8.1f}{max(ms):>8.1f}{ratio:>18.2f}")


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
