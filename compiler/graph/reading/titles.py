"""What is written on a card: its title, its note, and what it computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ....stages.table import OPS
from ...base.frozen import struct
from ...ir.graph import Node
from ...program.ops import ROLE, SCOPE, STANDS_FOR
from ...program.values import Value
from .folding import Fold
from .formulas import formula, name_of
from .losses import normaliser
from .steps import Steps
from .words import counted, levels, rounds, short, written


@struct
class Words:
    title: str
    note: str = ""
    formula: str = ""


@struct
class Titled:
    """A card that is being named: its last node, the value that this was in the program, the node that calls a role, and the
    text and name of the expression that it comes from."""

    steps: Steps
    fold: Fold
    node: Node
    value: Value | None
    call: Node | None
    role: str
    name: str
    text: str
    output: str

    @property
    def computes(self) -> str:
        return formula(self.steps, self.fold.top, self.fold.members)

    @property
    def written(self) -> str:
        """Its text; of what has none of its own, such as the inside of a stage, what it computes."""
        return self.text if self.value is not None else self.computes


def role_of(call: Node) -> str:
    role = dict(call.attributes).get("role")
    return str(role).removeprefix("run.") if role else ""


def words(steps: Steps, fold: Fold, call: Node | None, role: str, output: str) -> Words:
    """`output` is what the function calls the card's value, "" where it is none of its outputs."""
    n, value = steps.nodes[fold.top], steps.value(fold.top)
    text = " ".join(n.spans[0].text.split()) if n.spans else ""
    name = n.name or (value.name if value is not None else "")
    return WRITERS[fold.kind](Titled(steps, fold, n, value, call, role, name, text, output))


def _stage(t: Titled) -> Words:
    assert t.call is not None
    known = dict(t.call.attributes)
    function = t.steps.stages.get(str(known.get("function", "")))
    called = function.stage if function is not None else str(known.get("stage") or known.get("name") or "")
    if not called:
        called = str(known.get("callee") or known.get("what") or t.call.op).strip('"').removeprefix("run.")
    role = t.role or (function.role[0] if function is not None and function.role is not None else "")
    title = f"{role}.{called}" if role and not called.startswith(f"{role}.") else called
    if known.get("width") is not None:
        return Words(title, f"{len(t.call.inputs) // int(str(known['width']))} calls as one", t.text)
    sources = known.get("sources")
    if isinstance(sources, tuple):
        of = ", ".join(
            f"batch.{v}" if k == "field" else repr(v) if k == "text" else f"{v}" for k, v in sources
        )
        return Words(title, f"kept on disk, by {of}", t.text)
    if t.value is not None and OPS[t.value.op].of_role and not _is_converted_elsewhere(t):
        title = f"{role}.{t.value.op}"
    led = " ".join(t.node.trace[-1].text.split()) if t.node.trace else ""
    note = t.name if t.value is not None and t.name else short(led)
    return Words(title, note if note != title else "", t.written)


def _is_converted_elsewhere(t: Titled) -> bool:
    """Whether another card makes of the network's word what the program asks for."""
    readers = (r for r, _ in t.steps.seen_readers(t.node.id) if r not in t.fold.members)
    same = (t.steps.nodes[r] for r in readers)
    return any(n.spans[:1] == t.node.spans[:1] and n.trace == t.node.trace for n in same)


def _draw(t: Titled) -> Words:
    if t.value is None or not t.value.args:
        return Words(t.name or t.node.op, "", t.text)
    law = written(t.value.args[0])
    return Words(
        f"{t.name or 'draw'} ~ {short(law)}",
        f"one per {SCOPE.find(t.value) or 'sample'}",
        f"{t.name} ~ {law}",
    )


def _time(t: Titled) -> Words:
    if t.value is not None and levels(t.value):
        return Words(t.name or "times", levels(t.value), t.text)
    if t.node.op == "param":
        return Words(name_of(t.node), "this round's", t.text if len(t.text) < 20 else name_of(t.node))
    return Words(t.name or name_of(t.node), short(t.text), t.text)


def _data(t: Titled) -> Words:
    if t.node.op == "param":
        return Words(name_of(t.node), "handed in")
    field = str(dict(t.node.attributes).get("name") or name_of(t.node))
    stands_for = STANDS_FOR.find(t.value) if t.value is not None else None
    return Words(f"batch.{field}", stands_for or "", t.text)


def _op(t: Titled) -> Words:
    op = OPS[t.value.op] if t.value is not None else None
    if op is not None and t.value is not None and op.box == "mix":
        ref = ROLE.find(t.value)
        title = op.caption if t.name else op.caption.removeprefix("{name} = ")
        title = title.format(op=op.name, name=t.name)
        return Words(title, f"by the process of {ref.name}" if ref is not None else short(t.computes), t.text)
    if op is not None and op.box == "stage":  # what the network said, converted
        return Words(f"{t.name or op.name} = {short(t.computes)}", f"as {op.name}", t.text)
    text = t.written
    return Words(f"{t.name} = {short(text)}" if t.name and t.name != text else short(text), "", text)


def _loss(t: Titled) -> Words:
    said = " · ".join(filter(None, (short(t.text), normaliser(t.value))))
    return Words(f"loss {t.output}" if t.output else t.node.op, said, t.text)


def _text(t: Titled) -> Words:
    held = t.steps.nodes[t.node.inputs[0]]
    said = dict(held.attributes).get("value") if held.op == "const" else None
    note = "the empty prompt" if said == "" else "for each sample"
    return Words(f'"{said}"' if said is not None else t.name or "text", note, t.text)


def _loop(t: Titled) -> Words:
    head = t.text.partition("{")[0].strip()
    ends = [dict(t.steps.nodes[i].attributes).get("value") for i in t.node.inputs[:2]]
    whole = [e for e in ends if isinstance(e, int)]
    if t.node["iterable"] == "range" and len(whole) == 2:
        return Words(counted(str(max(0, whole[1] - whole[0]))), head, head)
    return Words(rounds(t.value) if t.value is not None else "loop", head, head)


def _state(t: Titled) -> Words:
    if t.node.op == "param":
        return Words(name_of(t.node), "carried from round to round")
    named = str(dict(t.node.attributes).get("name") or t.node.op)
    return Words(named, OPS[t.node.op].caption, t.text)


def _constant(t: Titled) -> Words:
    known = dict(t.node.attributes)
    return Words(str(known.get("callee", "")).removeprefix("run."), str(known.get("read", "")), t.text)


WRITERS: Mapping[str, Callable[[Titled], Words]] = {
    "stage": _stage,
    "draw": _draw,
    "time": _time,
    "data": _data,
    "op": _op,
    "loss": _loss,
    "text": _text,
    "loop": _loop,
    "state": _state,
    "constant": _constant,
}
"""By kind of card."""
