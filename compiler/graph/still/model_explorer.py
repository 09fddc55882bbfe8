"""A document as the JSON of Google's Model Explorer: a collection with a graph for each graph, loops and roles as layers.

The names are those of its own `GraphCollection`, `Graph` and `GraphNode`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..document import Card, Document, Drawing, Snapshot
from .svg import FILL, at, title_of


def to_model_explorer(document: Document, snapshot: str = "") -> str:
    """Every graph as it is after the pass `snapshot`, or as it was checked."""
    graphs = [_graph(document, d, at(d, snapshot)) for d in document.graphs if d.snapshots]
    return json.dumps({"label": document.program, "graphs": graphs}, ensure_ascii=False, indent=1) + "\n"


def _graph(document: Document, drawing: Drawing, graph: Snapshot) -> dict[str, Any]:
    cards = {n.id: n for n in graph.nodes}
    inputs: dict[str, list[dict[str, str]]] = {}
    for e in graph.edges:
        ports = [p.name for p in cards[e.source].ports if p.side == "out"]
        takes = [p.name for p in cards[e.target].ports if p.side == "in"]
        inputs.setdefault(e.target, []).append(
            {
                "sourceNodeId": e.source,
                "sourceNodeOutputId": str(ports.index(e.source_port)),
                "targetNodeInputId": str(takes.index(e.target_port)),
            }
        )
    return {
        "id": title_of(drawing),
        "nodes": [_node(n, cards, inputs.get(n.id, []), document) for n in graph.nodes],
    }


def _node(
    n: Card, cards: Mapping[str, Card], incoming: list[dict[str, str]], document: Document
) -> dict[str, Any]:
    fill, stroke = FILL[n.kind]
    return {
        "id": n.id,
        "label": n.title,
        "namespace": "/".join(_layers(n, cards)),
        "attrs": [{"key": k, "value": v} for k, v in _facts(n) if v],
        "incomingEdges": incoming,
        "outputsMetadata": _ports(n, "out"),
        "inputsMetadata": _ports(n, "in"),
        "style": {"backgroundColor": fill, "borderColor": stroke, "hoveredBorderColor": stroke},
    }


def _layers(n: Card, cards: Mapping[str, Card]) -> list[str]:
    """The role of a card that lies in no loop, and the loops that one lies in; a loop's own node is in its layer."""
    inside = [n] if n.kind == "loop" else []
    at: Card | None = n
    while at is not None and at.parent is not None:
        at = cards[at.parent]
        inside.insert(0, at)
    first = (inside or [n])[0]
    roles = [first.lane] if first.lane != "data" else []
    return [part.replace("/", "∕") for part in (*roles, *(f"{c.title} ({c.id})" for c in inside))]


def _facts(n: Card) -> Iterator[tuple[str, str]]:
    yield "what", n.note
    yield "formula", n.formula
    yield "role", n.lane if n.lane != "data" else ""
    yield "where", ", ".join(f"{p.file}:{p.line}" for p in n.trace)
    yield "compiler", n.doc
    marks = {
        "trained": n.trains,
        "not trained": n.frozen,
        "recorded": n.tape,
        "shared": n.shared,
        "kept": n.hoisted,
    }
    yield "marks", ", ".join(word for word, holds in marks.items() if holds)


def _ports(n: Card, side: str) -> list[dict[str, Any]]:
    found = []
    for k, p in enumerate(p for p in n.ports if p.side == side):
        facts = {
            "__tensor_tag": p.name,
            "type": p.type,
            "quantity": p.words,
            "space": p.space,
            "noise": p.sigma,
        }
        attrs = [{"key": key, "value": value} for key, value in facts.items() if value]
        found.append({"id": str(k), "attrs": attrs})
    return found
