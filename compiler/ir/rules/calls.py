"""Typing rules of parameters, calls and loops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate

from ..graph import BATCH, Array, Fields, Function, Host, Many, Node, Results, Type
from ..text import type_text
from .host_values import constant
from .rule import (
    ONE,
    TEXTS,
    Environment,
    Rule,
    TypeMismatch,
    item_of,
    require_host,
    require_number,
    require_time,
    same,
    shape_of,
)


def _param(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    if node.id not in environment.parameters:
        raise TypeMismatch("it", "a parameter of its function or loop", "none of them")
    return environment.parameters[node.id]


def _declared(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    """A call of code that the compiler does not see gives what the function around it declares, unless it stands in
    another value."""
    if environment.result is None:
        raise TypeMismatch("it", "to stand in a stage's function", "another function")
    if node.op != "component" or not node["nested"]:
        return environment.result
    shape = shape_of(node)
    parts = dict(node.attributes).get("parts")
    if isinstance(parts, tuple):
        ends = list(accumulate(count for _, count in parts))
        arrays = [Array((BATCH, *shape[end - count : end])) for (_, count), end in zip(parts, ends)]
        return Fields(tuple((name, t) for (name, _), t in zip(parts, arrays)))
    return Many(Array(shape)) if node["many"] else Array((BATCH, *shape))


def _scheduled(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    """Ticks of a sigma: as many as there are of those."""
    (sigma,) = inputs
    require_number("input 0", sigma)
    return sigma if isinstance(sigma, Array) else Host("float")


def _scheduled_levels(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return Many(Host("float"), node.text("ticks").count(",") + 1)


def _constant(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    """A component's constant is shaped by the run so that it broadcasts against latents, of a rank that is told where it
    matters."""
    rank = dict(node.attributes).get("rank", 0)
    return Array((ONE,) * rank if isinstance(rank, int) else ())


def _state(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    name = node.text("name")
    if name not in environment.states:
        raise TypeMismatch("it", "a state of the plan", f"`{name}`")
    return environment.states[name]


def _shared(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    function = _function(f"shared_{node.text('name')}", "shared", environment)
    ((_, id),) = function.graph.outputs
    return function.graph[id].type


def _function(name: str, kind: str, environment: Environment) -> Function:
    found = environment.functions.get(name)
    if found is None or found.kind != kind:
        raise TypeMismatch("it", f"a {kind} function of the plan", f"`{name}`")
    return found


def _called(node: Node, kind: str, environment: Environment) -> tuple[Function, Type]:
    function = _function(node.text("function"), kind, environment)
    if function.result is None:
        raise TypeMismatch("it", f"a result of `{function.name}`", "none")
    return function, function.result


def _stage(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    function, result = _called(node, "stage", environment)
    _arguments(function, inputs)
    same_role = (node["role"], node["average"]) == function.role and node["stage"] == function.stage
    if not same_role:
        raise TypeMismatch("it", f"role {function.role} and stage `{function.stage}`", f"{node.attributes}")
    return result


def _batched(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    function, result = _called(node, "stage", environment)
    width = int(node.text("width"))
    if len(inputs) % width or len(inputs) < 2 * width:
        raise TypeMismatch("inputs", f"several times {width}", str(len(inputs)))
    for k in range(0, len(inputs), width):
        _arguments(function, inputs[k : k + width])
    return Results((result,) * (len(inputs) // width))


def _together(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    """What a stage that shows layers gives, and what the stage gives that it looks into."""
    function, result = _called(node, "stage", environment)
    shown = _function(node.text("shown"), "stage", environment)
    for one in (shown, function):
        _arguments(one, inputs)
    same_role = (node["role"], node["average"]) == function.role == shown.role
    if not same_role or shown.looks_into != function.stage or shown.result is None:
        raise TypeMismatch("it", f"stages of one network of {function.role}", f"{node.attributes}")
    return Results((shown.result, result))


def _cached(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    function, result = _called(node, "stage", environment)
    sources = node["sources"]
    assert isinstance(sources, tuple)
    fields = dict(environment.batch.fields)
    given = []
    for kind, name in sources:
        if kind == "field" and name not in fields:
            raise TypeMismatch("it", f"a field `{name}` of the batch", type_text(environment.batch))
        given.append(fields[name] if kind == "field" else constant(name) if kind == "number" else TEXTS)
    _arguments(function, given)
    return result


def _derivative(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    """Along a tangent for each argument that is moved."""
    function, result = _called(node, "stage", environment)
    moved = int(node.text("moved"))
    starts, along, given = inputs[:moved], inputs[moved : 2 * moved], inputs[2 * moved :]
    _arguments(function, [*starts, *given])
    for k, (type, found) in enumerate(zip(function.types, along, strict=False)):
        if isinstance(type, Fields):
            same(f"input {moved + k}", type, found)
        else:
            require_number(f"input {moved + k}", found)
    return result


def _fused(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    function, result = _called(node, "fused", environment)
    _arguments(function, inputs)
    return result


def _arguments(function: Function, given: Sequence[Type]) -> None:
    """Those of a call against the parameters that its function declares."""
    if len(given) != len(function.types):
        raise TypeMismatch("inputs", f"{len(function.types)} for `{function.name}`", str(len(given)))
    for k, (type, found) in enumerate(zip(function.types, given)):
        if function.graph[function.graph.parameters[k]]["spread"]:
            require_time(f"input {k}", found, type)
        else:
            same(f"input {k}", type, found)


def names_of_entry(entry: Type, names: int) -> tuple[Type, ...]:
    """What the names are that a loop binds to an entry: the entry itself, or its parts."""
    if names > 1 and isinstance(entry, Results) and len(entry.items) == names:
        return entry.items
    return (entry,) * names


def loop_parameters(node: Node, inputs: Sequence[Type]) -> list[Type]:
    """The types that the parameters of a loop's body must have: its index, its items, what it carries."""
    given = int(node.text("given"))
    if node["iterable"] == "range":
        for k in range(given):
            require_host("int", f"input {k}", inputs[k])
        items = []
    else:
        items = list(names_of_entry(item_of("input 0", inputs[0]), int(node.text("items"))))
    return [Host("int"), *items, *inputs[given:]]


def _loop(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return Results(tuple(inputs[int(node.text("given")) :]))


RULES: Mapping[str, Rule] = {
    "param": _param,
    "component": _declared,
    "experts": _declared,
    "python": _declared,
    "constant": _constant,
    "scheduled": _scheduled,
    "scheduled_levels": _scheduled_levels,
    "state": _state,
    "shared": _shared,
    "stage": _stage,
    "batched": _batched,
    "together": _together,
    "forward_mode": _derivative,
    "central_difference": _derivative,
    "cached": _cached,
    "fused": _fused,
    "loop": _loop,
}
"""By op."""
