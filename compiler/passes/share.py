"""Sharing: equal values are computed once, across updates and roles that have the same weights.

Valid plan in, valid plan out. Draws are never shared; neither are loops or `stop`s. Nodes that stand outside a loop are
shared with those in its body, never the other way round.
"""

from __future__ import annotations

from collections.abc import Callable

from ..base.frozen import replace
from ..ir.graph import Function, Graph, Node, Plan
from .slice import drop_unused


def share(plan: Plan) -> Plan:
    """One value for equal values: the same deterministic step on the same inputs, and the same frozen stage
    of two roles that load the same weights. Draws are never shared."""
    first: dict[object, Function] = {}
    same: dict[str, Function] = {}
    for f in plan.of_kind("stage"):
        key = (f.identity, f.stage, f.parameters, f.types, f.result) if f.frozen else f.name
        same[f.name] = first.setdefault(key, f)

    def canonical(node: Node) -> Node:
        if node.op == "stage":
            target = same[node.text("function")]
            if target.name != node["function"] and target.role is not None:
                role, owner = node.text("role"), target.role[0]
                changes = {"function": target.name, "role": owner, "average": target.role[1]}
                note = (
                    f"also for {role}: {role}.{target.stage} and {owner}.{target.stage} have the same weights"
                )
                attributes = tuple(sorted({**dict(node.attributes), **changes}.items()))
                node = replace(node, attributes=attributes, notes=(*node.notes, note))
        return node

    return drop_unused(plan.map(lambda f: replace(f, graph=_shared(f.graph, {}, {}, canonical))))


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
        mergeable = node.op_info.mergeable
        twin = known.get(key) if mergeable else None
        if twin is None:
            if mergeable:
                known[key] = node.id
            nodes[node.id] = node
            continue
        moved[node.id] = twin
        if twin in nodes:
            kept = nodes[twin]
            spans, notes = (
                tuple(dict.fromkeys((*ours, *theirs)))
                for ours, theirs in ((kept.spans, node.spans), (kept.notes, node.notes))
            )
            nodes[twin] = replace(kept, spans=spans, notes=notes, name=kept.name or node.name)
    outputs = [(n, moved.get(i, i)) for n, i in graph.outputs]
    return graph.with_nodes(nodes.values(), outputs)
