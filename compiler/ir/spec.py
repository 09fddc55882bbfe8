"""The rules that every graph keeps: `verify` raises `GraphError` where one is broken."""

from __future__ import annotations

from ...stages.table import GRAPH_OPS
from .graph import Graph


class GraphError(Exception):
    """A graph breaks a rule of `verify`: a defect of the compiler, never of a program."""


def verify(graph: Graph, around: frozenset[int] = frozenset()) -> None:
    """Raises `GraphError` unless ops are known, arities right, ids unique, and every node stands after what
    it reads."""
    seen = set(around)
    for node in graph.nodes:
        info = GRAPH_OPS.get(node.op)
        if info is None:
            raise GraphError(f"no op `{node.op}`")
        if info.arity is not None and len(node.inputs) != info.arity:
            raise GraphError(f"`{node.op}` takes {info.arity} inputs, not {len(node.inputs)}")
        if node.id in seen:
            raise GraphError(f"node {node.id} (`{node.op}`) stands twice")
        for source in node.reads:
            if source not in seen and source != node.id:
                raise GraphError(f"`{node.op}` {node.id} reads {source} before it is there")
        if (node.op == "loop") != (node.body is not None):
            raise GraphError(f"`{node.op}` and a body do not go together")
        if node.body is not None:
            verify(node.body, frozenset(seen))
        if info.kind == "random" and "site" not in dict(node.attributes):
            raise GraphError(f"draw {node.id} has no site")
        seen.add(node.id)
    for name, id in graph.outputs:
        if id not in seen:
            raise GraphError(f"output `{name}` is not in the graph")
    missing = [p for p in graph.parameters if p not in graph]
    if missing:
        raise GraphError(f"parameters {missing} are not in the graph")
