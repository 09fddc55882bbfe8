"""How the parameters and results of an emitted module's functions are annotated."""

from __future__ import annotations

from collections.abc import Iterable

from ..ir.graph import Array, Fields, Function, Host, Many, Type


def annotation(type: Type, time: bool) -> str:
    """How a stage's parameter or result is annotated."""
    match type:
        case Array(dtype="str"):
            return "list[str]"
        case Array():
            return "Tensor | float" if time else "Tensor"
        case Fields():
            return "dict[str, Tensor]"
        case Host(kind=kind):
            return kind
        case Many(item=Array()):
            return "list[Tensor]"
        case Many():
            return "list[float]"
        case _:
            return "tuple[Tensor, ...]"


def parameters(function: Function) -> Iterable[str]:
    graph = function.graph
    for id, name in zip(graph.parameters, function.parameters, strict=True):
        node = graph[id]
        yield f"{name}: {annotation(node.type, bool(node['spread']))}"


def result(function: Function) -> str:
    graph = function.graph
    return annotation(graph[graph.outputs[0][1]].type, False)
