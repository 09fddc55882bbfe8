"""A fused group's graph as arithmetic on single numbers, and the kernels that its results and gradients take."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import prod
from typing import Literal

from ....stages.table import OPS
from ...base.frozen import struct
from ...base.source import Span
from ...ir.graph import BATCH, Array, Function, Host, Node, Type
from ...ir.value_names import noun
from ...types.dims import Dim
from .saved import latents_to_keep
from .scalar_autodiff import SUM, ScalarGraph, Schedule, Unfusible, derive, needs, schedule
from .traffic import Traffic, of_kernels, of_torch, width

ONE = Dim.of(1)
Kind = Literal["latent", "frame", "sample", "number", "host", "address"]
Space = tuple[Dim, ...]
"""The dims of a latent."""


def level(type: Type) -> int | None:
    """2 for a latent [b, ...], 1 for one number a sample, 0 for one number; None for anything else."""
    match type:
        case Host(kind="int" | "float" | "bool"):
            return 0
        case Array(dims=(), dtype="f32"):
            return 0
        case Array(dims=(first, *rest), dtype="f32" | "bool") if first == BATCH:
            return 1 if all(d == ONE for d in rest) else 2
        case _:
            return None


def widest(types: Iterable[Type]) -> Space:
    """The dims of the largest of some latents [b, ...]; () without one."""
    spaces = [t.dims for t in types if isinstance(t, Array) and level(t) == 2]
    return max(spaces, key=lambda dims: prod(d.constant or 1 for d in dims[1:]), default=())


def period(dims: Space, over: Space) -> tuple[int, int] | None:
    """Of numbers that differ along one dim of latents `over` alone, those for each frame say: how many there are, and how
    many elements of a sample in row have the same. None for what is no such thing."""
    if len(dims) != len(over) or dims[:1] != over[:1]:
        return None
    along = [k for k, d in enumerate(dims) if k and d != ONE]
    if dims == over or len(along) != 1 or dims[along[0]] != over[along[0]]:
        return None
    count, *below = (d.constant for d in over[along[0] :])
    return None if count is None or None in below else (count, prod(d or 1 for d in below))


@struct
class Input:
    """A parameter of the group: a "latent" [b, ...]; numbers that differ along one of its dims, as those of each "frame" do,
    with their `period`; one number a "sample", a "number" []; a "host" number of Python; or a part of a draw's "address",
    its site or a round of a loop."""

    name: str
    kind: Kind
    dtype: str
    period: tuple[int, int] = (1, 1)


@struct
class Output:
    """`value` in the arithmetic; `axes` of the result's shape [b, 1, ...] if its level is 1."""

    name: str
    value: int
    level: int
    axes: int
    taped: bool
    dtype: str


@struct
class Arithmetic:
    """`forward` leaves the values `saved` for `backward`: small ones, and latents where that costs fewer bytes than to
    read inputs again. `backward` makes `gradients`, (input, value), from those (`upstream`: output, value) of the taped
    outputs, what is saved and the inputs `read`. `names` are those of values, and `places` where these stand in the
    program.

    A draw is a leaf "normal" whose data are the inputs of its address: site, then rounds.
    """

    scalars: ScalarGraph
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    forward: Schedule
    saved: tuple[int, ...]
    gradients: tuple[tuple[int, int], ...]
    upstream: tuple[tuple[int, int], ...]
    backward: Schedule
    read: tuple[int, ...]
    names: Mapping[int, str]
    places: Mapping[int, Span]

    @property
    def booleans(self) -> frozenset[int]:
        return frozenset(k for k, i in enumerate(self.inputs) if i.dtype == "bool")

    @property
    def traffic(self) -> tuple[Traffic, Traffic]:
        """Of the kernels forward and backward, for one element."""
        return (
            of_kernels(self.scalars, self.forward, self.booleans),
            of_kernels(self.scalars, self.backward, self.booleans),
        )

    @property
    def unfused_traffic(self) -> tuple[Traffic, Traffic]:
        """Of one kernel an operation, forward and backward, which has all that the forward made."""
        s, results = self.scalars, [o.value for o in self.outputs]
        made = frozenset(needs(s, results))
        gradients = [g for _, g in self.gradients]
        return (
            of_torch(s, results, frozenset(), self.booleans),
            of_torch(s, gradients, made, self.booleans),
        )

    @property
    def held(self) -> int:
        """Bytes of latents that the backward needs, for one element."""
        s = self.scalars
        read = [i for i in self.backward.needed if s[i].op == "load" and isinstance(s[i].data, int)]
        return sum(width(s, self.booleans, i) for i in {*read, *self.saved} if s.level(i) == 2)


