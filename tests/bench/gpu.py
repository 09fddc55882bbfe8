"""All rows that need a GPU, in under ten minutes, as one JSON and one markdown table.

    python tests/bench/gpu.py --out records

A new benchmark is an entry of `BENCHES`: a name, its share of the time, and a function of a deadline (of
`time.monotonic`) that gives tables. One that fails is told in the record, and the others go on. `--tiny` runs the same
with small networks on whatever there is, to try the command out.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import bench_blocks
import bench_glue
import bench_step
import torch
from dmd2.both import TINY, Policy
from harness import Record, Table, record, wall, write

MINUTES = 7.5
"""After which no round begins; the rest of the ten is for one that was begun, reckoned at two minutes."""


@dataclass(frozen=True)
class Bench:
    name: str
    share: float
    run: Callable[[float], list[Table]]


def _step(deadline: float) -> list[Table]:
    return bench_step.on_cuda(deadline=deadline)


def _tiny_step(deadline: float) -> list[Table]:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    policy = Policy("bf16", checkpointing="selective")
    return bench_step.tables(TINY, policy, device, 2, wall(), deadline=deadline)


def _tiny_blocks(deadline: float) -> list[Table]:
    device, ways = torch.device("cpu"), ("eager", "chains")
    return bench_blocks.tables(
        bench_blocks.SMALL, device, torch.float32, 2, wall(), ways=ways, deadline=deadline
    )


def _tiny_glue(deadline: float) -> list[Table]:
    return bench_glue.on_cpu(2, compiled=False, sizes=[bench_glue.sdxl(64, 1)])


BENCHES = (
    Bench("bench_step", 0.6, _step),
    Bench("bench_glue", 0.25, bench_glue.on_cuda),
    Bench("bench_blocks", 0.15, bench_blocks.on_cuda),
)
TINY_BENCHES = (
    Bench("bench_step", 0.6, _tiny_step),
    Bench("bench_glue", 0.25, _tiny_glue),
    Bench("bench_blocks", 0.15, _tiny_blocks),
)


def run(benches: Sequence[Bench], minutes: float, arguments: Sequence[str]) -> list[Record]:
    """A record of each; a deadline is its share of the time, from when it begins."""
    whole = sum(b.share for b in benches)
    done = []
    for bench in benches:
        deadline = time.monotonic() + 60 * minutes * bench.share / whole
        try:
            tables = bench.run(deadline)
        except Exception as e:  # told in the record: the others' rows are worth having
            tables = [Table("Failed", ["what"], [[f"{type(e).__name__}: {e}".splitlines()[0]]])]
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        made = record("gpu", tables, arguments)
        done.append(Record(bench.name, made.command, made.date, made.machine, made.versions, made.tables))
    return done


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("records"))
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--tiny", action="store_true")
    a = parser.parse_args(given)
    if not (a.tiny or torch.cuda.is_available()):
        print("there is no GPU here; --tiny tries the command out without", file=sys.stderr)
        return 2
    shown = [x for x in given if x != str(a.out)]
    records = run(TINY_BENCHES if a.tiny else BENCHES, a.minutes, [x for x in shown if x != "--out"])
    data, page = write(records, a.out, "tiny" if a.tiny else "gpu")
    print(page.read_text("utf-8"))
    print(f"every single time is in {data}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
