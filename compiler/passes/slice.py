"""Slicing: nodes, carried values and stage functions that nothing needs are dropped.

Valid plan in, valid plan out. Every output keeps its value; a draw is dropped only with all that reads it, and the
others keep their streams, which depend on their sites alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..base.frozen import replace
from ..ir.graph import Fields, Graph, Node, Plan, Results


def slice_plan(plan: Plan) -> Plan:
    """Drops what no loss, sample or product needs, in every function."""
    return drop_unused(plan.map(lambda f: replace(f, graph=slice_graph(f.graph))))


def slice_graph(graph: Graph) -> Graph:
    """Only what the outputs need; loops carry only what they need themselves or what is read after them."""
    while True:
        size, graph = _size(graph), _sliced(graph)
        if _size(graph) == size:
            return graph


def _size(graph: Graph) -> int:
    return sum(1 for _ in graph.walk())


def _sliced(graph: Graph) -> Graph:
    """What the outputs need, of loops as they are; a loop that is cut down may need less."""
    wanted = _wanted(graph)
    nodes = []
    for node in graph.nodes:
        if node.id not in wanted and node.id not in graph.parameters:
            continue
        nodes.append(_trimmed(node, graph, wanted) if node.body is not None else node)
    kept = graph.with_nodes(nodes)
    return _renumbered(kept, graph)


def _wanted(graph: Graph) -> set[int]:
    wanted: set[int] = set()
    stack = [i for _, i in graph.outputs]
    while stack:
        id = stack.pop()
        if id in graph and id not in wanted:
            wanted.add(id)
            stack.extend(graph[id].reads)
    return wanted


def _results(graph: Graph, loop: int) -> dict[int, int]:
    """Carried index by the id of the `result` node that reads it."""
    return {n.id: int(n.text("index")) for n in graph.nodes if n.op == "result" and n.inputs == (loop,)}


def _needed(loop: Node, after: Iterable[int]) -> tuple[int, ...]:
    """Carried values that are read after the loop, or by rounds whose own results are."""
    assert loop.body is not None
    count = len(loop.body.outputs)
    heads = loop.body.parameters[len(loop.body.parameters) - count :]
    needed = set(after)
    while True:
        outputs = [loop.body.outputs[i] for i in sorted(needed)]
        inside = _wanted(Graph(loop.body.dag, loop.body.parameters, tuple(outputs)))
        more = {i for i, h in enumerate(heads) if h in inside} | needed
        if more == needed:
            return tuple(sorted(needed))
        needed = more


def _trimmed(loop: Node, graph: Graph, wanted: set[int]) -> Node:
    assert loop.body is not None
    after = {index for id, index in _results(graph, loop.id).items() if id in wanted}
    keep = _needed(loop, after)
    body, count = loop.body, len(loop.body.outputs)
    cut = len(body.parameters) - count
    given = loop.inputs[: len(loop.inputs) - count]
    start = loop.inputs[len(loop.inputs) - count :]
    outputs = tuple(body.outputs[i] for i in keep)
    dropped = {body.parameters[cut + i] for i in range(count) if i not in keep}
    parameters = (*body.parameters[:cut], *(body.parameters[cut + i] for i in keep))
    kept = Graph.of([n for n in body.nodes if n.id not in dropped], parameters, outputs)
    assert isinstance(loop.type, Results)
    types = Results(tuple(loop.type.items[i] for i in keep))
    return replace(loop, inputs=(*given, *(start[i] for i in keep)), type=types, body=slice_graph(kept))


def _renumbered(graph: Graph, before: Graph) -> Graph:
    """`result` nodes count the carried values that are left."""

    def change(node: Node) -> Node:
        if node.op != "result":
            return node
        old = before[node.inputs[0]]
        wanted = {n.id for n in graph.nodes}
        keep = _needed(old, {i for id, i in _results(before, old.id).items() if id in wanted})
        index = keep.index(int(node.text("index")))
        return replace(node, attributes=(("index", index),))

    return graph.with_nodes(map(change, graph.nodes))


def drop_unused(plan: Plan) -> Plan:
    """The plan without stage functions that nothing calls and fields of the data that nothing reads."""
    outside = [n for f in plan.functions if f.kind != "stage" for n in f.graph.walk()]
    by_name = {f.name: f for f in plan.functions}
    called: set[str] = set()
    reached = outside
    while reached:
        names = {name for n in reached for name in _calls(n)} - called
        called |= names
        reached = [n for name in names if name in by_name for n in by_name[name].graph.walk()]
    functions = tuple(f for f in plan.functions if f.kind != "stage" or f.name in called)
    if any(n.op == "batch" for n in outside):
        return replace(plan, functions=functions)
    read = {name for n in outside if n.op == "cached" for name in _fields_read(n)}
    fields = tuple((name, type) for name, type in plan.batch.fields if name in read)
    return replace(plan, functions=functions, batch=Fields(fields))


def _calls(node: Node) -> list[str]:
    """The functions that a node calls, or chooses between."""
    attributes = dict(node.attributes)
    several = attributes.get("functions", ())
    one = (attributes.get("function"), attributes.get("shown"))
    return [str(n) for n in (*one, *(several if isinstance(several, tuple) else ())) if n]


def _fields_read(cached: Node) -> set[str]:
    sources = cached["sources"]
    assert isinstance(sources, tuple)
    return {name for kind, name in sources if kind == "field"}
