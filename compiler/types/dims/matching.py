"""A callee's pattern against a caller's dims: one unknown at a time, where it stands alone and linear."""

from __future__ import annotations

from collections.abc import Sequence

from .decide import Answer
from .known_facts import Facts, NotDivisible, Undecided
from .polynomial import Dim


class NoMatch(Exception):
    """The dims at `index` do not fit; `answer` says whether they never can (REFUTED) or may not (UNKNOWN)."""

    def __init__(
        self, index: int, pattern: Dim, actual: Dim, reason: str, answer: Answer, missing: str = ""
    ) -> None:
        super().__init__(reason)
        self.index = index
        self.pattern = pattern
        self.actual = actual
        self.reason = reason
        self.answer = answer
        self.missing = missing


def match(
    patterns: Sequence[Dim], actuals: Sequence[Dim], unknowns: set[str], facts: Facts
) -> dict[str, Dim]:
    """What `unknowns`, whole numbers from 0, must be over the basis variables for each pattern to equal the
    actual in its place, for all sizes.

    An unknown is solved for where it stands alone and linear, until nothing is left. It may have the name of one
    of the caller's sizes; the two are kept apart. Both sequences are of one length. Raises `NoMatch`: for a place
    that no sizes fit, else for the first that is not determined, or does not fit all sizes. Places that exclude
    each other only together (`4*n` and `5*n` against one size) are not refuted.
    """
    marked: dict[str, Dim | int] = {u: Dim.of(u + "?") for u in unknowns}
    found: dict[str, Dim | int] = {}
    todo = [(i, p, p.substitute(marked), a) for i, (p, a) in enumerate(zip(patterns, actuals, strict=True))]
    while todo:
        rest = []
        doubts = []
        for i, pattern, open_pattern, actual in todo:
            now = open_pattern.substitute(found)
            free = sorted(v for v in now.variables if v.endswith("?"))
            try:
                if not free:
                    _same(i, pattern, now, actual, facts)
                elif len(free) == 1 and (parts := now.split(free[0])) is not None:
                    found[free[0]] = _solve(i, pattern, *parts, actual, facts)
                else:
                    names = " and ".join(f"`{u}`" for u in sorted(pattern.variables & unknowns))
                    reason = f"`{pattern}` does not determine {names}"
                    raise NoMatch(i, pattern, actual, reason, Answer.UNKNOWN)
            except NoMatch as no:
                if no.answer is Answer.REFUTED:
                    raise
                doubts.append(no)
                rest.append((i, pattern, open_pattern, actual))
        if len(rest) == len(todo):
            raise doubts[0]
        todo = rest
    return {v[:-1]: Dim.of(d) for v, d in found.items()}


def _same(i: int, pattern: Dim, now: Dim, actual: Dim, facts: Facts) -> None:
    answer = facts.equal(now, actual)
    if answer is not Answer.PROVED:
        word = "is not" if answer is Answer.REFUTED else "is not known to be"
        reason = f"`{facts.show(actual)}` {word} `{facts.show(now)}`"
        raise NoMatch(i, pattern, actual, reason, answer)


def _solve(i: int, pattern: Dim, factor: Dim, offset: Dim, actual: Dim, facts: Facts) -> Dim:
    shown = f"`{facts.show(actual)}`"
    try:
        value = facts.divide(actual - offset, factor)
    except NotDivisible as why:
        reason = f"{shown} does not have the form `{pattern}`: {why}"
        raise NoMatch(i, pattern, actual, reason, Answer.REFUTED) from None
    except Undecided as why:
        reason = f"{shown} is not known to have the form `{pattern}`: {why}"
        raise NoMatch(i, pattern, actual, reason, Answer.UNKNOWN, why.missing) from None
    match facts.prove_at_least(value, 0):
        case Answer.REFUTED:
            raise NoMatch(i, pattern, actual, f"{shown} is too small to be `{pattern}`", Answer.REFUTED)
        case Answer.UNKNOWN:
            missing = f"that `{facts.show(actual)}` is at least `{facts.show(offset)}`"
            reason = f"{shown} may be too small to be `{pattern}`; what is missing is {missing}"
            raise NoMatch(i, pattern, actual, reason, Answer.UNKNOWN, missing)
    return value
