"""The passes before fusion: pure functions from plan to plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from ..ir.graph import Function, Graph, Node, Plan
from ..lower.autograd_tape import marked, recording, sunk, taped


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
    return replace(loop, inputs=(*given, *(start[i] for i in keep)), body=slice_graph(kept))


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


def slice_plan(plan: Plan) -> Plan:
    """Drops what no loss, sample or product needs, and stage functions that are no longer called."""
    return _called(plan.map(lambda f: replace(f, graph=slice_graph(f.graph))))


def _called(plan: Plan) -> Plan:
    called = {
        n.text("function")
        for f in plan.functions
        if f.kind != "stage"
        for n in f.graph.walk()
        if n.op in ("stage", "cached", "batched")
    }
    return replace(plan, functions=tuple(f for f in plan.functions if f.kind != "stage" or f.name in called))


def share(plan: Plan) -> Plan:
    """One value for equal values: the same deterministic step on the same inputs, and the same frozen stage
    of two roles that load the same weights. Draws are never shared."""
    first: dict[object, Function] = {}
    same: dict[str, Function] = {}
    for f in plan.of_kind("stage"):
        key = (f.identity, f.stage, f.parameters) if f.frozen else f.name
        same[f.name] = first.setdefault(key, f)

    def canonical(node: Node) -> Node:
        if node.op == "stage":
            target = same[node.text("function")]
            if target.name != node["function"] and target.role is not None:
                changes = {"function": target.name, "role": target.role[0], "decay": target.role[1]}
                node = replace(node, attributes=tuple(sorted({**dict(node.attributes), **changes}.items())))
        return node

    return _called(plan.map(lambda f: replace(f, graph=_shared(f.graph, {}, {}, canonical))))


def _shared(
    graph: Graph, around: dict[object, int], moved: dict[int, int], canonical: Callable[[Node], Node]
) -> Graph:
    known = dict(around)
    nodes: dict[int, Node] = {}
    for node in graph.nodes:
        node = canonical(replace(node, inputs=tuple(moved.get(i, i) for i in node.inputs)))
        if node.body is not None:
            nodes[node.id] = replace(node, body=_shared(node.body, known, moved, canonical))
            continue
        key = (node.op, node.inputs, node.attributes, node.type)
        mergeable = node.op_info.deterministic and node.op not in ("param", "loop", "result", "stop")
        twin = known.get(key) if mergeable else None
        if twin is None:
            if mergeable:
                known[key] = node.id
            nodes[node.id] = node
            continue
        moved[node.id] = twin
        if twin in nodes:
            kept = nodes[twin]
            spans = tuple(dict.fromkeys((*kept.spans, *node.spans)))
            nodes[twin] = replace(kept, spans=spans, name=kept.name or node.name)
    outputs = [(n, moved.get(i, i)) for n, i in graph.outputs]
    return graph.with_nodes(nodes.values(), outputs)


def freeze(plan: Plan) -> Plan:
    """Marks what is recorded for the backward pass; a `stop` of what is not recorded goes."""
    stages = {f.name: f for f in plan.of_kind("stage")}

    def change(f: Function) -> Function:
        if f.kind == "stage":
            return f
        recorded = recording(f.graph, f.roles, stages)
        graph = sunk(marked(f.graph, recorded, taped(f.graph, recorded)))
        return replace(f, graph=_without_stops(graph))

    return plan.map(change)


def _without_stops(graph: Graph) -> Graph:
    nodes = {n.id: n for n in graph.walk()}
    readers: dict[int, list[Node]] = {}
    for n in nodes.values():
        for i in n.inputs:
            readers.setdefault(i, []).append(n)
    kept_out = {i for g in graphs(graph) for _, i in g.outputs}
    moved: dict[int, int] = {}
    names: dict[int, str] = {}
    for n in nodes.values():
        if n.op != "stop":
            continue
        source = n.inputs[0]
        quiet = n.id not in kept_out and all(r.grad == "none" for r in readers.get(n.id, []))
        if nodes[source].grad != "tape" or quiet:
            moved[n.id] = moved.get(source, source)
            if n.name:
                names.setdefault(moved[n.id], n.name)
    return _renamed(graph.rewired(moved), moved, names)


def _renamed(graph: Graph, gone: dict[int, int], names: dict[int, str]) -> Graph:
    def change(n: Node) -> Node:
        body = _renamed(n.body, gone, names) if n.body is not None else None
        return replace(n, name=n.name or names.get(n.id, ""), body=body)

    return graph.with_nodes(change(n) for n in graph.nodes if n.id not in gone)


def graphs(graph: Graph) -> list[Graph]:
    """A graph and those of its loops' bodies."""
    found = [graph]
    for n in graph.nodes:
        if n.body is not None:
            found += graphs(n.body)
    return found


