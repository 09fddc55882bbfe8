"""Fusion: groups of arithmetic on latents become functions of their own, each a few kernels on a GPU and plain torch
elsewhere.

Valid plan in, valid plan out: every result keeps its bits but for sums, which kernels add up in blocks. A draw inside a
group keeps its stream. Stages are left as they are; they call components and little else.
"""

from __future__ import annotations

import itertools

import networkx as nx

from ...base.frozen import replace, struct
from ...ir.graph import Array, Function, Graph, Host, Node, Plan, Results, Type
from ...ir.value_names import name_values, noun, numbered
from ..slice import slice_graph
from .group import is_computable, result_name
from .partition import Partition, WhyNot


@struct
class FusedGroup:
    """A group that was made of these nodes of the function `inside`."""

    function: Function
    members: frozenset[int]
    inside: str

    @property
    def ops(self) -> int:
        return len(self.members)


@struct
class FusionResult:
    """What the pass gives."""

    plan: Plan
    groups: tuple[FusedGroup, ...]
    refused: tuple[WhyNot, ...]


def fuse(plan: Plan) -> FusionResult:
    """Every function but the stages', which call components and little else."""
    made: dict[object, Function] = {}
    groups: list[FusedGroup] = []
    refused: list[WhyNot] = []
    functions = []
    for f in plan.functions:
        if f.kind == "stage":
            functions.append(f)
            continue
        at = _Fuser(name_values(f, (other.name for other in plan.functions)), made)
        functions.append(replace(f, graph=slice_graph(at.graph(f.graph))))
        groups += at.groups
        refused += at.partition.refused
    return FusionResult(replace(plan, functions=(*made.values(), *functions)), tuple(groups), tuple(refused))


