"""`python -m at_random`, from the folder of the tests: many random programs and mutants of them, and both rates.

Disagreements of the oracle and the checker are written out whole.
"""

from __future__ import annotations

import argparse

from .cases import Rates, changed, right
from .choices import Choices, Seeded


def measured(programs: int, mutants: int, seed: int) -> Rates:
    rates = Rates()
    for i in range(programs):
        choices = Choices(Seeded(seed * 1_000_003 + i))
        base = right(choices)
        rates.add(base)
        for _ in range(mutants if base.verdict.right and not base.errors else 0):
            found = changed(choices, base)
            if found is not None:
                rates.add(found)
    return rates


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--mutants", type=int, default=4, help="of each program")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=3, help="how many disagreements are written out")
    given = parser.parse_args()
    rates = measured(given.programs, given.mutants, given.seed)
    for j in rates.disagreements[: given.show]:
        print(j.told(), end="\n\n")
    print(rates.told(), *rates.by_kind(), sep="\n")


if __name__ == "__main__":
    main()