def early_exit(plan: Plan) -> Plan:
    """A rollout that is known to run no round is its start."""

    def change(f: Function) -> Function:
        moved: dict[int, int] = {}
        for g in graphs(f.graph):
            for n in g.nodes:
                if n.op == "result":
                    loop = g[n.inputs[0]]
                    assert loop.body is not None
                    if _never_runs(loop, g):
                        count = len(loop.body.outputs)
                        moved[n.id] = loop.inputs[len(loop.inputs) - count + int(n.text("index"))]
        return replace(f, graph=slice_graph(f.graph.rewired(moved))) if moved else f

    return _called(plan.map(change))


def _never_runs(loop: Node, graph: Graph) -> bool:
    if loop["iterable"] != "range" or not all(i in graph and graph[i].op == "const" for i in loop.inputs[:2]):
        return False
    low, high = (int(graph[i].text("value")) for i in loop.inputs[:2])
    return low >= high


def hoist(plan: Plan) -> Plan:
    """A frozen encoder of batch fields and constant texts reads what it made before from the cache.

    What a loop does not change is made before it already, by lowering.
    """
    stages = {f.name: f for f in plan.of_kind("stage")}

    def change(f: Function) -> Function:
        if f.kind == "stage":
            return f
        nodes = {n.id: n for n in f.graph.walk()}

        def cached(node: Node) -> Node:
            if node.body is not None:
                return replace(node, body=node.body.with_nodes(map(cached, node.body.nodes)))
            if node.op != "stage":
                return node
            stage = stages[node.text("function")]
            sources = tuple(_source(nodes[i], nodes) for i in node.inputs)
            if stage.role is None or stage.role[1] is not None or not _keeps(stage, sources):
                return node
            attributes = (
                ("function", stage.name),
                ("parameters", stage.parameters),
                ("role", stage.role[0]),
                ("sources", sources),
                ("stage", stage.stage),
            )
            return replace(node, op="cached", inputs=(), attributes=attributes)

        return replace(f, graph=f.graph.with_nodes(map(cached, f.graph.nodes)))

    return slice_plan(plan.map(change))


def _keeps(stage: Function, sources: tuple[tuple[str, str], ...]) -> bool:
    """Whether results are kept by what the encoder is given: fields by their names, texts by its parameters' names."""
    fields = {value for kind, value in sources if kind == "field"}
    texts = {p for p, (kind, _) in zip(stage.parameters, sources, strict=True) if kind == "text"}
    known = all(kind != "other" for kind, _ in sources) and len(sources) > 0
    return stage.frozen and stage.stage_kind == "encode" and known and fields.isdisjoint(texts)


def _source(node: Node, nodes: dict[int, Node]) -> tuple[str, str]:
    """("field", name) of the batch, ("text", literal) repeated for each sample, or ("other", "")."""
    if node.op == "field" and nodes[node.inputs[0]].op == "batch":
        return "field", node.text("name")
    if node.op == "repeat" and nodes[node.inputs[0]].op == "const":
        return "text", nodes[node.inputs[0]].text("value")
    return "other", ""
