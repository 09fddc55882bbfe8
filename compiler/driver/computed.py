"""What the functions of a plan compute, as a hash of each of their results: without places, names of values, and order.

Two programs whose results have the same hashes compute the same, up to the weights of their components, which only their
roles tell.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache

from ..ir.graph import Function, Graph, Node, Plan, Type
from ..program.values import Value

SHORT = 16
"""Digits of a hash that is kept."""


def short_hash(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:SHORT]


class Computed:
    """Hashes of a plan's functions, each made once."""

    def __init__(self, plan: Plan) -> None:
        self._functions = {f.name: f for f in plan.functions}
        self._known: dict[str, dict[str, str]] = {}
        self._shown = cache(lambda type: repr(type))

    def results(self, function: str) -> Mapping[str, str]:
        """By the name of each result of a function."""
        if function not in self._known:
            self._known[function] = self._made(self._functions[function])
        return self._known[function]

    def whole(self, function: str) -> str:
        return short_hash(sorted(self.results(function).items()))

    def _made(self, f: Function) -> dict[str, str]:
        hashes: dict[int, str] = {}
        for position, parameter in enumerate(f.graph.parameters):
            hashes[parameter] = short_hash("parameter", position, self._type(f.graph[parameter].type))
        self._graph(f.graph, hashes, 0)
        before = [(self.whole(n.function), n.joined) for n in f.numbers]
        signature = (f.frozen, f.role, self._type(f.result), before)
        return {name: short_hash(signature, hashes[id]) for name, id in f.graph.outputs}

    def _graph(self, g: Graph, hashes: dict[int, str], depth: int) -> None:
        """Adds the hashes of a graph's nodes; its parameters have theirs."""
        for node in g.nodes:
            if node.id not in hashes:
                hashes[node.id] = self._node(node, hashes, depth)

    def _node(self, n: Node, hashes: dict[int, str], depth: int) -> str:
        body: object = None
        if n.body is not None:
            for position, parameter in enumerate(n.body.parameters):
                hashes[parameter] = short_hash("round", depth, position, self._type(n.body[parameter].type))
            self._graph(n.body, hashes, depth + 1)
            body = [hashes[id] for _, id in n.body.outputs]
        attributes = [(name, self._attribute(n, name, value)) for name, value in n.attributes]
        return short_hash(n.op, [hashes[i] for i in n.inputs], self._type(n.type), attributes, n.grad, body)

    def _attribute(self, n: Node, name: str, value: object) -> object:
        """What it says, and in place of a function's name what that computes."""
        match name, value:
            case "function", str():
                return self.whole(value)
            case "functions", tuple():
                return [self.whole(v) for v in value]
            case "name", str() if n.op == "shared":
                return self.whole(f"shared_{value}")
            case _:
                return value

    def _type(self, type: Type | None) -> str:
        found: str = self._shown(type)
        return found


def formula_hash(value: Value) -> str:
    """Of an expression on the host, such as a learning rate that reads the step: of what it is made of, without places."""
    attributes = sorted((name, repr(a)) for name, a in value.attrs.items())
    return short_hash(value.op, [formula_hash(a) for a in value.args], attributes)
