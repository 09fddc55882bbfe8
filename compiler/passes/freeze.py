"""Freezing: what is recorded for the backward pass is marked, and what is not runs without a tape.

Valid plan in, valid plan out. Gradients of the losses stay as they are: a node keeps its tape if it lies on a path of
differentiable steps from a trained parameter to a loss. Draws are not touched.
"""

from __future__ import annotations

from typing import Literal

from ..base.frozen import replace
from ..ir.autograd import recording, taped
from ..ir.graph import Array, Fields, Function, Graph, Node, Plan


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
    kept_out = {i for g in graph.graphs() for _, i in g.outputs}
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


def marked(graph: Graph, recorded: set[int], tape: set[int]) -> Graph:
    """The graph with every node's `grad` set."""

    def mark(node: Node) -> Node:
        body = marked(node.body, recorded, tape) if node.body is not None else None
        if body is not None:
            inner = {n.grad for n in body.nodes}
            if "tape" in inner:
                return replace(node, body=body, grad="tape")
            return replace(node, body=body, grad="none" if "none" in inner else "free")
        if node.id in tape:
            return replace(node, grad="tape")
        if node.id in recorded or node.op_info.calls:
            return replace(node, grad="none")
        return replace(node, grad="free")

    return graph.with_nodes(map(mark, graph.nodes))


def sunk(graph: Graph) -> Graph:
    """Tensors that only unrecorded values read are made among them."""
    readers: dict[int, list[Node]] = {}
    for node in graph.walk():
        for i in node.inputs:
            readers.setdefault(i, []).append(node)
    outputs = {i for _, i in graph.outputs}
    grad: dict[int, Literal["tape", "none", "free"]] = {node.id: node.grad for node in graph.walk()}
    for node in reversed(graph.nodes):
        feeds = [grad[r.id] for r in readers.get(node.id, [])]
        quiet = isinstance(node.type, (Array, Fields)) and node.id not in outputs and node.op != "levels"
        if node.grad == "free" and quiet and feeds and all(g == "none" for g in feeds):
            grad[node.id] = "none"
    return graph.with_nodes(replace(n, grad=grad[n.id]) for n in graph.nodes)
