"""One plan for several choices of a program's sizes: what differs between their plans is read of the run.

Plans of one program at several sizes in, one plan out. They are the same graphs, node by node, but for numbers: dims, shapes
of draws, constants that follow from sizes. Each such number becomes a name; the plan's table says what it is in each bucket.
So a bucket's graph is what lowering gives for its sizes alone. Graphs that differ in anything else raise `CannotRun`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from ...stages.table import OPS
from ..base.frozen import replace
from ..base.source import Span
from ..ir.graph import Array, Bucket, Fields, Function, Graph, Host, Many, Node, Plan, Results, Type
from ..program.typed_program import TypedProgram
from ..types.dims import Dim
from .builder import CannotRun

Number = int | Fraction

SIZED = "sized"
"""The op of a number that each bucket has its own of."""

_COUNTS, _TEXTS = ("height", "width", "frames"), ("declared", "shape", "shift", "levels", "dims")
"""Attributes of nodes that may differ: one number, and source text with numbers in it."""

_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?")


def merged(plans: Sequence[Plan], programs: Sequence[TypedProgram]) -> Plan:
    """The plan of all of `programs`, the first of which has the program's own sizes. Raises `CannotRun`."""
    first = plans[0]
    at = _Merge(_known(programs), first.functions[0].span)
    if any([f.name for f in p.functions] != [f.name for f in first.functions] for p in plans):
        raise at.differs(first.functions[0].span)
    functions = tuple(at.function(found) for found in zip(*(p.functions for p in plans), strict=True))
    batch = at.type([p.batch for p in plans])
    assert isinstance(batch, Fields)
    table = [
        Bucket(tuple(p.sizes.items()), tuple((name, values[k]) for values, name in at.names.items()))
        for k, p in enumerate(programs)
    ]
    return replace(first, functions=functions, batch=batch, buckets=tuple(table))


def _known(programs: Sequence[TypedProgram]) -> Iterable[tuple[tuple[Number, ...], str]]:
    """Names of the program for numbers that differ: its sizes, and the axes of its roles' latents."""
    groups: list[list[Mapping[str, int]]] = [[p.sizes for p in programs]]
    groups += [[p.roles[name].family.sizes for p in programs] for name in programs[0].roles]
    for group in groups:
        for name in group[0]:
            if all(name in sizes for sizes in group):
                yield tuple(sizes[name] for sizes in group), name


