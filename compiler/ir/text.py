"""A plan and its graphs as text: the same plan gives the same text on every machine, so it serves as a golden file and is
attached to the report of a defect.

    plan       = "plan" NAME "from" PATH NEWLINE "sizes" (NAME "=" NUMBER),* ["batch" type] function*
    function   = kind NAME "(" parameter,* ")" ["->" type] facts "{" node* return "}"
    parameter  = ID [NAME] ":" type
    node       = ID [NAME] ":" type "=" op "(" operand,* ")" facts [grad] ["{" region "}"]
    region     = "for" parameter,* "carry" (parameter "from" ID),* NEWLINE node* "yield" ID,*
    return     = "return" ([NAME "="] ID),*
    operand    = ID | literal                    a constant stands where it is read, and has no line of its own
    facts      = ["[" (NAME "=" literal),* "]"]  attributes of a node; of a function what calls and passes ask of it
    grad       = "tape" | "quiet"                a gradient is recorded, or must not be; nothing where there is none
    type       = dtype "[" dim,* "]"             a tensor: f32[b, 16, 21]
               | "int" | "float" | "bool" | "str"       a Python value, the same for all samples
               | "list" "[" type [";" NUMBER] "]"       a list of such values
               | "{" (NAME ":" type),* "}"       a record, or the batch
               | "(" type,* ")"                  several results: of a loop, a fused group, a joined call
    ID         = "%" NUMBER

Places in the program are left out: they are in the emitted module's map.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from ..program.averaging import Averaging
from .graph import Array, Fields, Function, Graph, Host, Many, Node, Plan, Results, Type

_GRADS = {"tape": " tape", "none": " quiet", "free": ""}


def type_text(type: Type) -> str:
    match type:
        case Array(dims=dims, dtype=dtype):
            return f"{dtype}[{', '.join(map(str, dims))}]"
        case Host(kind=kind):
            return kind
        case Many(item=item, length=length):
            return f"list[{type_text(item)}{f'; {length}' if length is not None else ''}]"
        case Fields(fields=fields):
            return f"{{{', '.join(f'{name}: {type_text(t)}' for name, t in fields)}}}"
        case Results(items=items):
            return f"({', '.join(map(type_text, items))})"


def plan_text(plan: Plan) -> str:
    head = [
        f"plan {plan.program} from {plan.path}",
        f"sizes {', '.join(f'{name} = {size}' for name, size in plan.dims)}",
    ]
    if plan.batch.fields:
        head.append(f"batch {type_text(plan.batch)}")
    return "\n".join([*head, *(f"\n{function_text(f)}" for f in plan.functions)]) + "\n"


def function_text(function: Function) -> str:
    graph = function.graph
    names = dict(zip(graph.parameters, function.parameters, strict=False))
    parameters = ", ".join(_parameter(graph[i], names.get(i, "")) for i in graph.parameters)
    gives = f" -> {type_text(function.result)}" if function.result is not None else ""
    facts = {
        "role": function.role,
        "stage": function.stage,
        "roles": function.roles,
        "when": function.schedule.words if function.kind == "update" else None,
        "frozen": function.frozen,
        "freed": function.freed,
    }
    known = _facts({k: v for k, v in facts.items() if v})
    returned = ", ".join(f"{name} = %{id}" if name else f"%{id}" for name, id in graph.outputs)
    lines = [
        f"{function.kind} {function.name}({parameters}){gives}{known} {{",
        *(f"  {line}" for line in _nodes(graph, _constants(graph))),
        f"  return {returned}",
        "}",
    ]
    return "\n".join(lines)


def _constants(graph: Graph) -> dict[int, str]:
    """The literals of constants by their ids, for the operands that read them."""
    return {n.id: _literal(n["value"]) for n in graph.walk() if n.op == "const"}


def _nodes(graph: Graph, constants: Mapping[int, str]) -> Iterator[str]:
    for node in graph.nodes:
        if node.op == "const" or node.id in graph.parameters:
            continue
        operands = ", ".join(constants.get(i, f"%{i}") for i in node.inputs)
        facts = _facts(
            {k: v for k, v in node.attributes if v is not None and v is not False and v not in ("", ())}
        )
        line = f"{_parameter(node, node.name or node.hint)} = {node.op}({operands}){facts}{_GRADS[node.grad]}"
        if node.body is None:
            yield line
            continue
        yield line + " {"
        yield from (f"  {inner}" for inner in _region(node, node.body, constants))
        yield "}"


def _region(loop: Node, body: Graph, constants: Mapping[int, str]) -> Iterator[str]:
    count = len(body.outputs)
    first = len(body.parameters) - count
    heads, carried = body.parameters[:first], body.parameters[first:]
    starts = loop.inputs[len(loop.inputs) - count :]
    over = ", ".join(_parameter(body[i], body[i].name or body[i].hint) for i in heads)
    kept = ", ".join(
        f"{_parameter(body[i], body[i].name or body[i].hint)} from {constants.get(start, f'%{start}')}"
        for i, start in zip(carried, starts, strict=True)
    )
    yield f"for {over} carry {kept}"
    yield from _nodes(body, constants)
    yield f"yield {', '.join(constants.get(i, f'%{i}') for _, i in body.outputs)}"


def _parameter(node: Node, name: str) -> str:
    return f"%{node.id}{f' {name}' if name else ''}: {type_text(node.type)}"


def _facts(facts: Mapping[str, object]) -> str:
    return f" [{', '.join(f'{k} = {_literal(v)}' for k, v in facts.items())}]" if facts else ""


def _literal(value: object) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(_literal, value))})"
    if isinstance(value, Averaging):
        return f"({value.written})"
    if isinstance(value, Fraction):
        return str(value)
    return repr(value)
