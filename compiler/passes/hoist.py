"""Hoisting: a frozen encoder of batch fields, constant texts and numbers reads what it made before from the cache.

Valid plan in, valid plan out. Only frozen stages without moving averages are hoisted, and no draw is. What a loop does
not change is made before it already, by lowering.
"""

from __future__ import annotations

from ..base.frozen import replace
from ..ir.graph import Function, Node, Plan
from .slice import slice_plan


def hoist(plan: Plan) -> Plan:
    """A frozen encoder of batch fields, constant texts and numbers reads what it made before from the cache.

    What a loop does not change is made before it already, by lowering.
    """
    stages = {f.name: f for f in plan.of_kind("stage")}

    def change(f: Function) -> Function:
        if f.kind == "stage":
            return f
        nodes = {n.id: n for n in f.graph.walk()}

        def cached(node: Node) -> Node:
            if node.body is not None:
                return replace(node, body=node.body.with_nodes(map(cached, node.body.nodes)))
            if node.op != "stage":
                return node
            stage = stages[node.text("function")]
            sources = tuple(_source(nodes[i], nodes) for i in node.inputs)
            if stage.role is None or stage.role[1] is not None or not _keeps(stage, sources):
                return node
            attributes = (
                ("function", stage.name),
                ("parameters", stage.parameters),
                ("role", stage.role[0]),
                ("sources", sources),
                ("stage", stage.stage),
            )
            return replace(node, op="cached", inputs=(), attributes=attributes)

        return replace(f, graph=f.graph.with_nodes(map(cached, f.graph.nodes)))

    return slice_plan(plan.map(change))


def _keeps(stage: Function, sources: tuple[tuple[str, object], ...]) -> bool:
    """Whether results are kept by what the encoder is given: fields by their names, texts and numbers by its parameters'
    names."""
    fields = {value for kind, value in sources if kind == "field"}
    stated = {p for p, (kind, _) in zip(stage.parameters, sources, strict=True) if kind in ("text", "number")}
    kinds = {kind for kind, _ in sources}
    known = "other" not in kinds and bool(kinds & {"field", "text"})
    return stage.frozen and stage.stage_kind == "encode" and known and fields.isdisjoint(stated)


def _source(node: Node, nodes: dict[int, Node]) -> tuple[str, object]:
    """("field", name) of the batch, ("text", literal) repeated for each sample, ("number", value), or ("other", "")."""
    if node.op == "field" and nodes[node.inputs[0]].op == "batch":
        return "field", node.text("name")
    if node.op == "repeat" and nodes[node.inputs[0]].op == "const":
        return "text", nodes[node.inputs[0]].text("value")
    if node.op == "const" and not isinstance(node["value"], str):
        return "number", node["value"]
    return "other", ""
