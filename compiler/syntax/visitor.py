"""Walks over syntax that need no types: which names a piece of a program reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..base.frozen import fields
from . import ast

_NOT_NODES = frozenset(("span", "name_span", "doc", "path", "id", "op"))
_BELOW: dict[type, tuple[str, ...]] = {}
"""The fields of each kind of node that may hold nodes."""


def nodes(roots: Iterable[object]) -> Iterator[ast.Syntax]:
    """Every syntax node below the roots, in no particular order."""
    stack: list[object] = list(roots)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Syntax):
            yield node
            kind = type(node)
            if kind not in _BELOW:
                _BELOW[kind] = tuple(n for n in fields(node) if n not in _NOT_NODES)
            for name in _BELOW[kind]:
                child = getattr(node, name)
                if child.__class__ is tuple:
                    stack.extend(child)
                elif child is not None:
                    stack.append(child)
        elif isinstance(node, tuple):
            stack.extend(node)


def names_read(roots: Iterable[object]) -> set[str]:
    """Names that expressions read. Names being bound, and words after `per =` or `axis =`, may be among them."""
    found: set[str] = set()
    for node in nodes(roots):
        if isinstance(node, ast.Name):
            found.add(node.id)
    return found


def expressions_in(members: Iterable[object]) -> Iterator[object]:
    """The parts of statements and declarations that are read, without the names that they bind."""
    for node in nodes(members):
        match node:
            case (
                ast.Bind(value=value) | ast.Loss(value=value) | ast.Log(value=value) | ast.Return(value=value)
            ):
                yield value
            case ast.Draw(distribution=distribution, scope_arg=scope):
                yield distribution
                yield scope
            case ast.For(iterable=iterable):
                yield iterable
            case ast.Assert(condition=condition):
                yield condition
            case ast.Reveal(value=value):
                yield value
            case ast.UpdateDecl():
                yield from (node.every, node.excepted, node.start, node.end)
            case ast.StateDecl(value=value):
                yield value
            case ast.Param(default=default):
                yield default
            case _:
                pass


def dotted(e: ast.Expr) -> str | None:
    """`wan.wan21` as text; None for what is not a name."""
    if isinstance(e, ast.Name):
        return e.id
    if isinstance(e, ast.Attr):
        base = dotted(e.base)
        return f"{base}.{e.name}" if base else None
    return None
