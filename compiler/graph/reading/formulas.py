"""The arithmetic of a card as one would write it: `xt - sigma*fake_velocity`."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

from ....stages.op import ATOM
from ....stages.table import OPS
from ...ir.graph import Node
from .steps import Steps
from .words import number

MOST = 240
"""Characters of a formula before it is cut."""


def formula(steps: Steps, top: int, members: Collection[int]) -> str:
    """The node `top` of a card, in terms of the values that its `members` read of others."""
    text = _text(steps, top, frozenset(members), 0)
    return text if len(text) <= MOST else f"{text[: MOST - 1]}…"


def name_of(n: Node) -> str:
    """What a value is called: as its program does, or by what makes it."""
    own = n.op.removesuffix("_per_sample").removesuffix("_per_frame")
    called = str(dict(n.attributes).get("stage") or "") if OPS[n.op].calls else ""
    return n.name or n.hint or called or OPS[n.op].hint or own


def _text(steps: Steps, id: int, members: frozenset[int], around: int) -> str:
    n = steps.nodes[id]
    info = OPS[n.op]
    known = dict(n.attributes)
    if n.op == "const":
        value = known.get("value")
        return number(value) if isinstance(value, int | Fraction) else repr(value)
    if id not in members and (id not in steps.wires or n.name):
        return name_of(n)
    if info.calls or n.body is not None or not n.inputs:
        return name_of(n)
    inputs = n.inputs
    if (
        id not in members and len(inputs) == 1 and info.kind != "pointwise"
    ):  # a view, a `stop`, a field: what it carries
        return _text(steps, inputs[0], members, around)
    if info.sign:
        slots = info.slots
        parts = [_text(steps, i, members, slots[min(k, len(slots) - 1)]) for k, i in enumerate(inputs)]
        text = f" {info.sign} ".join(parts) if len(parts) > 1 else f"{info.sign}{parts[0]}"
        if len(parts) > 1 and info.linear in ("product", "quotient"):
            text = info.sign.join(parts)
        return f"({text})" if info.binds < around else text
    if info.rule == "index":
        return f"{_text(steps, inputs[0], members, ATOM)}[{_text(steps, inputs[1], members, 0)}]"
    if len(inputs) == 1 and info.kind == "broadcast":
        return _text(steps, inputs[0], members, around)
    return f"{info.of_samples or n.op}({', '.join(_text(steps, i, members, 0) for i in inputs)})"
