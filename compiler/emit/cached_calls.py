"""What frozen encoders make of the batch: one function of the module for each, with the one call of the cache in it."""

from __future__ import annotations

from collections.abc import Iterable

from ..base.frozen import replace, struct
from ..ir.graph import Graph, Node, Plan
from ..ir.places import base_name
from ..ir.value_names import Names
from .expression_text import Expression, call, defined, literal, wrapped
from .lines import EmittedLine
from .op_writers import names
from .signature import annotation


@struct
class CachedCall:
    """A call that the module makes by its function `name`."""

    name: str
    node: Node


def with_functions(plan: Plan) -> tuple[Plan, tuple[CachedCall, ...]]:
    """The plan, whose cached calls name the function that makes them, and those functions in the order of their calls."""
    taken = Names(f.name for f in plan.functions)
    found: dict[object, CachedCall] = {}
    for f in plan.functions:
        for node in f.graph.in_written_order().walk():
            if node.op == "cached" and node.attributes not in found:
                name = taken.own(f"{node.text('role')}_{node.hint or node.text('stage')}")
                found[node.attributes] = CachedCall(name, node)

    def changed(graph: Graph) -> Graph:
        return graph.with_nodes(map(change, graph.nodes))

    def change(node: Node) -> Node:
        if node.op == "cached":
            cached = found[node.attributes]
            arguments = "run, batch" if _reads_batch(cached.node) else "run"
            attributes = (*node.attributes, ("helper", cached.name), ("arguments", arguments))
            return replace(node, attributes=tuple(sorted(attributes)))
        return replace(node, body=changed(node.body)) if node.body is not None else node

    return plan.map(lambda f: replace(f, graph=changed(f.graph))), tuple(found.values())


def function(cached: CachedCall) -> list[EmittedLine]:
    """The function of the module that makes the call."""
    node = cached.node
    kinds = [(p, *source) for p, source in zip(names(node, "parameters"), _sources(node))]
    fields = {value for _, kind, value in kinds if kind == "field"}
    rows = [str(v) if kind == "field" else f"{p}_" if p in fields else p for p, kind, v in kinds]
    texts = [
        f'"{row}": [{literal(v if kind == "text" else literal(v).text).text}] * run.batch_size'
        for row, (_, kind, v) in zip(rows, kinds)
        if kind in ("text", "number")
    ]
    around = ["**batch"] if 0 < len(texts) < len(kinds) else []
    source = "{" + ", ".join([*around, *texts]) + "}" if texts else "batch"
    quoted = ", ".join(f'"{row}"' for row in rows)
    given = ", ".join(
        literal(v).text if kind == "number" else f'rows["{row}"]' for row, (_, kind, v) in zip(rows, kinds)
    )
    made = call(
        "run.cached",
        [
            Expression(f"run.{node.text('role')}"),
            literal(node.text("stage")),
            Expression(source),
            Expression(f"({quoted},)" if len(rows) == 1 else f"({quoted})"),
            Expression(f"lambda rows: {node.text('function')}(run, {given})"),
        ],
    )
    arguments = ["run: Run", *(["batch: Batch"] if _reads_batch(node) else [])]
    span = node.spans[0] if node.spans else None
    where = f" ({base_name(span)}:{span.line})" if span is not None else ""
    head = [
        *defined(cached.name, arguments, annotation(node.type, False)),
        f'    """{_about(node)}, whose results are cached{where}"""',
    ]
    return [*map(EmittedLine, head), *(EmittedLine(t, span) for t in wrapped("return ", made, 4))]


def _about(node: Node) -> str:
    role, stage = node.text("role"), node.text("stage")
    return f"{role}.{node.hint}: stage {stage}" if node.hint else f"stage {stage} of {role}"


def _sources(node: Node) -> Iterable[tuple[object, object]]:
    found = node["sources"]
    return found if isinstance(found, tuple) else ()


def _reads_batch(node: Node) -> bool:
    return any(kind == "field" for kind, _ in _sources(node))
