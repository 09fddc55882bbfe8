"""Dims that a stage leaves open: those of what it is given, and in its result those that they turn out to be."""

from __future__ import annotations

from collections.abc import Mapping

from ....base.frozen import replace
from ....types.dims import Dim
from ....types.types import ListOf, Tensor, Tuple, Type


def bind(wanted: Type, found: Type, opened: frozenset[str], dims: dict[str, Dim]) -> None:
    """Binds each open dim that stands alone in `wanted` to what stands there in `found`; the first one counts."""
    match wanted, found:
        case Tensor(dims=a), Tensor(dims=b) if len(a) == len(b):
            for w, f in zip(a, b):
                name = next(iter(w.variables), "") if len(w.variables) == 1 else ""
                if name in opened and w == Dim.of(name):
                    dims.setdefault(name, f)
        case ListOf(item=a), ListOf(item=b):
            bind(a, b, opened, dims)
        case _:
            pass


def filled(type: Type, dims: Mapping[str, Dim]) -> Type:
    """The type with the open dims that are bound."""
    match type:
        case Tensor(dims=old) if dims:
            return replace(type, dims=tuple(d.substitute(dims) for d in old))
        case ListOf(item=item):
            return ListOf(filled(item, dims), type.length)
        case Tuple(items=items):
            return Tuple(tuple(filled(i, dims) for i in items))
        case _:
            return type
