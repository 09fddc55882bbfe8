"""Early exit: a rollout that is known to run no round is its start.

Valid plan in, valid plan out. Only loops over a constant, empty range are replaced; draws inside them are never made.
"""

from __future__ import annotations

from ..base.frozen import replace
from ..ir.graph import Function, Graph, Node, Plan
from .slice import drop_unused, slice_graph


def early_exit(plan: Plan) -> Plan:
    """A rollout that is known to run no round is its start."""

    def change(f: Function) -> Function:
        moved: dict[int, int] = {}
        for g in f.graph.graphs():
            for n in g.nodes:
                if n.op == "result":
                    loop = g[n.inputs[0]]
                    assert loop.body is not None
                    if _never_runs(loop, g):
                        count = len(loop.body.outputs)
                        moved[n.id] = loop.inputs[len(loop.inputs) - count + int(n.text("index"))]
        return replace(f, graph=slice_graph(f.graph.rewired(moved))) if moved else f

    return drop_unused(plan.map(change))


def _never_runs(loop: Node, graph: Graph) -> bool:
    if loop["iterable"] != "range" or not all(i in graph and graph[i].op == "const" for i in loop.inputs[:2]):
        return False
    low, high = (int(graph[i].text("value")) for i in loop.inputs[:2])
    return low >= high