class _Merge:
    """`names` are those of numbers that differ, by their values in each bucket; one that is not used stays out."""

    def __init__(self, known: Iterable[tuple[tuple[Number, ...], str]], place: Span) -> None:
        self.names: dict[tuple[Number, ...], str] = {}
        self._known: dict[tuple[Number, ...], str] = {}
        for values, name in known:
            self._known.setdefault(values, name)
        self.place = place

    def name(self, values: tuple[Number, ...], hint: str) -> str:
        """The name of a number with these values."""
        if values not in self.names:
            base = self._known.get(values, hint)
            taken = set(self.names.values())
            numbered = (f"{base}_{k}" for k in range(2, len(taken) + 3))
            self.names[values] = base if base not in taken else next(n for n in numbered if n not in taken)
        return self.names[values]

    def differs(self, place: Span | None) -> CannotRun:
        return CannotRun("a bucket at whose sizes this is another computation", place or self.place)

    def same(self, values: Sequence[object], place: Span | None) -> None:
        if any(v != values[0] for v in values):
            raise self.differs(place)

    def function(self, found: Sequence[Function]) -> Function:
        f = found[0]
        self.place = f.span
        for one in found:
            self.same(
                [
                    (o.kind, o.parameters, o.roles, o.schedule, o.numbers, o.role, o.frozen, o.stage)
                    for o in (f, one)
                ],
                f.span,
            )
        results = [o.result for o in found if o.result is not None]
        result = self.type(results) if len(results) == len(found) else None
        return replace(
            f,
            graph=self.graph([o.graph for o in found]),
            types=self.types([o.types for o in found]),
            result=result,
        )

    def graph(self, found: Sequence[Graph]) -> Graph:
        g = found[0]
        self.same([(len(o), o.parameters, o.outputs) for o in found], None)
        nodes = [self.node(nodes) for nodes in zip(*(o.nodes for o in found), strict=True)]
        return Graph.of(nodes, g.parameters, g.outputs)

    def node(self, found: Sequence[Node]) -> Node:
        n = found[0]
        place = n.spans[0] if n.spans else None
        self.same(
            [(o.id, o.op, o.inputs, o.body is None, [k for k, _ in o.attributes]) for o in found], place
        )
        made = replace(n, type=self.type([o.type for o in found]))
        if n.body is not None:
            made = replace(made, body=self.graph([o.body for o in found if o.body is not None]))
        changed: dict[str, object] = {}
        for name, value in n.attributes:
            values = [o[name] for o in found]
            if all(v == value for v in values):
                continue
            numbers = tuple(v for v in values if isinstance(v, int | Fraction) and not isinstance(v, bool))
            if n.op == "const" and len(numbers) == len(values):
                called = self.name(numbers, n.name or n.hint or "number")
                assert isinstance(made.type, Host)
                return replace(made, op=SIZED, attributes=(("kind", made.type.kind), ("name", called)))
            if name == "shape" and isinstance(value, tuple):
                changed[name] = self.dims([_dims(v) for v in values], place)
            elif name in _COUNTS and n.op != "of_chunks":
                changed[name] = self.dim([_dim(v) for v in values], place)
            elif name in _TEXTS:
                changed[name] = self.text([str(v) for v in values], n.name or name, place)
            else:
                raise self.differs(place)
        return replace(made, attributes=tuple((k, changed.get(k, v)) for k, v in made.attributes))

    def types(self, found: Sequence[Sequence[Type]]) -> tuple[Type, ...]:
        self.same([len(types) for types in found], None)
        return tuple(self.type(types) for types in zip(*found, strict=True))

    def type(self, found: Sequence[Type]) -> Type:
        t = found[0]
        if all(o == t for o in found):
            return t
        self.same([type(o) for o in found], None)
        match t:
            case Array():
                arrays = [o for o in found if isinstance(o, Array)]
                self.same([(o.dtype, o.frames) for o in arrays], None)
                return replace(t, dims=self.dims([o.dims for o in arrays], None))
            case Fields():
                fields = [o.fields for o in found if isinstance(o, Fields)]
                self.same([[name for name, _ in some] for some in fields], None)
                parts = self.types([[part for _, part in some] for some in fields])
                return replace(t, fields=tuple(zip([name for name, _ in t.fields], parts, strict=True)))
            case Results():
                return Results(self.types([o.items for o in found if isinstance(o, Results)]))
            case Many():
                lists = [o for o in found if isinstance(o, Many)]
                self.same([o.length for o in lists], None)
                return replace(t, item=self.type([o.item for o in lists]))
            case Host():
                raise self.differs(None)

    def dims(self, found: Sequence[tuple[Dim, ...]], place: Span | None) -> tuple[Dim, ...]:
        self.same([len(dims) for dims in found], place)
        return tuple(self.dim(dims, place) for dims in zip(*found, strict=True))

    def dim(self, found: Sequence[Dim], place: Span | None) -> Dim:
        if all(d == found[0] for d in found):
            return found[0]
        numbers = tuple(d.constant for d in found if d.constant is not None)
        if len(numbers) != len(found):
            raise self.differs(place)
        return Dim.of(self.name(numbers, "size"))

    def text(self, found: Sequence[str], hint: str, place: Span | None) -> str:
        """Source text in which numbers differ."""
        self.same([_NUMBER.split(text) for text in found], place)
        numbers = zip(*(map(_number, _NUMBER.findall(text)) for text in found), strict=True)
        kept = _NUMBER.findall(found[0])
        written = [
            kept[k] if len(set(n)) == 1 else OPS[SIZED].torch.format(name=self.name(n, hint))
            for k, n in enumerate(numbers)
        ]
        apart = _NUMBER.split(found[0])
        return "".join(part for pair in zip(apart, [*written, ""], strict=True) for part in pair)


def _dim(count: object) -> Dim:
    """A size among the attributes of a node."""
    assert isinstance(count, int | str | Dim)
    return Dim.of(count)


def _dims(shape: object) -> tuple[Dim, ...]:
    assert isinstance(shape, tuple)
    return tuple(map(_dim, shape))


def _number(text: str) -> Number:
    return int(text) if text.isdecimal() else Fraction(text)
