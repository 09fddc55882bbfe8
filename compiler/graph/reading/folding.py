"""Which nodes of a plan stand on one card: what the user wrote as one expression is one, and arithmetic in between has none
of its own.

A node folds into its reader if nothing else reads it, so that no card reads itself through another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from ....stages.table import OPS
from ...base.frozen import struct
from .steps import Steps, is_small

Kind = Literal["stage", "draw", "time", "data", "op", "loss", "constant", "text", "loop", "state"]

WEIGHTS: Mapping[str, int] = {"loss": 3, "stage": 2, "draw": 1, "op": 0}
"""Of a card of several nodes it is the kind of the heaviest."""


@struct
class Fold:
    """Nodes of one card: `top` is the last, whose id it has, `kind` what it is drawn as."""

    top: int
    kind: Kind
    members: tuple[int, ...]


def kind_of(steps: Steps, id: int) -> Kind:
    """How a node that is no wire is drawn, by the facts of its op."""
    n = steps.nodes[id]
    info = OPS[n.op]
    if n.op == "param":
        if id in steps.carried:
            return "state"
        return "time" if id in steps.items else "data"
    if n.body is not None:
        return "loop"
    if info.is_loss:
        return "loss"
    if info.kind == "random":
        return "draw"
    if info.box == "mix":
        return "op"
    return info.box or "op"


def fold(steps: Steps, apart: Mapping[int, object] | None = None) -> tuple[Fold, ...]:
    """Cards of a function, in its order. Nodes with different entries in `apart` never share one."""
    apart = apart or {}
    card: dict[int, int] = {}
    members: dict[int, list[int]] = {}
    kind: dict[int, Kind] = {}
    for id in reversed(steps.order):
        if id in steps.wires:
            continue
        own = kind_of(steps, id)
        target = _reader(steps, id, card)
        if (
            target is not None
            and steps.loop[target] == steps.loop[id]
            and apart.get(id) == apart.get(target)
            and _folds(steps, id, own, kind[target], target, members[target])
        ):
            card[id] = target
            members[target].append(id)
            kind[target] = max(own, kind[target], key=lambda k: WEIGHTS[k])
        else:
            card[id], members[id], kind[id] = id, [id], own
    made = {top: Fold(top, kind[top], tuple(reversed(found))) for top, found in members.items()}
    return tuple(made[id] for id in steps.order if id in made)


def _reader(steps: Steps, id: int, card: Mapping[int, int]) -> int | None:
    """The one card that reads a node, if it is one and reads it as it is."""
    if steps.leaves(id):
        return None
    found = set()
    for reader, stopped in steps.seen_readers(id):
        if stopped or reader not in card:
            return None
        found.add(card[reader])
    return found.pop() if len(found) == 1 else None


def _folds(steps: Steps, id: int, own: Kind, kind: Kind, top: int, members: list[int]) -> bool:
    if own not in WEIGHTS or kind not in WEIGHTS:
        return False
    n, reader = steps.nodes[id], steps.nodes[top]
    same = n.spans[:1] == reader.spans[:1] and n.trace == reader.trace
    if own == "draw":
        same_site = steps.value(id) is not None and steps.value(id) is steps.value(top)
        return kind == "op" and is_small(n) and (same_site or _only_source(steps, id, members))
    if own == "stage":
        return kind == "op" and same and not n.name
    if own == "loss":
        return kind == "op" and not n.name and _only_source(steps, id, members)
    if n.name or kind == "draw":
        return False
    if kind == "stage" and not same:
        return False
    value = steps.value(id)
    own_card = value is not None and OPS[value.op].box not in ("", "draw", "loss") and not same
    return not own_card


def _only_source(steps: Steps, id: int, members: list[int]) -> bool:
    read = {a.node for m in members for i in steps.nodes[m].inputs for a in steps.arrivals(i)}
    return read - set(members) == {id}
