"""Runs inputs of every kind and reports on them: how many, how long the worst took, what does not hold.

`python -m fuzz --seconds 60 --seed 1`, `python -m fuzz --inputs 1000 --kind splices`, `python -m fuzz --bombs 1000
--processes`; in the folder `tests`. What fails is kept in the folder that `--keep` names, and then the status is 1.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from .bombs import BOMBS
from .inputs import KINDS, make
from .judge import SECONDS, Input, Verdict, judge
from .process import measure

HEAVY = {"repeats": 5, "bombs": 50}


def numbered(kinds: list[str], seed: int) -> Iterator[tuple[str, Input]]:
    """The kinds by turns; those whose inputs are large less often."""
    for number in count():
        for kind in kinds:
            if kind not in HEAVY or number % HEAVY[kind] == 0 or len(kinds) == 1:
                yield f"{kind} {seed} {number}", make(kind, seed, number)


def sized(sizes: list[int]) -> Iterator[tuple[str, Input]]:
    """Every bomb in every size."""
    for name, bomb in BOMBS.items():
        for n in sizes:
            yield f"{name} × {n}", Input("bombs", bomb(n).encode("utf-8", "replace"))


class Tally:
    """What was seen so far."""

    def __init__(self, keep: Path | None) -> None:
        self.keep = keep
        self.count: Counter[str] = Counter()
        self.worst: dict[str, tuple[float, str]] = {}
        self.codes: Counter[str] = Counter()
        self.problems: dict[str, int] = {}

    def add(self, given: Input, verdict: Verdict, name: str) -> None:
        kind = given.kind
        self.count[kind] += 1
        self.codes.update(verdict.codes)
        self.worst[kind] = max(self.worst.get(kind, (0.0, "")), (verdict.slowest, name))
        if verdict.problem:
            self.problems[verdict.problem] = self.problems.get(verdict.problem, 0) + 1
            if self.problems[verdict.problem] == 1:
                print(f"{name}: {verdict.problem}", flush=True)
                if self.keep is not None:
                    self.keep.mkdir(parents=True, exist_ok=True)
                    (self.keep / f"{name.replace(' ', '_').replace('/', '_')}.fdl").write_bytes(given.data)
                    if given.overrides:
                        print("   --set " + " --set ".join(map(repr, given.overrides)))


def in_processes(sizes: list[int]) -> int:
    """Every bomb as a user would check it: what the worst take of time and memory."""
    found = []
    for name, given in sized(sizes):
        done = measure(given.data)
        found.append((done, name))
        if not done.fine or done.seconds > SECONDS:
            print(f"{name}: {done}", flush=True)
    slowest = max(found, key=lambda f: f[0].seconds)
    largest = max(found, key=lambda f: f[0].megabytes)
    print(f"{len(found)} inputs, {sum(not d.fine for d, _ in found)} fail")
    print(
        f"slowest: {slowest[1]} {slowest[0].seconds:.2f} s; largest: {largest[1]} {largest[0].megabytes:.0f} MB"
    )
    return int(any(not d.fine for d, _ in found))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long to go on [60]")
    parser.add_argument("--inputs", type=int, default=sys.maxsize, help="how many inputs at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", action="append", choices=KINDS, help="one kind only (may be repeated)")
    parser.add_argument(
        "--bombs", type=int, action="append", help="every bomb in this size instead (may be repeated)"
    )
    parser.add_argument(
        "--processes", action="store_true", help="with --bombs: each as `fdc check` in a process"
    )
    parser.add_argument(
        "--quick", action="store_true", help="only check and report: five times as many inputs"
    )
    parser.add_argument("--keep", type=Path, help="a folder for inputs that fail")
    args = parser.parse_args()
    if args.processes:
        return in_processes(args.bombs or [1000])
    inputs = sized(args.bombs) if args.bombs else numbered(args.kind or list(KINDS), args.seed)
    tally, start = Tally(args.keep), time.monotonic()
    for n, (name, given) in enumerate(inputs):
        if n == args.inputs or (not args.bombs and time.monotonic() - start > args.seconds):
            break
        tally.add(given, judge(given, thorough=not args.quick), name)
    if not args.bombs:
        for kind, n in tally.count.items():
            seconds, name = tally.worst[kind]
            print(f"{kind:12} {n:7} inputs, at most {seconds:.2f} s ({name})")
    slowest = sorted(tally.worst.values(), reverse=True)[:5]
    print(f"{tally.count.total()} inputs, {len(tally.codes)} codes, {sum(tally.problems.values())} fail")
    print("slowest: " + ", ".join(f"{name} {seconds:.2f} s" for seconds, name in slowest))
    return 1 if tally.problems else 0


if __name__ == "__main__":
    sys.exit(main())
