"""Where a gradient has to be recorded: on every path from a trained parameter to a loss, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable

from .graph import Function, Graph, Host, Node


def is_trained_call(node: Node, roles: Iterable[str], stages: dict[str, Function]) -> bool:
    """Whether a node runs parameters that these roles train, itself or in the function that it differentiates."""
    if node.op_info.runs == "stage" and "role" not in dict(node.attributes):
        function = stages[node.text("function")]
        return any(is_trained_call(n, roles, stages) for n in function.graph.walk())
    if node.op_info.runs != "stage" or node["average"] is not None or node.text("role") not in roles:
        return False
    return not stages[node.text("function")].frozen


def recording(graph: Graph, roles: tuple[str, ...], stages: dict[str, Function]) -> set[int]:
    """Nodes whose value depends on a trained parameter through differentiable steps."""
    found: set[int] = set()

    def visit(g: Graph, loop: Node | None) -> None:
        if loop is not None:
            for head, start in _carried(loop):
                if start in found:
                    found.add(head)
        for node in g.nodes:
            if node.body is not None:
                while True:
                    before = len(found)
                    visit(node.body, node)
                    results = [i for _, i in node.body.outputs]
                    for (head, _), result in zip(_carried(node), results, strict=True):
                        if result in found:
                            found.add(head)
                    if len(found) == before:
                        break
            elif node.op == "result":
                source = g[node.inputs[0]]
                assert source.body is not None
                index = int(node.text("index"))
                if source.body.outputs[index][1] in found or _carried(source)[index][1] in found:
                    found.add(node.id)
            elif _carries(node) and (
                is_trained_call(node, roles, stages) or _enters(node) or not found.isdisjoint(node.inputs)
            ):
                found.add(node.id)

    visit(graph, None)
    return found


def _carries(node: Node) -> bool:
    """Whether a node's value may depend on parameters with a gradient: a tensor, or a record or list of tensors."""
    return node.op_info.differentiable and not isinstance(node.type, Host)


def _enters(node: Node) -> bool:
    """Whether a gradient goes on from here outside of the graph."""
    return dict(node.attributes).get("gradient") is True


def _carried(loop: Node) -> list[tuple[int, int]]:
    """(parameter of the body, start value) of each carried value."""
    assert loop.body is not None
    count = len(loop.body.outputs)
    if count == 0:
        return []
    return list(zip(loop.body.parameters[-count:], loop.inputs[-count:], strict=True))


def taped(graph: Graph, recorded: set[int]) -> set[int]:
    """Those of `recorded` from which an output is reached through differentiable steps."""
    wanted = {i for _, i in graph.outputs if i in recorded}

    def visit(g: Graph) -> None:
        for node in reversed(g.nodes):
            if node.body is not None:
                pairs = _carried(node)
                results = [i for _, i in node.body.outputs]
                while True:
                    before = len(wanted)
                    visit(node.body)
                    for (head, start), result in zip(pairs, results, strict=True):
                        if head in wanted:
                            wanted.update({result, start} & recorded)
                    if len(wanted) == before:
                        break
            elif node.id in wanted and node.op == "result":
                source = g[node.inputs[0]]
                assert source.body is not None
                index = int(node.text("index"))
                ends = {source.body.outputs[index][1], _carried(source)[index][1]}
                wanted.update(ends & recorded)
            elif node.id in wanted and node.op_info.differentiable:
                wanted.update(i for i in node.inputs if i in recorded)

    while True:
        before = len(wanted)
        visit(graph)
        if len(wanted) == before:
            return wanted
