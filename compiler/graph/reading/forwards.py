"""How often a graph calls the networks of its roles: a call in a loop as often as that has rounds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from ...ir.autograd import is_trained_call
from ...program.family import UNTRAINED
from ...program.ops import VALUE
from ...program.values import Value
from ..document import RoleCost
from .steps import Steps

Times = tuple[int, tuple[str, ...]]
"""A count, as a number and further factors that are drawn or given: `(2, ("k",))` is 2*k."""


def forwards(steps: Steps) -> tuple[RoleCost, ...]:
    """By role, how many forwards of its networks one run of the graph takes, and whether a backward follows some of them."""
    found: dict[str, dict[tuple[str, ...], int]] = defaultdict(lambda: defaultdict(int))
    back: set[str] = set()
    for id in steps.order:
        role, calls = _network(steps, id)
        if role:
            number, factors = times(steps, id)
            found[role][factors] += number * calls
            if id in steps.tape and is_trained_call(
                steps.nodes[id], steps.function.roles, dict(steps.stages)
            ):
                back.add(role)
    return tuple(RoleCost(r, written(counts), r in back, None, None) for r, counts in found.items())


def forwards_of(steps: Steps, id: int) -> str:
    """Of one call; "" where it runs no network."""
    role, calls = _network(steps, id)
    number, factors = times(steps, id)
    return written({factors: number * calls}) if role else ""


def _network(steps: Steps, id: int) -> tuple[str, int]:
    """The role whose network a node calls, and how often; "" for what calls none."""
    n = steps.nodes[id]
    known = dict(n.attributes)
    stage = steps.stages.get(str(known.get("function", "")))
    if not n.op_info.calls or stage is None or stage.role is None or stage.stage_kind in UNTRAINED:
        return "", 0
    width = known.get("width")
    return stage.role[0], len(n.inputs) // width if isinstance(width, int) and width else 1


def times(steps: Steps, id: int) -> Times:
    """How often a node is reached."""
    number, factors = 1, []
    loop = steps.loop[id]
    while loop is not None:
        rounds = _rounds(steps, loop)
        if isinstance(rounds, int):
            number *= rounds
        else:
            factors.append(rounds)
        loop = steps.loop[loop]
    return number, tuple(sorted(factors))


def _rounds(steps: Steps, loop: int) -> int | str:
    n, value = steps.nodes[loop], steps.value(loop)
    ends = [dict(steps.nodes[i].attributes).get("value") for i in n.inputs[:2]]
    if n["iterable"] == "range" and isinstance(ends[0], int) and isinstance(ends[1], int):
        return max(0, ends[1] - ends[0])
    if value is None:
        return "n"
    if n["iterable"] == "range":
        return value.args[1].name or "n"
    return next(_lengths(value.args[0]), "n")


def _lengths(given: Value) -> Iterator[int | str]:
    """How many entries a list or a grid has, if that is written."""
    steps = VALUE.find(given.args[0]) if given.args else None
    if isinstance(steps, int):
        yield steps
    length = getattr(given.type, "length", None)
    if length is not None:
        yield length.constant if length.constant is not None else str(length)


def written(counts: Mapping[tuple[str, ...], int]) -> str:
    """`1 + 2*k`."""
    parts = []
    for factors, number in sorted(counts.items()):
        names = "*".join(factors)
        parts.append(str(number) if not factors else names if number == 1 else f"{number}*{names}")
    return " + ".join(parts)
