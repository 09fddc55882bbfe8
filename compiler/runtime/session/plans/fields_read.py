"""How a module uses the fields of the data, told from its text: which it reads, and which encoders' results are kept of them.

The text is asked, and not the program's graph, as a module may be edited after it was built.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

_BATCH = "batch"


@dataclass(frozen=True)
class Encoding:
    """A field as the input number `place` of a stage whose results are cached."""

    role: str
    stage: str
    place: int
    inputs: int


@dataclass(frozen=True)
class FieldUses:
    """Of the data's fields those that are `read`; of these those that are `encoded`, and in `only_encoded` those that nothing
    else reads."""

    read: frozenset[str]
    encoded: Mapping[str, tuple[Encoding, ...]]
    only_encoded: frozenset[str]


def field_uses(text: str, fields: Iterable[str]) -> FieldUses:
    """Of these fields those that the module may read: it names them, or hands its batch to code that is not its own."""
    tree = ast.parse(text)
    named = frozenset(fields)
    own = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    nodes = list(ast.walk(tree))
    encoded: dict[str, list[Encoding]] = {}
    inside: set[int] = set()
    for node in nodes:
        for name, encoding in _encodings(node):
            if name in named:
                encoded.setdefault(name, []).append(encoding)
                inside.update(map(id, ast.walk(node)))
    calls = {name: tuple(dict.fromkeys(some)) for name, some in encoded.items()}
    followed = {id(use) for node in nodes for use in _followed(node, own)}
    for node in nodes:
        if isinstance(node, ast.Name) and node.id == _BATCH and id(node) not in followed:
            return FieldUses(named, calls, frozenset())
    words = {
        n.value
        for n in nodes
        if id(n) not in inside and isinstance(n, ast.Constant) and isinstance(n.value, str)
    }
    direct = frozenset(name for name in named if name in words or f"{name}.key" in words)
    return FieldUses(direct | calls.keys(), calls, frozenset(calls.keys() - direct))


def _encodings(node: ast.AST) -> Iterator[tuple[str, Encoding]]:
    """The fields of the batch that a call of `run.cached` encodes."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="run"), attr="cached"),
            args=[
                ast.Attribute(attr=role),
                ast.Constant(value=str(stage)),
                source,
                ast.Tuple(elts=inputs),
                _,
            ],
        ):
            given = {
                k.value
                for d in [source]
                if isinstance(d, ast.Dict)
                for k in d.keys
                if isinstance(k, ast.Constant)
            }
            if not any(isinstance(n, ast.Name) and n.id == _BATCH for n in ast.walk(source)):
                return
            for place, name in enumerate(inputs):
                if isinstance(name, ast.Constant) and isinstance(name.value, str) and name.value not in given:
                    yield name.value, Encoding(role, stage, place, len(inputs))


def _followed(node: ast.AST, own: set[str]) -> Iterable[ast.expr]:
    """The uses of the batch by this node after which its fields still go by names in this module."""
    match node:
        case ast.Subscript(value=value, slice=ast.Constant()):
            return [value]
        case ast.Call(func=ast.Name(id=name), args=args) if name in own:
            return args
        case ast.Call(func=ast.Attribute(value=ast.Name(id="run"), attr="cached"), args=args):
            spread = [
                v for d in args if isinstance(d, ast.Dict) for k, v in zip(d.keys, d.values) if k is None
            ]
            return [*args, *spread]
        case _:
            return []
