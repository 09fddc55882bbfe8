"""Which fields of the data a module reads, told from its text, so that no file is decoded for nothing.

The text is asked, and not the program's graph, as a module may be edited after it was built.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

_BATCH = "batch"


def fields_read(text: str, fields: Iterable[str]) -> frozenset[str]:
    """Of these fields those that the module may read: it names them, or hands its batch to code that is not its own."""
    tree = ast.parse(text)
    named = frozenset(fields)
    own = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    nodes = list(ast.walk(tree))
    followed = {id(use) for node in nodes for use in _followed(node, own)}
    for node in nodes:
        if isinstance(node, ast.Name) and node.id == _BATCH and id(node) not in followed:
            return named
    words = {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return frozenset(name for name in named if name in words or f"{name}.key" in words)


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