class _Fuser:
    """Fuses one function. `made` are the functions of groups so far, by what they compute: equal groups share one."""

    def __init__(self, function: Function, made: dict[object, Function]) -> None:
        self.partition = Partition(function)
        self.nodes, self.readers = self.partition.nodes, self.partition.readers
        self.made, self.inside = made, function.name
        self.groups: list[FusedGroup] = []
        self.fresh = itertools.count(max(self.nodes, default=-1) + 1)

    def graph(self, graph: Graph) -> Graph:
        inner = graph.with_nodes(replace(n, body=self.graph(n.body)) if n.body else n for n in graph.nodes)
        for members in self.partition.groups(inner):
            inner = self.extracted(inner, members)
        return inner

    def extracted(self, graph: Graph, members: set[int]) -> Graph:
        """The graph with a call in the place of a group's members."""
        order = {n.id: k for k, n in enumerate(graph.nodes)}
        inside: set[int] = set()
        stack = list(members)
        while stack:
            id = stack.pop()
            if id not in inside:
                inside.add(id)
                stack += [
                    i
                    for i in self.nodes[id].inputs
                    if i in members or self.partition.is_recomputed(i, members)
                ]
        taken = [self.nodes[i] for i in sorted(inside, key=lambda i: (order.get(i, -1), i))]
        inputs = list(dict.fromkeys(i for n in taken for i in n.inputs if i not in inside))
        outputs = [n for n in taken if n.id in members and self.partition.is_read_outside(n.id, members)]
        body, draws = self.body(taken, inputs, outputs, members)
        function = self.named(body, outputs, members)
        if function is None:
            return graph
        self.groups.append(FusedGroup(function, frozenset(members), self.inside))
        return self.rewritten(graph, function, inputs, outputs, draws, members)

    def body(
        self, taken: list[Node], inputs: list[int], outputs: list[Node], members: set[int]
    ) -> tuple[Graph, list[Node]]:
        """The group as a graph of its own: parameters for its inputs and for the site of each draw."""
        moved: dict[int, int] = {}
        nodes: list[Node] = []

        def parameter(like: Node, type: Type) -> int:
            id = next(self.fresh)
            grad = like.grad if isinstance(type, Array) else "free"
            hint = like.name or like.hint or noun(like.op)
            spread = (("spread", False),)
            made = Node(id, "param", (), type, spread, like.spans[:1], (), like.name, hint, None, grad)
            nodes.append(made)
            return id

        for i in inputs:
            moved[i] = parameter(self.nodes[i], self.nodes[i].type)
        draws = [n for n in taken if n.op == "normal"]
        sites = {
            n.id: parameter(replace(n, name=f"{n.name or n.hint or 'noise'}_site"), Host("str"))
            for n in draws
        }
        parameters = tuple(n.id for n in nodes)
        for n in taken:
            moved[n.id] = next(self.fresh)
            arguments = tuple(moved[i] for i in n.inputs)
            if n.op == "normal":
                kept = any(r.id not in members for r in self.readers[n.id])
                attributes = (("kept", kept), ("shape", n["shape"]))
                made = replace(n, op="noise", inputs=(sites[n.id], *arguments), attributes=attributes)
            else:
                made = replace(n, inputs=arguments)
            nodes.append(replace(made, id=moved[n.id]))
        found = tuple((str(k), moved[n.id]) for k, n in enumerate(outputs))
        return Graph.of(nodes, parameters, found), draws

    def named(self, body: Graph, outputs: list[Node], members: set[int]) -> Function | None:
        """The function of a group, None if no kernels compute it: a factor of zero may leave nothing to be computed."""
        key = signature(body)
        if key in self.made:
            return self.made[key]
        words = [result_name(n) for n in outputs]
        base = "fused_" + "_and_".join(dict.fromkeys(words[:3]))
        taken = {f.name for f in self.made.values()}
        names = itertools.chain([base], (f"{base}_{k}" for k in itertools.count(2)))
        name = next(n for n in names if n not in taken)
        spans = tuple(dict.fromkeys(s for i in sorted(members) for s in self.nodes[i].spans[:1]))
        about = ", ".join(dict.fromkeys(s.text.strip().splitlines()[0] for s in spans if s.text.strip()))
        body = numbered(body)
        function = Function(
            name,
            "fused",
            body,
            spans[-1],
            tuple(body[p].name or body[p].hint for p in body.parameters),
            about,
            types=tuple(body[p].type for p in body.parameters),
            result=Results(tuple(n.type for n in outputs)),
        )
        if not is_computable(function):
            return None
        self.made[key] = function
        return function

    def rewritten(
        self,
        graph: Graph,
        function: Function,
        inputs: list[int],
        outputs: list[Node],
        draws: list[Node],
        members: set[int],
    ) -> Graph:
        last = outputs[-1]
        sites = []
        for d in draws:
            id = next(self.fresh)
            sites.append(Node(id, "const", (), Host("str"), (("value", d["site"]),), grad="free"))
        inner = [self.nodes[i] for i in members]
        grads = {n.grad for n in inner}
        id = next(self.fresh)
        call = Node(
            id,
            "fused",
            (*inputs, *(s.id for s in sites)),
            Results(tuple(n.type for n in outputs)),
            (("function", function.name),),
            tuple(dict.fromkeys(s for n in inner for s in n.spans)),
            last.trace,
            grad="tape" if "tape" in grads else "none" if "none" in grads else "free",
        )
        call = replace(call, spans=(*last.spans[:1], *(s for s in call.spans if s not in last.spans[:1])))
        parts = [
            replace(n, op="part", inputs=(id,), attributes=(("index", k),)) for k, n in enumerate(outputs)
        ]
        rest = [n for n in graph.nodes if n.id not in members]
        for n in (call, *sites, *parts):
            self.nodes[n.id] = n
        whole = graph.with_nodes([*rest, *sites, call, *parts])
        return whole.with_nodes(whole[i] for i in nx.topological_sort(whole.dag))


def signature(body: Graph) -> object:
    """Equal for bodies that compute the same, whatever their values are called."""
    place = {n.id: k for k, n in enumerate(body.nodes)}
    nodes = tuple(
        (n.op, tuple(place[i] for i in n.inputs), n.attributes, n.type, n.grad == "tape") for n in body.nodes
    )
    return nodes, tuple(place[i] for _, i in body.outputs)
