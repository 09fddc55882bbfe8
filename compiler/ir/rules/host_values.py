"""Typing rules of numbers, texts and lists of Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..graph import Array, Host, Many, Node, Results, Type
from ..text import type_text
from .rule import ROW, TEXTS, Environment, Rule, TypeMismatch, item_of, require_host, require_number, same


def _const(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return constant(node["value"])


def constant(value: object) -> Host:
    """The type of a literal; fractions are floats."""
    kinds = {bool: "bool", int: "int", str: "str"}
    return Host(kinds.get(type(value), "float"))


def _list(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    if isinstance(node.type, Results):
        return Results(tuple(inputs))
    numbers = [t for t in inputs if isinstance(t, Host)]
    if inputs and all(t == inputs[0] for t in inputs):
        return Many(inputs[0], len(inputs))
    if len(numbers) != len(inputs):
        raise TypeMismatch("inputs", "numbers", ", ".join(map(type_text, inputs)))
    return Many(listed(numbers), len(inputs))


def listed(items: Sequence[Host]) -> Host:
    """The type of an entry of a list of these: what they have in common, or a number."""
    kinds = {t.kind for t in items}
    return Host(next(iter(kinds)) if len(kinds) == 1 else "float")


def _levels(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return Many(Host("float"), node.text("levels").count(",") + 1 if node["levels"] else 0)


def _grid(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    require_host("int", "input 0", inputs[0])
    return Many(Host("float"))


def _tail(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    same("the entries of input 0", Host("float"), item_of("input 0", inputs[0]))
    require_number("input 1", inputs[1])
    return Many(Host("float"))


def _each_shifted(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    item = item_of("input 0", inputs[0])
    if item != ROW:
        same("the entries of input 0", Host("float"), item)
    require_number("input 1", inputs[1])
    if isinstance(inputs[1], Array):
        raise TypeMismatch("input 1", "a number", type_text(inputs[1]))
    return inputs[0]


def _pairs(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return Many(item_of("input 0", inputs[0]))


def _index(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    require_host("int", "input 1", inputs[1])
    return item_of("input 0", inputs[0])


def _gather(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    if not isinstance(inputs[1], Array) or inputs[1].dtype != "i64":
        raise TypeMismatch("input 1", "whole numbers", type_text(inputs[1]))
    return gathered(item_of("input 0", inputs[0]), inputs[1])


def gathered(item: Type, index: Array) -> Array:
    """An entry of a list for each of these whole numbers."""
    return Array(index.dims, "i64" if item == Host("int") else "f32", index.frames)


def _step(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return Host("int")


def _sized(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return Host(node.text("kind"))


def _flag(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    require_host("bool", "input 0", inputs[0])
    return Array((), "bool")


def _chosen_texts(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    for k in (1, 2):
        same(f"input {k}", TEXTS, inputs[k])
    if inputs[0] != Host("bool") and not (isinstance(inputs[0], Array) and inputs[0].dtype == "bool"):
        raise TypeMismatch("input 0", "true or false, or one a sample", type_text(inputs[0]))
    return TEXTS


def _repeat(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    require_host("str", "input 0", inputs[0])
    return TEXTS


RULES: Mapping[str, Rule] = {
    "gather": _gather,
    "gather_rows": _gather,
    "const": _const,
    "list": _list,
    "levels": _levels,
    "each_shifted": _each_shifted,
    "grid": _grid,
    "tail": _tail,
    "pairs": _pairs,
    "index": _index,
    "step": _step,
    "sized": _sized,
    "repeat": _repeat,
    "flag": _flag,
    "chosen_texts": _chosen_texts,
}
"""By op."""