@struct
class _Forward:
    """What a group computes: its results, the latents (input, value) that a gradient may be asked for, and the names and
    places of its values."""

    scalars: ScalarGraph
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    wanted: tuple[tuple[int, int], ...]
    names: dict[int, str]
    places: dict[int, Span]


def arithmetic(function: Function) -> Arithmetic:
    """Raises `Unfusible` for an op that no kernel computes, for a result that is wider than what it is made of, and for a
    small one that no sum over latents makes."""
    f = _forward(function)
    return _with_backward(f.scalars, f.inputs, f.outputs, f.wanted, f.names, f.places)


def is_computable(function: Function) -> bool:
    """Whether kernels can compute a group: `arithmetic` does not raise for it."""
    try:
        _forward(function)
    except Unfusible:
        return False
    return True


def _forward(function: Function) -> _Forward:
    graph = function.graph
    s = ScalarGraph()
    inputs = _inputs(function)
    place = {id: k for k, id in enumerate(graph.parameters)}
    ids: dict[int, int] = {}
    names: dict[int, str] = {}
    places: dict[int, Span] = {}
    taped = {n.id for n in graph.nodes if n.grad == "tape"}
    for node in graph.nodes:
        if node.op == "param":
            index = place[node.id]
            if inputs[index].kind != "address":
                of = {"latent": 2, "frame": 2, "sample": 1, "number": 0, "host": 0}[inputs[index].kind]
                ids[node.id] = s.leaf("host" if inputs[index].kind == "host" else "load", of, index)
            continue
        if node.op == "noise":
            ids[node.id] = s.leaf("normal", 2, tuple(place[i] for i in node.inputs))
        else:
            quiet = node.id not in taped
            arguments = [s.op("stop", ids[i]) if quiet and i in taped else ids[i] for i in node.inputs]
            ids[node.id] = _value(s, node, arguments)
        reduced = noun(node.op) if node.op_info.reduces else ""
        if name := node.name or node.hint or reduced:
            names.setdefault(ids[node.id], name)
        for span in node.spans[:1]:
            places.setdefault(ids[node.id], span)
    outputs = tuple(_output(s, graph[i], ids[i]) for _, i in graph.outputs)
    latents = [k for k, i in enumerate(inputs) if i.kind == "latent" and graph.parameters[k] in taped]
    wanted = tuple((k, ids[graph.parameters[k]]) for k in latents)
    return _Forward(s, inputs, outputs, wanted, names, places)


def latent_size(function: Function) -> int:
    """Elements of one sample of the latents that a group runs over."""
    return prod(d.constant or 1 for d in widest(n.type for n in function.graph.nodes)[1:])


def _inputs(function: Function) -> tuple[Input, ...]:
    graph = function.graph
    rounds = {i for n in graph.nodes if n.op == "noise" for i in n.inputs}
    read = {i for n in graph.nodes if n.op != "noise" for i in n.inputs}
    over = widest(n.type for n in graph.nodes)
    found = []
    for id, name in zip(graph.parameters, function.parameters, strict=True):
        type = graph[id].type
        assert isinstance(type, (Array, Host))
        kind: Kind
        if id in rounds and id not in read:
            kind = "address"
        elif isinstance(type, Host):
            kind = "host"
        else:
            kind = {2: "latent", 1: "sample", 0: "number", None: "address"}[level(type)]  # type: ignore[assignment]
        along = period(type.dims, over) if isinstance(type, Array) else None
        dtype = type.dtype if isinstance(type, Array) else type.kind
        found.append(
            Input(name, "frame", dtype, along) if kind == "latent" and along else Input(name, kind, dtype)
        )
    return tuple(found)


