"""The cards of one function by their nodes, and the values that go from one to another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...base.frozen import replace, struct
from ...ir.graph import Function, Node
from ..document import Port
from .folding import Fold
from .formulas import name_of
from .losses import is_loss
from .steps import Arrival, Steps
from .words import Naming, port

START, NEXT_ROUND = "start", "next"
"""The ports of what a loop carries: what the first round has, and what each next one has."""


@struct
class Meeting:
    """A value that a card gives and another takes: the node that reads it, how it arrives, the ports of both."""

    reader: int
    arrival: Arrival
    source: str
    gives: Port
    target: str
    takes: Port
    back: bool = False


class Folds:
    """The cards of one function. Every node but wires is on one; fields of the batch that are read twice stand once."""

    def __init__(self, steps: Steps, at: Naming, found: Iterable[Fold]) -> None:
        self.steps, self.at = steps, at
        self.outputs: Mapping[int, str] = {i: name for name, i in steps.function.graph.outputs}
        read = (f for f in found if f.top not in steps.items or any(steps.seen_readers(f.top)))
        self.all = tuple(map(self._as_loss, read))
        self.of = {m: f for f in self.all for m in f.members}
        self.first = dict(self._fields())

    def _as_loss(self, f: Fold) -> Fold:
        """Arithmetic that is minimised is a loss, whatever it is made of."""
        minimised = f.top in self.outputs and is_loss(self.steps.function, self.outputs[f.top])
        return replace(f, kind="loss") if minimised and f.kind == "op" else f

    def _fields(self) -> Iterator[tuple[int, int]]:
        known: dict[object, int] = {}
        for f in self.all:
            n = self.steps.nodes[f.top]
            if f.kind == "data" and n.op != "param":
                yield f.top, known.setdefault((n.op, n.attributes, self.steps.loop[f.top]), f.top)

    def id(self, node: int) -> str:
        """The id of the card that a node is on."""
        top = self.of[node].top
        return f"n{self.first.get(top, top)}"

    def drawn(self) -> Iterator[tuple[Fold, tuple[int, ...]]]:
        """Each card with all its nodes."""
        for f in self.all:
            if f.top not in self.first:
                yield f, f.members
            elif self.first[f.top] == f.top:
                yield f, tuple(i for i, first in self.first.items() if first == f.top)

    def is_loss_card(self, output: int) -> bool:
        """Whether an output is a loss as it stands, on a card of its own."""
        found = self.of.get(output)
        outputs = [i for name, i in self.steps.function.graph.outputs if is_loss(self.steps.function, name)]
        return (
            found is not None and found.top == output and found.kind == "loss" and outputs.count(output) == 1
        )

    # values on their way

    def meetings(self) -> tuple[Meeting, ...]:
        """What a call is handed comes in once, also if its card's arithmetic reads it too."""
        found = list(self._meetings())
        named = {(m.source, m.gives.name, m.target) for m in found if m.takes.name != m.gives.name}
        named |= {(m.source, m.gives.name, m.target) for m in found if self._is_call(m.reader)}
        return tuple(
            m
            for m in found
            if self._is_call(m.reader)
            or m.takes.name != m.gives.name
            or (m.source, m.gives.name, m.target) not in named
        )

    def _is_call(self, id: int) -> bool:
        return self.steps.nodes[id].op_info.calls

    def _meetings(self) -> Iterator[Meeting]:
        for f in self.all:
            for m in f.members:
                n = self.steps.nodes[m]
                carried = n.body.parameters[len(n.body.parameters) - len(n.body.outputs) :] if n.body else ()
                given = len(n.inputs) - len(carried)
                for k, i in enumerate(n.inputs):
                    target = f"n{carried[k - given]}" if k >= given else self.id(m)
                    yield from self._met(m, i, target, START if k >= given else self._parameter(n, k))
                for head, (_, i) in zip(carried, n.body.outputs if n.body else ()):
                    yield from self._met(head, i, f"n{head}", NEXT_ROUND, True)

    def _met(self, reader: int, read: int, target: str, name: str, back: bool = False) -> Iterator[Meeting]:
        for a in self.steps.arrivals(read):
            source = self.id(a.node)
            if source != target or back:
                gives = self.gives(a)
                takes = replace(self._taken(a, gives), name=name or gives.name, side="in")
                yield Meeting(reader, a, source, gives, target, takes, back)

    def _parameter(self, n: Node, k: int) -> str:
        """What a call names its argument, "" for an op whose arguments have no names."""
        known = dict(n.attributes)
        function = self.steps.stages.get(str(known.get("function", "")))
        if function is not None and function.parameters and n.op_info.calls:
            return function.parameters[k % len(function.parameters)]
        names = known.get("names")
        if isinstance(names, tuple) and k < len(names):
            return str(names[k])
        return "over" if n.body is not None else ""

    def entry(self, a: Arrival) -> int | None:
        """The entry of a list that is read on the way: `steps[i + 1]`."""
        return next((w for w in reversed(a.way) if self.steps.nodes[w].op_info.rule == "index"), None)

    def _taken(self, a: Arrival, gives: Port) -> Port:
        entry = self.entry(a)
        if entry is None:
            return gives
        value = self.steps.value(entry)
        return port(gives.name, "in", self.steps.nodes[entry].type, value, self.at)

    def gives(self, a: Arrival) -> Port:
        """The port that a value leaves its card by: of a loop, what it carries; of calls as one, each's result."""
        s, n = self.steps, self.steps.nodes[a.node]
        if n.body is not None:
            way = next((w for w in a.way if s.nodes[w].op == "result"), None)
            index = int(s.nodes[way].text("index")) if way is not None else 0
            carried = s.nodes[n.body.parameters[len(n.body.parameters) - len(n.body.outputs) + index]]
            return port(
                name_of(carried), "out", carried.type, s.value(way) if way is not None else None, self.at
            )
        if n.op_info.parts:
            way = next((w for w in a.way if s.nodes[w].op == "part"), None)
            part = s.nodes[way] if way is not None else n
            which = f"{name_of(part)} {int(part.text('index')) + 1}" if way is not None else name_of(n)
            return port(which, "out", part.type, None, self.at)
        value = s.value(a.node)
        of_card = value is None or self.of[a.node].top == a.node
        own = value if of_card and not self._is_converted(a.node) else None
        name = (n.name or (own.name if own is not None else "") or n.hint) if of_card else n.hint or n.name
        return port(name or name_of(n), "out", n.type, own, self.at)

    def _is_converted(self, id: int) -> bool:
        """Whether a call's word is not yet what the program asks for: another node at the same place makes that of it."""
        n = self.steps.nodes[id]
        if not n.op_info.calls:
            return False
        readers = (self.steps.nodes[r] for r, _ in self.steps.seen_readers(id))
        return any(r.spans[:1] == n.spans[:1] and r.trace == n.trace for r in readers)


def outputs_of(function: Function) -> Iterator[tuple[str, int, str]]:
    """(name, node, id of the card that stands for it at the right)."""
    for name, id in function.graph.outputs:
        yield name, id, f"out.{name or function.name}"
