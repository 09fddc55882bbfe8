"""The values of a typed program: one operation's result each. They form a directed acyclic graph by identity; loops are
regions.

The ops are entries of `stages/`; `ops` says what values carry beside their arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..base.frozen import field, struct
from ..base.source import Span
from ..types.types import Type
from .averaging import Averaging


@struct
class RoleRef:
    """A role as a value reads it: live (`average` None), or a copy that follows it."""

    name: str
    average: Averaging | None = None


@struct(eq=False)
class Value:
    """One operation's result, with the place it was written at and the calls it was expanded through (outermost first)."""

    op: str
    args: tuple[Value, ...]
    type: Type
    span: Span
    attrs: Mapping[str, object] = field(default_factory=dict)
    trace: tuple[Span, ...] = ()
    name: str = ""  # what the user bound it to, for readable code


@struct(eq=False)
class Region:
    """A loop's body: its parameters (`loop_index`, `loop_item`, `carried`) and the carried values at the end of a round."""

    index: Value
    items: tuple[Value, ...]
    carried: tuple[Value, ...]
    results: tuple[Value, ...]


@struct(eq=False)
class Formula:
    """A value over parameters (of op `param`), in whose place each use puts its own values."""

    parameters: tuple[Value, ...]
    result: Value


def written(value: Value) -> str:
    """A value as its program writes it, on one line: where it was made, or the call that led there."""
    place = value.trace[0] if value.trace else value.span
    return " ".join(place.text.split())


def every_value(roots: Iterable[Value]) -> Iterator[Value]:
    """All values that the roots depend on, those inside loops too, each once."""
    seen: set[int] = set()
    stack = list(roots)
    while stack:
        v = stack.pop()
        if id(v) in seen:
            continue
        seen.add(id(v))
        yield v
        stack.extend(v.args)
        region = v.attrs.get("region")
        if isinstance(region, Region):
            stack.extend((*region.results, *region.carried, *region.items))