def _value(s: ScalarGraph, node: Node, arguments: list[int]) -> int:
    info = OPS[node.op]
    if node.op == "const":
        value = node["value"]
        if not isinstance(value, (Fraction, float, int)):
            raise Unfusible(node.op)
        return s.const(value)
    if not info.reduces:
        return s.apply(node.op, arguments)
    each = arguments[0]
    per_sample = info.per_sample
    if info.is_loss:
        named = dict(zip(_argument_names(node), arguments, strict=True))
        a, b = arguments[:2]
        options = {name: named.get(name, s.const(default)) for name, default in info.options}
        each = s.expand(info.scalar, {"a": a, "b": b, **options})
        if "weight" in named:
            each = s.op("mul", each, named["weight"])
        per_sample = "per_sample=True" in node.text("options")
    total = s.sum(each, 1 if per_sample else 0)
    if info.reduces == "sum":
        return total
    count = s.leaf("elements", 0)
    return s.op("div", total, count if per_sample else s.op("mul", count, s.leaf("samples", 0)))


def _argument_names(node: Node) -> list[str]:
    found = node["names"]
    return list(map(str, found)) if isinstance(found, tuple) else []


def _output(s: ScalarGraph, node: Node, value: int) -> Output:
    wide = level(node.type)
    if wide is None or (wide < 2 and s.level(value) != wide):
        raise Unfusible(node.op)
    if wide < 2 and not any(s[i].op == SUM for i in needs(s, [value])):  # arithmetic folded to a constant
        raise Unfusible(node.op)
    assert isinstance(node.type, Array)
    return Output(
        node.name or node.hint or noun(node.op),
        value,
        wide,
        len(node.type.dims),
        node.grad == "tape",
        node.type.dtype,
    )


def result_name(node: Node) -> str:
    """What a group is called by a result: as the user named it, or by the function that the user called for it."""
    called = re.match(r"(?:\w+\.)*([a-z]\w*)\(", node.spans[0].text) if node.spans else None
    return node.name or (called.group(1) if called else node.hint or noun(node.op))


def _with_backward(
    s: ScalarGraph,
    inputs: tuple[Input, ...],
    outputs: tuple[Output, ...],
    taken: tuple[tuple[int, int], ...],
    names: dict[int, str],
    places: dict[int, Span],
) -> Arithmetic:
    latents = {o.value for o in outputs if o.level == 2}
    phases = schedule(s, [o.value for o in outputs], wide=latents).phases
    left = frozenset(i for phase in phases for i in (*phase.sums, *phase.after))
    upstream = tuple((k, s.leaf("load", o.level, ("grad", k))) for k, o in enumerate(outputs) if o.taped)
    given: dict[int, int] = {}
    for k, g in upstream:
        value = outputs[k].value
        given[value] = s.op("add", given[value], g) if value in given else g
        names[g] = f"grad_{outputs[k].name}"
    found = derive(s, given, [v for _, v in taken])
    gradients = tuple((k, found[v]) for k, v in taken if v in found)
    made = [g for _, g in gradients]
    results = [o.value for o in outputs]

    def keeping(kept: tuple[int, ...]) -> Arithmetic:
        known = left | set(kept)
        saved = tuple(sorted(needs(s, made, known) & known))
        back = schedule(s, made, frozenset(saved), made)
        read = tuple(sorted({d for i in back.needed for d in _inputs_of(s, i)}))
        there = schedule(s, [*results, *kept], wide=latents | set(kept))
        known_names = {**dict.fromkeys(kept, "kept"), **names}
        return Arithmetic(
            s, inputs, outputs, there, saved, gradients, upstream, back, read, known_names, places
        )

    plain = keeping(())
    kept = latents_to_keep(s, results, made, left, plain.booleans) if made else ()
    choices = [plain, *([keeping(kept)] if kept else [])]
    return min(choices, key=lambda a: a.held + sum(t.moved for t in a.traffic))


def _inputs_of(s: ScalarGraph, id: int) -> tuple[int, ...]:
    match s[id].op, s[id].data:
        case "host" | "load", int(index):
            return (index,)
        case "normal", tuple(address):
            return address
        case _:
            return ()
