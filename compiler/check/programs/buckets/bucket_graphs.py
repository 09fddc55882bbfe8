"""Whether a program computes the same at two choices of its sizes, but for numbers: then one module runs at both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from ....base.diagnostics import Diagnostic
from ....base.frozen import fields
from ....program.ops import CHUNK, FRAMES, REGION, SPACE, VALUE
from ....program.typed_program import TypedProgram
from ....program.values import Region, Value
from ....types.dims import Dim
from ....types.types import ListOf
from ..not_run import CODE


def first_difference(one: TypedProgram, other: TypedProgram) -> Diagnostic | None:
    """What differs in more than numbers; None where nothing does."""
    for state, again in zip(one.states, other.states, strict=True):
        if state.initial.type != again.initial.type:
            return Diagnostic(
                "bad-setting",
                f"`{state.name}` is carried from step to step, and is of another size in each bucket",
                state.span,
                help="carry what has one size, or leave `buckets` out",
            )
    for a, b in zip(_roots(one), _roots(other), strict=True):
        found = _differs(a, b)
        if found is not None:
            return Diagnostic(
                CODE,
                "this is another computation at other sizes, which one module for all buckets does not run yet",
                found.span,
                help="give all buckets the sizes on which it depends, or leave `buckets` out",
            )
    return None


def _roots(p: TypedProgram) -> Iterator[Value]:
    for u in p.updates:
        yield from u.outputs
    for _, value in p.shared:
        yield value
    for state in p.states:
        yield state.initial
    yield from p.samples.values()


def _differs(one: Value, other: Value) -> Value | None:
    """A value of `one` that has no like in its place in `other`."""
    seen: set[tuple[int, int]] = set()
    stack = [(one, other)]
    while stack:
        a, b = stack.pop()
        if (id(a), id(b)) in seen:
            continue
        seen.add((id(a), id(b)))
        if a.op != b.op or len(a.args) != len(b.args) or not _alike_type(a, b) or not _alike_attributes(a, b):
            return a
        stack += zip(a.args, b.args, strict=True)
        region, again = REGION.find(a), REGION.find(b)
        if region is not None and again is not None:
            pair = _inside(region), _inside(again)
            if len(pair[0]) != len(pair[1]):
                return a
            stack += zip(*pair, strict=True)
    return None


def _inside(region: Region) -> tuple[Value, ...]:
    return (region.index, *region.items, *region.carried, *region.results)


def _alike_type(a: Value, b: Value) -> bool:
    if isinstance(a.type, ListOf) and isinstance(b.type, ListOf) and a.type.length != b.type.length:
        return False
    return alike(a.type, b.type)


def _alike_attributes(a: Value, b: Value) -> bool:
    if a.attrs.keys() != b.attrs.keys():
        return False
    for name, value in a.attrs.items():
        again = b.attrs[name]
        number = isinstance(value, (int, Fraction)) and not isinstance(value, bool)
        if name == VALUE.name and a.op == "const" and number:
            continue
        if name == FRAMES.name and CHUNK.find(a) is None:
            continue
        if name == SPACE.name:
            if not alike(value, again):
                return False
        elif name != REGION.name and value != again:
            return False
    return True


def alike(a: Any, b: Any) -> bool:
    """Whether two types or spaces are the same but for numbers in dims."""
    if type(a) is not type(b):
        return False
    if isinstance(a, Dim):
        return a == b or (a.constant is not None and b.constant is not None)
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(alike, a, b))
    if isinstance(a, Mapping):
        return a.keys() == b.keys() and all(alike(v, b[k]) for k, v in a.items())
    if hasattr(a, "__fields__"):
        return all(alike(getattr(a, n), getattr(b, n)) for n in fields(a))
    return bool(a == b)
