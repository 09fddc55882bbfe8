"""The methods that a method comes from by `from`, and how their members are merged."""

from __future__ import annotations

from typing import Literal

from ...base import limits
from ...base.frozen import struct
from ...syntax import ast
from ..imports import Definition
from .lookup import meaning, words_of


@struct
class Lineage:
    """A method and those that it comes from, the oldest first. A member of a later one replaces an earlier one's.

    `stops` says why the oldest one's `from` was not followed, if it has one.
    """

    methods: tuple[Definition, ...]
    stops: Literal["", "missing", "circle", "deep"] = ""


def method_decl(definition: Definition) -> ast.MethodDecl:
    assert isinstance(definition.declaration, ast.MethodDecl)
    return definition.declaration


def lineage(definition: Definition) -> Lineage:
    """The chain of `from` that ends with a method."""
    chain = [definition]
    keys = {definition.key}
    while (e := method_decl(chain[0]).parent) is not None:
        parent = meaning(chain[0].module.names, words_of(e)).method
        if parent is None:
            return Lineage(tuple(chain), "missing")
        if parent.key in keys:
            return Lineage(tuple(chain), "circle")
        if len(chain) > limits.METHOD_PARENTS:
            return Lineage(tuple(chain), "deep")
        keys.add(parent.key)
        chain.insert(0, parent)
    return Lineage(tuple(chain))
