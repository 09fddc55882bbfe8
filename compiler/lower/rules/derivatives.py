"""Derivatives of calls: what is differentiated becomes a function of the module, of the arguments that are moved and of all
else that it reads.

Inside it nothing is fused: kernels have no forward mode.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence

from ....stages.table import OPS
from ...base.frozen import struct
from ...ir.graph import Array, Function, Type
from ...program.ops import PROCESS_OF, REGION, ROLE, STAGE, TANGENTS
from ...program.values import Value, every_value
from ...types.types import Level, TimeType
from ..lowering import Lowering, Rule
from .process_at import ProcessAt
from .stage_calls import graph_of


@struct
class Parameter:
    """A parameter of what is differentiated: the value that it stands for, and its type at run time."""

    name: str
    value: Value
    type: Type
    time: bool = False


def _jvp(at: Lowering, value: Value, _: list[int]) -> int:
    names, b = TANGENTS.of(value), at.build
    inner, *rest = value.args
    moved, tangents = rest[: len(names)], rest[len(names) :]
    starts, along, parameters = [], [], []
    for name, v, tangent in zip(names, moved, tangents, strict=True):
        start, change = at(v.args[0]), at(tangent)
        time = isinstance(v.type, (TimeType, Level))
        if time:
            change = _process_at(at, value, start).change_of_level(change)
        wide = b.widest(start, change)
        starts.append(b.spread(start, wide))
        along.append(b.spread(change, wide))
        own = b.type(start)
        parameters.append(Parameter(name, v, wide or (Array(()) if time else own), time))
    reads = Reads(moved, at.known).captured(inner)
    given = [at(v) for v in reads]
    parameters += [
        Parameter(v.name or b.nodes[n].hint or "given", v, b.type(n)) for v, n in zip(reads, given)
    ]
    call = graph_of(inner.trace[: len(value.trace) + 1]) if len(inner.trace) > len(value.trace) else ""
    function = _function(at, inner, parameters, _name(inner, call, names))
    assert function.result is not None
    at.at(value)
    width = _width(at, inner)
    return b.add(
        "forward_mode" if width is None else "central_difference",
        (*starts, *along, *given),
        function.result,
        function=function.name,
        moved=len(names),
        times=tuple(k for k, p in enumerate(parameters) if p.time),
        width=width,
    )


def _process_at(at: Lowering, value: Value, t: int) -> ProcessAt:
    ref = PROCESS_OF.find(value)
    return ProcessAt(at.build, at.roles[ref.name].family.process.kind if ref is not None else "flow", t)


def _function(at: Lowering, inner: Value, parameters: Sequence[Parameter], base: str) -> Function:
    sub = Lowering(at.rules, at.roles, at.stages, {})
    b, names, ids = sub.build, list[str](), []
    for p in parameters:
        b.span = p.value.span
        names.append(_fresh(p.name, names))
        ids.append(b.add("param", (), p.type, hint=names[-1], spread=p.time))
        sub.known[id(p.value)] = ids[-1]
    result = sub(inner)
    words = " ".join(inner.span.text.split())
    name = _fresh(base, [f.name for f in at.stages.values()])
    at.stages["", None, name, ()] = Function(
        name,
        "stage",
        b.graph([("", result)], ids),
        inner.span,
        tuple(names),
        f"{words}, which is differentiated",
        types=tuple(p.type for p in parameters),
        result=b.type(result),
    )
    return at.stages["", None, name, ()]


def _name(inner: Value, graph: str, moved: Sequence[str]) -> str:
    """`student_predict_of_x_t`, or of a graph `twice_of_x`."""
    ref = ROLE.find(inner) if not graph else None
    call = [ref.name, STAGE.find(inner) or inner.op] if ref is not None else [graph or "function"]
    return "_".join([*call, "of", *moved])


def _fresh(word: str, taken: Collection[str]) -> str:
    return next(
        n for n in itertools.chain([word], (f"{word}_{k}" for k in itertools.count(2))) if n not in taken
    )


def _width(at: Lowering, inner: Value) -> float | None:
    """Of the central difference, where the settings of a role that is called ask for one."""
    refs = [r for v in every_value([inner]) if (r := ROLE.find(v)) is not None]
    settings = [at.roles[r.name].settings.get("jvp") for r in refs if r.name in at.roles]
    return next((float(s["width"]) for s in settings if isinstance(s, Mapping)), None)


class Reads:
    """What a value depends on: values that are `moved`, and values of the rounds of loops inside it. `known` are those that
    have a node in the function around."""

    def __init__(self, moved: Sequence[Value], known: Collection[int]) -> None:
        self.moved = {id(v) for v in moved}
        self.around = known
        self._free: dict[int, frozenset[int]] = {}

    def captured(self, root: Value) -> list[Value]:
        """The largest values that `root` reads and that depend on nothing of the kind."""
        self.free(root)
        found: dict[int, Value] = {}
        seen: set[int] = set()
        stack = [root]
        while stack:
            v = stack.pop()
            if id(v) in seen or id(v) in self.moved:
                continue
            seen.add(id(v))
            if v is root or self.free(v):
                stack += self._reads(v)
            elif v.args or id(v) in self.around:
                found[id(v)] = v
        return list(found.values())

    def free(self, root: Value) -> frozenset[int]:
        """The ids of what is moved, and of values of rounds, that a value depends on."""
        stack = [root]
        while stack:
            v = stack[-1]
            waiting = [a for a in self._reads(v) if id(a) not in self._free]
            if id(v) not in self._free and waiting:
                stack += waiting
                continue
            self._free.setdefault(id(v), self._of(v))
            stack.pop()
        return self._free[id(root)]

    def _of(self, v: Value) -> frozenset[int]:
        if id(v) in self.moved or (OPS[v.op].of_round and id(v) not in self.around):
            return frozenset({id(v)})
        region = REGION.find(v)
        own = {id(p) for p in (region.index, *region.items, *region.carried)} if region is not None else set()
        return frozenset().union(*(self._free[id(a)] for a in self._reads(v))) - own

    def _reads(self, v: Value) -> tuple[Value, ...]:
        if id(v) in self.moved or id(v) in self.around:
            return ()
        region = REGION.find(v)
        inside = (region.index, *region.items, *region.carried, *region.results) if region is not None else ()
        return (*v.args, *inside)


RULES: Mapping[str, Rule] = {"jvp": _jvp}
