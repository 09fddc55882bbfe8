"""An update as functions of the emitted module: its losses, and before them what it reads of the whole batch.

Where a batch is taken in parts, a mean over its samples is known once every part was seen. Each such number is a result of
a function of its own, which is run for all parts first; numbers that read others come after these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..base.frozen import replace
from ..ir.autograd import recording, taped
from ..ir.graph import LOG, NEXT, Array, BatchNumbers, Function, Graph, Host, Node
from ..program.typed_program import TypedRole, TypedUpdate
from ..program.values import Value
from .array_types import lowered
from .builder import CannotRun
from .lowering import BatchValues, Lowering, OfBatch, Parts, StageFunctions
from .rules.table import RULES

Roles = Mapping[str, TypedRole]


Part = tuple[Function, tuple[OfBatch, ...], Lowering]
"""A function that gives numbers of one part of the batch, these numbers, and the walk that made it."""


def update_functions(
    update: TypedUpdate, roles: Roles, stages: StageFunctions, names: Mapping[str, Value], parts: Parts
) -> list[Function]:
    """`names` are the program's values that are computed once a step, by their names."""
    lower = _Lower(update, roles, stages, parts)
    at, whole = lower.losses({})
    before = lower.numbers(at, {})
    kept = lower.kept(names, [(at, whole), *((walk, f) for f, _, walk in before)])
    if kept:
        at, whole = lower.losses(kept)
        before = lower.numbers(at, kept)
    if not before:
        return [whole]
    flows: set[str] = set()
    made: list[tuple[Function, tuple[OfBatch, ...]]] = []
    for f, found, _ in before:
        f = replace(f, graph=_marked(f.graph, flows))
        recorded = lower.recorded(f.graph)
        flows |= {name for name, id in f.graph.outputs if id in recorded}
        made.append((f, found))
    whole = replace(whole, graph=_marked(whole.graph, flows))
    asked = _of_batch_in(whole.graph, lower.tape(whole.graph))
    calls: list[BatchNumbers] = []
    for f, found in reversed(made):
        through = tuple(n.name for n in found if n.name in asked)
        calls.insert(0, BatchNumbers(f.name, tuple((n.name, n.joined) for n in found), through))
        graph = replace(f.graph, outputs=tuple(o for o in f.graph.outputs if o[0] in through))
        asked |= _of_batch_in(graph, lower.tape(graph))
    return [replace(whole, numbers=tuple(calls)), *(f for f, _ in made)]


def _of_batch_in(graph: Graph, tape: set[int]) -> set[str]:
    return {n.text("name") for n in graph.walk() if n.op == "of_batch" and n.id in tape}


def _marked(graph: Graph, flows: set[str]) -> Graph:
    """The graph, in which a number of the whole batch says whether a gradient flows through it."""

    def mark(n: Node) -> Node:
        body = _marked(n.body, flows) if n.body is not None else None
        if n.op != "of_batch":
            return replace(n, body=body)
        attributes = {**dict(n.attributes), "gradient": n.text("name") in flows}
        return replace(n, attributes=tuple(sorted(attributes.items())))

    return graph.with_nodes(map(mark, graph.nodes))


