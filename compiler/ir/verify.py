"""Whether a plan is well formed: every rule that passes and emission rest on, and the type of every value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...stages.table import GRAPH_OPS
from ..base.frozen import replace
from .graph import NEXT, Array, Function, Graph, Host, Node, Plan, Results, Type
from .rules.calls import loop_parameters
from .rules.rule import Environment, TypeMismatch, same
from .spec import result_type
from .text import type_text


class GraphError(Exception):
    """A plan breaks a rule: a defect of the compiler, never of a program."""


def verify(plan: Plan) -> None:
    """Raises `GraphError`, which names the function, the node, its op, what was expected and what was found."""
    functions = {f.name: f for f in plan.functions}
    if len(functions) < len(plan.functions):
        raise GraphError("two functions have the same name")
    states = {f.name.removeprefix("initial_"): _required(f) for f in plan.of_kind("state")}
    for f in plan.functions:
        _function(f, Environment(functions, plan.batch, states, {}, f.result))


def _function(f: Function, environment: Environment) -> None:
    declared = f.types or tuple(f.graph[i].type for i in f.graph.parameters if i in f.graph)
    if f.kind in ("stage", "fused") and (f.result is None or len(f.types) != len(f.graph.parameters)):
        raise GraphError(f"{f.name}: a signature of {len(f.graph.parameters)} parameters and a result")
    parameters = dict(zip(f.graph.parameters, declared))
    known = _graph(f.name, f.graph, {}, replace(environment, parameters=parameters))
    found = [known[i] for _, i in f.graph.outputs]
    try:
        match f.kind:
            case "stage":
                for type in found:
                    same("result", _required(f), type)
            case "fused":
                same("result", _required(f), Results(tuple(found)))
            case "state":
                _kept("result", _required(f), found[0])
            case "update" | "numbers":
                for (name, _), type in zip(f.graph.outputs, found):
                    if name.startswith(NEXT):
                        _kept(f"`{name}`", environment.states[name.removeprefix(NEXT)], type)
                    elif not isinstance(type, Array) or type.dims:
                        raise TypeMismatch(f"`{name}`", "f32[]", type_text(type))
    except TypeMismatch as e:
        raise GraphError(f"{f.name}: {e}") from None
    missing = [i for i in f.freed if i not in known]
    if missing:
        raise GraphError(f"{f.name}: {missing} are let go and are not in the graph")


def _required(f: Function) -> Type:
    assert f.result is not None
    return f.result


def _kept(what: str, state: Type, found: Type) -> None:
    """What a state becomes is of its type; a number of Python is put into a tensor where it is kept as one."""
    number = isinstance(found, Host) and isinstance(state, Array) and not state.dims
    if not number:
        same(what, state, found)


def _carried(what: str, start: Type, next: Type) -> None:
    """What a loop carries keeps its type, but a number of Python may go on as a tensor of one number."""
    if not (isinstance(start, Host) and isinstance(next, Array) and not next.dims):
        same(what, start, next)


def _graph(where: str, graph: Graph, around: Mapping[int, Type], environment: Environment) -> dict[int, Type]:
    """The types of all values that a graph may read, those of `around` included."""
    known = dict(around)
    missing = [p for p in graph.parameters if p not in graph]
    if missing:
        raise GraphError(f"{where}: parameters {missing} are not in the graph")
    for node in graph.nodes:
        name = f"{where}: %{node.id} `{node.op}`"
        try:
            _node(node, graph, known, environment, name)
        except TypeMismatch as e:
            raise GraphError(f"{name}: {e}") from None
        known[node.id] = node.type
    for output, id in graph.outputs:
        if id not in known:
            raise GraphError(f"{where}: output `{output}` is not in the graph")
    return known


def _node(node: Node, graph: Graph, known: Mapping[int, Type], environment: Environment, name: str) -> None:
    info = GRAPH_OPS.get(node.op)
    if info is None:
        raise GraphError(f"{name}: no such op")
    if info.arity is not None and len(node.inputs) != info.arity:
        raise GraphError(f"{name}: takes {info.arity} inputs, not {len(node.inputs)}")
    if node.id in known:
        raise GraphError(f"{name}: an earlier node has the same id")
    for source in node.reads:
        if source not in known and source != node.id:
            raise GraphError(f"{name}: reads %{source} before it is there")
    if (node.op == "loop") != (node.body is not None):
        raise GraphError(f"{name}: a body and a loop go together")
    if info.kind == "random" and "site" not in dict(node.attributes):
        raise GraphError(f"{name}: a draw without a site")
    inputs = [known[i] for i in node.inputs]
    expected = result_type(node, inputs, environment)
    if node.body is not None:
        _body(node, node.body, inputs, known, environment, name)
    if not _reads_results(node, graph):
        raise GraphError(f"{name}: reads no loop, or no call of several results, in its own graph")
    same("type", expected, node.type)


def _reads_results(node: Node, graph: Graph) -> bool:
    """Whether a `result` reads a loop of its graph, and a `part` a call of several results."""
    makers = [graph[i] for i in node.inputs if i in graph]
    match node.op:
        case "result":
            return any(m.body is not None for m in makers)
        case "part":
            return any(m.op_info.parts for m in makers)
        case _:
            return True


def _body(
    loop: Node,
    body: Graph,
    inputs: Sequence[Type],
    known: Mapping[int, Type],
    environment: Environment,
    name: str,
) -> None:
    declared = loop_parameters(loop, inputs)
    carried = declared[len(declared) - (len(inputs) - int(loop.text("given"))) :]
    if len(body.parameters) != len(declared) or len(body.outputs) != len(carried):
        found = f"{len(body.parameters)} and {len(body.outputs)}"
        raise GraphError(
            f"{name}: expected {len(declared)} parameters and {len(carried)} results, found {found}"
        )
    inside = replace(environment, parameters=dict(zip(body.parameters, declared)))
    within = _graph(name, body, known, inside)
    for k, (type, (_, id)) in enumerate(zip(carried, body.outputs)):
        _carried(f"result {k} of a round", type, within[id])
