"""Random methods check clean however they are written, and single mistakes in them are told; so are most in written ones.

`random_methods` knows by construction which is which. `pytest -m long tests/check/test_mutations.py -s` measures the rates of
`tests/bench/README.md`.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable

import pytest
from generated.method_mutations import Mutation, mutations
from generated.random_methods import Written, written
from method_cases import NAMES, checked
from paths import METHODS


def told(w: Written) -> list[str]:
    return [f"{d.code} on line {d.span.line}: {d.message}" for d in checked("random", w.text).diagnostics]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_a_right_method_is_accepted_however_it_is_written(seed: int) -> None:
    for style in range(2):
        w = written(seed, style=style)
        assert told(w) == [], w.text


@pytest.mark.slow
def test_a_mistake_is_told() -> None:
    silent = []
    for seed in range(8):
        for i, place in enumerate(written(seed).places):
            w = written(seed, mistake=i)
            silent += [f"{place}\n{w.text}"] if not told(w) else []
    assert silent == []


@pytest.mark.slow
def test_most_mistakes_in_written_methods_are_told() -> None:
    """Of a few changes of each method; most of those that are silent change nothing that is trained."""
    found = Counter[bool]()
    choose = random.Random(5)
    for name in NAMES:
        for m in _some(choose, mutations((METHODS / f"{name}.fdl").read_text()), 2):
            found[bool(checked(name, m.text).diagnostics)] += 1
    assert found[False] < 0.2 * found.total()


def _some(choose: random.Random, found: Iterable[Mutation], count: int) -> list[Mutation]:
    every = list(found)
    return choose.sample(every, min(count, len(every)))


@pytest.mark.long
def test_the_rates_of_random_methods() -> None:
    right = Counter[bool]()
    wrong: dict[str, Counter[bool]] = {}
    for seed in range(1000, 1400):
        for style in range(3):
            right[told(written(seed, style=style)) == []] += 1
        for i, place in enumerate(written(seed).places):
            wrong.setdefault(place, Counter())[bool(told(written(seed, mistake=i)))] += 1
    print(f"right: {right[True]} of {right.total()} accepted")
    for place, counts in sorted(wrong.items()):
        print(f"{place}: {counts[True]} of {counts.total()} told")
    total = sum(wrong.values(), Counter[bool]())
    print(f"mistakes: {total[True]} of {total.total()} told")
    assert right[False] == 0
    assert total[True] >= 0.97 * total.total()


@pytest.mark.long
def test_the_rates_of_written_methods() -> None:
    """Prints what is silent, so that somebody may judge it."""
    counts: dict[str, Counter[bool]] = {}
    for name in NAMES:
        for m in mutations((METHODS / f"{name}.fdl").read_text()):
            found = bool(checked(name, m.text).diagnostics)
            counts.setdefault(m.kind, Counter())[found] += 1
            if not found:
                print(f"silent in {name}: {m}")
    for kind, of in sorted(counts.items()):
        print(f"{kind}: {of[False]} of {of.total()} silent")
    total = sum(counts.values(), Counter[bool]())
    print(f"all: {total[False]} of {total.total()} silent")
    assert total[False] < 0.17 * total.total()