class _Lower:
    """Lowers one update."""

    def __init__(self, update: TypedUpdate, roles: Roles, stages: StageFunctions, parts: Parts) -> None:
        self.update, self.roles, self.stages, self.parts = update, roles, stages, parts
        self.batch_values = BatchValues()

    def walk(self, shared: Mapping[int, str]) -> Lowering:
        return Lowering(RULES, self.roles, self.stages, shared, self.parts, self.batch_values)

    def recorded(self, graph: Graph) -> set[int]:
        """Nodes that depend on a trained parameter, or on a number of the whole batch that does."""
        by_name = {f.name: f for f in self.stages.values()}
        return recording(graph, self.update.roles, by_name)

    def tape(self, graph: Graph) -> set[int]:
        """Those of them from which a gradient comes back."""
        return taped(graph, self.recorded(graph))

    def kept(self, names: Mapping[str, Value], made: Sequence[tuple[Lowering, Function]]) -> dict[int, str]:
        """The values, computed once a step, that these functions read and need no gradient through."""
        found: dict[str, bool] = {}
        for at, f in made:
            tape = self.tape(f.graph)
            for name, v in names.items():
                if id(v) not in at.known:
                    continue
                node = at.known[id(v)]
                as_typed = at.build.type(node) == lowered(v.type, v.span)  # a time may be a number of Python
                found[name] = found.get(name, True) and node not in tape and as_typed
        return {id(names[name]): name for name, quiet in found.items() if quiet}

    def losses(self, shared: Mapping[int, str]) -> tuple[Lowering, Function]:
        u = self.update
        at = self.walk(shared)
        outputs = [(name, self._number(at, name, value)) for name, value in u.losses]
        further = [(f"{LOG}{name}", self._number(at, name, value)) for name, value in u.logs]
        further += [(f"{NEXT}{name}", at(value)) for name, value in u.states]
        carried = self.recorded(at.build.graph(outputs + further))
        for name, node in further:  # what is no loss passes no gradient
            made = at.build.nodes[node]
            quiet = at.build.add("stop", (node,), made.type) if node in carried else node
            outputs.append((name, quiet))
        names = ", ".join(n for n, _ in u.losses)
        return at, Function(
            f"update_{u.name}",
            "update",
            at.build.graph(outputs),
            u.span,
            about=f"update {', '.join(u.roles)}: loss {names}",
            roles=u.roles,
            schedule=u.schedule,
        )

    def _number(self, at: Lowering, name: str, value: Value) -> int:
        node = at(value)
        at.at(value)
        type = at.build.type(node)
        if isinstance(type, Array) and type.dims:
            node = at.build.add("mean", (node,), Array(()))
        elif isinstance(type, Host):
            node = at.build.add("scalar", (node,), Array(()))
        elif not isinstance(type, Array):
            raise CannotRun("this number", value.span)
        at.build.name(node, name)
        return node

    def numbers(self, reader: Lowering, shared: Mapping[int, str]) -> list[Part]:
        """The functions of the numbers of the whole batch that `reader` reads, and those that they read, first ones first."""
        depth: dict[str, int] = {}
        found: dict[str, OfBatch] = {}
        waiting = list(reader.numbers.values())
        reads: dict[str, set[str]] = {}
        while waiting:
            n = waiting.pop()
            if n.name not in found:
                found[n.name] = n
                at = self._part([n], shared)[0]
                reads[n.name] = set(at.numbers)
                waiting += at.numbers.values()
        while len(depth) < len(found):
            for name in found:
                if reads[name] <= depth.keys():
                    depth.setdefault(name, 1 + max((depth[r] for r in reads[name]), default=0))
        functions: list[Part] = []
        for k in range(1, max(depth.values(), default=0) + 1):
            together = tuple(found[name] for name in sorted(found) if depth[name] == k)
            name = f"numbers_{self.update.name}" + (f"_{k}" if k > 1 else "")
            at, graph = self._part(together, shared)
            words = ", ".join(n.name for n in together)
            functions.append(
                (
                    Function(
                        name,
                        "numbers",
                        graph,
                        self.update.span,
                        about=f"update {', '.join(self.update.roles)}: {words} of one part of the batch",
                        roles=self.update.roles,
                    ),
                    together,
                    at,
                )
            )
        return functions

    def _part(self, numbers: Sequence[OfBatch], shared: Mapping[int, str]) -> tuple[Lowering, Graph]:
        """What one part of the batch gives of these numbers."""
        at = self.walk(shared)
        outputs = [(n.name, at.of_part(n.value)) for n in numbers]
        return at, at.build.graph(outputs)
