"""What fdc's plan and loop add to the networks' own time: beside the loop by hand, tiny, on one thread of the processor.

Run by hand: `python tests/bench/bench_overhead.py`. At this size an iteration's networks take some tens of milliseconds,
so that what stands around them shows. `same draws` gives the loop by hand fdc's random streams; without it, torch's
generator, which is faster and does not tell the same numbers on another device or after a resume. Times are the
processor's, so that other work on the machine counts for little. The aim is a ratio of at most 1.02.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace

import torch
from dmd2.both import CYCLE, ITERATIONS, TINY, Both, Policy, Size, both
from harness import Candidate, Table, interleaved, processor, record, timed_table

FDC, HAND, SAME = "fdc", "by hand", "by hand, same draws"
LARGER = replace(TINY, frames=17, height=128, width=128)


def candidates(b: Both, numbers: range = ITERATIONS) -> list[Candidate]:
    recipe = replace(b.recipe, paired=True)  # as the plan does
    return [
        Candidate(FDC, lambda: b.fdc(numbers)),
        Candidate(SAME, lambda: b.by_hand(recipe, b.streams, numbers)),
        Candidate(HAND, lambda: b.by_hand(recipe, b.torch_noise, numbers)),
    ]


def table(size: Size, rounds: int, to: str = HAND) -> Table:
    """`rounds` cycles of five iterations for each."""
    torch.set_num_threads(1)
    b = both(size, Policy(), torch.device("cpu"))
    found = interleaved(candidates(b), rounds, processor(), warmup=2)
    return timed_table(
        str(size), found, to=to, unit=("ms an iteration", 1000.0), per=CYCLE, notes=[f"{rounds} rounds."]
    )


def main(arguments: Sequence[str] | None = None) -> None:
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args(given).rounds
    found = [table(TINY, rounds, SAME), table(LARGER, max(1, rounds // 4), SAME)]
    print(record("bench_overhead", found, given).markdown())


if __name__ == "__main__":
    main()
