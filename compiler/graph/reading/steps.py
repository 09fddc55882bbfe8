"""A function of a plan as the picture reads it: who reads what, in which loop, and which typed value each node was.

Nodes that only carry values on (constants, fields of records, `stop`, views that broadcast) are wires: what reads one
reads what it carries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from ....stages.table import OPS
from ...base.frozen import struct
from ...base.source import Span
from ...ir.autograd import recording, taped
from ...ir.graph import Array, Function, Graph, Host, Node
from ...program.ops import REGION, SITE
from ...program.values import Value, every_value

SMALL = 2
"""Numbers for each sample or frame have at most so many dims."""


@struct
class Arrival:
    """A card's value as it reaches a reader: the node that gives it, the nodes on the way, and whether a `stop` is among
    them."""

    node: int
    way: tuple[int, ...] = ()
    stopped: bool = False


@struct(eq=False)
class Values:
    """The typed values of a program, by where they stand."""

    at_place: Mapping[tuple[Span, tuple[Span, ...]], tuple[Value, ...]]
    draws: Mapping[str, Value]

    @staticmethod
    def of(roots: Iterable[Value]) -> Values:
        places: dict[tuple[Span, tuple[Span, ...]], list[Value]] = {}
        draws: dict[str, Value] = {}
        for v in every_value(roots):
            places.setdefault((v.span, v.trace), []).append(v)
            site = SITE.find(v)
            if site is not None:
                draws[site] = v
        return Values({k: _outermost(found) for k, found in places.items()}, draws)

    def of_node(self, node: Node) -> Value | None:
        """What a node was in the program; None for what its text does not tell."""
        site = dict(node.attributes).get("site")
        if isinstance(site, str):
            return self.draws.get(site)
        found = self.at_place.get((node.spans[0], node.trace), ()) if node.spans else ()
        named = [v for v in found if v.name and v.name == node.name]
        return next(iter((*named, *found)), None)

    @cached_property
    def all(self) -> tuple[Value, ...]:
        return tuple(v for found in self.at_place.values() for v in found)


def _outermost(found: list[Value]) -> tuple[Value, ...]:
    """Those that no other value of the same place reads first."""
    if len(found) == 1:
        return tuple(found)
    read = {id(a) for v in found for a in v.args}
    for v in found:
        region = REGION.find(v)
        if region is not None:
            read |= {id(a) for a in (*region.carried, *region.items, *region.results, region.index)}
    return tuple(sorted(found, key=lambda v: id(v) in read))


class Steps:
    """One function, read once. `stages` are the plan's functions of stages by name."""

    def __init__(self, function: Function, stages: Mapping[str, Function], values: Values) -> None:
        self.function, self.stages, self.values = function, stages, values
        self.nodes: dict[int, Node] = {}
        self.loop: dict[int, int | None] = {}
        self.readers: dict[int, list[int]] = {}
        self.carried: dict[int, tuple[int, int, int]] = {}
        """By a loop's parameter: the loop, its place among the carried, the node that it starts from."""
        self.items: set[int] = set()
        self.results: dict[int, list[tuple[int, int]]] = {}
        """By a node of a loop's body: the loops and places whose next round begins with it."""
        self._read(function.graph, None)
        self.outputs = {i for _, i in function.graph.outputs}
        self.recorded = recording(function.graph, function.roles, dict(stages))
        self.tape = self._tape()

    def _tape(self) -> set[int]:
        """Nodes through which the gradient of an output comes: as `freeze` marked them, which also takes out the `stop`s that
        its marks make needless, or before it as it will."""
        marked = {i for i, n in self.nodes.items() if n.grad == "tape"}
        return marked if len(marked) < len(self.nodes) else taped(self.function.graph, self.recorded)

    def _read(self, graph: Graph, loop: int | None) -> None:
        for n in graph.nodes:
            self.nodes[n.id], self.loop[n.id] = n, loop
            for i in n.inputs:
                self.readers.setdefault(i, []).append(n.id)
            if n.body is None:
                continue
            count = len(n.body.outputs)
            heads = n.body.parameters[: len(n.body.parameters) - count]
            self.items |= set(heads)
            for k, p in enumerate(n.body.parameters[len(heads) :]):
                self.carried[p] = (n.id, k, n.inputs[len(n.inputs) - count + k])
            for k, (_, i) in enumerate(n.body.outputs):
                self.results.setdefault(i, []).append((n.id, k))
            self._read(n.body, n.id)

    @cached_property
    def order(self) -> tuple[int, ...]:
        return tuple(self.nodes)

    def value(self, id: int) -> Value | None:
        """What a node was in the program, and a loop's parameter in its body."""
        n, loop = self.nodes[id], self.loop[id]
        if n.op == "param":
            around = self.loop_value(loop) if loop is not None else None
            region = REGION.find(around) if around is not None else None
            if region is None:
                return None
            if id in self.carried:
                return region.carried[self.carried[id][1]]
            names = tuple(dict.fromkeys((region.index, *region.items)))
            return next((v for v in names if " ".join(v.span.text.split()) == (n.name or n.hint)), None)
        if n.body is not None:
            return self.loop_value(id)
        return self.values.of_node(n) if OPS[n.op].box != "text" else None

    def loop_value(self, loop: int) -> Value | None:
        found = self.values.of_node(self.nodes[loop])
        return found.args[0] if found is not None and found.op == "result" else found

    @cached_property
    def wires(self) -> frozenset[int]:
        return frozenset(i for i, n in self.nodes.items() if self._is_wire(n))

    def _is_wire(self, n: Node) -> bool:
        info = OPS[n.op]
        if n.op == "param" or n.body is not None or info.box not in ("", "data"):
            return False
        if info.box == "data":
            return self.nodes[n.inputs[0]].op != "batch"  # a field of a record
        if info.kind == "random" or info.is_loss or info.calls:
            return False
        if info.kind in ("structure", "host", "broadcast") or n.op == "stop" or isinstance(n.type, Host):
            return True
        return (
            info.kind == "pointwise"
            and is_small(n)
            and not n.name
            and len(set(self.readers.get(n.id, ()))) > 1
        )

    def arrivals(self, id: int) -> tuple[Arrival, ...]:
        """What reaches a reader of this node: itself, or through wires what it carries."""
        return self._arrivals(id, frozenset())

    def _arrivals(self, id: int, seen: frozenset[int]) -> tuple[Arrival, ...]:
        if id not in self.wires:
            return (Arrival(id),)
        n = self.nodes[id]
        stops = n.op == "stop"
        found = [
            Arrival(a.node, (*a.way, id), a.stopped or stops)
            for i in n.inputs
            for a in self._arrivals(i, seen)
        ]
        return tuple({(a.node, a.stopped): a for a in found}.values())

    def seen_readers(self, id: int) -> Iterator[tuple[int, bool]]:
        """Nodes, no wires, that read this one, and whether through a `stop`."""
        stack = [(r, False) for r in self.readers.get(id, ())]
        seen = set(stack)
        while stack:
            reader, stopped = stack.pop()
            if reader not in self.wires:
                yield reader, stopped
                continue
            for r in self.readers.get(reader, ()):
                found = (r, stopped or self.nodes[reader].op == "stop")
                if found not in seen:
                    seen.add(found)
                    stack.append(found)

    def leaves(self, id: int) -> bool:
        """Whether a node is an output, or what a loop's next round begins with, itself or through wires."""
        stack, seen = [id], set()
        while stack:
            i = stack.pop()
            if i in self.outputs or i in self.results:
                return True
            seen.add(i)
            stack += [r for r in self.readers.get(i, ()) if r in self.wires and r not in seen]
        return False


def is_small(n: Node) -> bool:
    """Numbers of samples, frames or all samples, and no latents."""
    if not isinstance(n.type, Array):
        return isinstance(n.type, Host)
    return len([d for d in n.type.dims if d.constant != 1]) <= SMALL and n.type.dtype != "str"
