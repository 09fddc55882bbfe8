"""One forward: a network's prediction and its hidden states of the same inputs come from one call of it.

Valid plan in, valid plan out, before `freeze`, which then marks the call that is made of two. Draws are not touched.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from ..base.frozen import replace
from ..ir.graph import Function, Graph, Node, Plan, Results


def one_forward(plan: Plan) -> Plan:
    """A call of a stage that shows layers of a network, and one of the stage that it looks into, are one `together` where
    they are of one role, with the same weights, and read the same values. Each denoiser's call is joined with one other."""
    shows = {f.name: f.looks_into for f in plan.of_kind("stage") if f.looks_into}

    def change(f: Function) -> Function:
        if f.kind == "stage":
            return f
        fresh = itertools.count(max((n.id for n in f.graph.walk()), default=-1) + 1)
        return replace(f, graph=_joined(f.graph, shows, fresh))

    return plan.map(change) if shows else plan


def _joined(graph: Graph, shows: Mapping[str, str], fresh: Iterator[int]) -> Graph:
    inner = graph.with_nodes(
        replace(n, body=_joined(n.body, shows, fresh)) if n.body else n for n in graph.nodes
    )
    nodes: dict[int, Node] = {}
    asked = {_network(n, n.text("stage")): n for n in reversed(inner.nodes) if n.op == "stage"}
    taken: dict[int, Node] = {}
    for n in inner.nodes:
        looks_into = shows.get(n.text("function")) if n.op == "stage" else None
        other = asked.get(_network(n, looks_into)) if looks_into is not None else None
        if other is not None and other.id not in taken:
            taken |= {n.id: other, other.id: n}
    for n in inner.nodes:
        pair = taken.get(n.id)
        if pair is None:
            nodes[n.id] = n
        elif n.id not in nodes:
            shown, said = (n, pair) if n.text("function") in shows else (pair, n)
            nodes |= {made.id: made for made in _call(shown, said, next(fresh))}
    return inner.with_nodes(nodes.values())


def _network(n: Node, stage: str) -> tuple[object, ...]:
    """Equal for calls that run one network on the same inputs, if this is the stage whose call it runs."""
    return n["role"], n["average"], stage, n.inputs


def _call(shown: Node, said: Node, id: int) -> tuple[Node, ...]:
    """The call of both, and what each of them gives."""
    own = {name: value for name, value in said.attributes if name != "kind"}
    attributes = tuple(sorted({**own, "shown": shown["function"]}.items()))
    together = replace(
        said,
        id=id,
        op="together",
        type=Results((shown.type, said.type)),
        attributes=attributes,
        spans=tuple(dict.fromkeys((*said.spans, *shown.spans))),
        name="",
        notes=(*said.notes, *shown.notes, f"one forward for {said['stage']} and {shown['stage']}"),
    )
    parts = [
        replace(c, op="part", inputs=(id,), attributes=(("index", k),), notes=())
        for k, c in enumerate((shown, said))
    ]
    return together, *parts
