"""Typing rules of records, results and draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...types.dims import Dim
from ..graph import BATCH, Array, Fields, Host, Node, Results, Type
from ..text import type_text
from .rule import Environment, Rule, TypeMismatch, require_host


def _tuple(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return Results(tuple(inputs))


def _of_several(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    """One of several results."""
    (several,) = inputs
    index = int(node.text("index"))
    if not isinstance(several, Results) or not 0 <= index < len(several.items):
        raise TypeMismatch("input 0", f"at least {index + 1} results", type_text(several))
    return several.items[index]


def _batch(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return environment.batch


def _field(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    (record,) = inputs
    name = node.text("name")
    found = dict(record.fields).get(name) if isinstance(record, Fields) else None
    if found is None:
        raise TypeMismatch("input 0", f"a record with `{name}`", type_text(record))
    return found


def _fields(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    names = node["names"]
    assert isinstance(names, tuple)
    return Fields(tuple(zip(names, inputs, strict=True)), bool(dict(node.attributes).get("latents")))


def _draw(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    return _shaped(node, node["scope"] == "sample", "f32")


def _integer(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    for k in range(int(node.text("ends"))):
        require_host("int", f"input {k}", inputs[k])
    return _shaped(node, True, "i64") if node["scope"] == "sample" else Host("int")


def _whole(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    (x,) = inputs
    if not isinstance(x, Array) or x.dtype == "str":
        raise TypeMismatch("input 0", "a tensor", type_text(x))
    return Array(x.dims, "i64", x.frames)


def _noise(node: Node, inputs: Sequence[Type], environment: Environment) -> Type:
    require_host("str", "input 0", inputs[0])
    return _shaped(node, True, "f32")


def _shaped(node: Node, rows: bool, dtype: str) -> Array:
    shape = node["shape"]
    assert isinstance(shape, tuple)
    return Array(((BATCH,) if rows else ()) + tuple(map(Dim.of, shape)), dtype)


RULES: Mapping[str, Rule] = {
    "tuple": _tuple,
    "item": _of_several,
    "result": _of_several,
    "part": _of_several,
    "batch": _batch,
    "field": _field,
    "fields": _fields,
    "normal": _draw,
    "uniform": _draw,
    "normal_between": _draw,
    "integer": _integer,
    "whole": _whole,
    "noise": _noise,
}
"""By op."""
