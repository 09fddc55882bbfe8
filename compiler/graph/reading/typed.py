"""A typed program as functions that are read like those of a plan: what was not lowered, as it has errors, or roles without a
family.

Every value is one node; calls of roles are `stage` nodes, whose functions hold the names of their parameters alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from ....stages.op import Op
from ....stages.table import OPS
from ...base.frozen import replace, struct
from ...base.source import Span
from ...ir.graph import BATCH, Array, Fields, Function, Graph, Host, Many, Node, Results
from ...ir.graph import Type as PlanType
from ...lower.builder import Builder
from ...program.family import Family
from ...program.ops import NAME, REGION, ROLE, SITE, STAGE, VALUE
from ...program.values import RoleRef, Value
from ...types.dims import Dim
from ...types.types import Batch, Latent, Level, ListOf, Record, Scalar, Tensor, TimeType, Type
from .steps import Values

OPEN = Dim.of("...")
"""The dims of latents whose space is not known yet, of which there are more than one."""


class TypedNode(Node):
    """A node of any op of typed programs."""

    @property
    def op_info(self) -> Op:
        return OPS[self.op]


@struct(eq=False)
class ByNode(Values):
    """The values of a function by its nodes."""

    nodes: Mapping[int, Value]

    def of_node(self, node: Node) -> Value | None:
        return self.nodes.get(node.id)


@struct(eq=False)
class Read:
    """A function with the stages that it calls, and the values that its nodes are."""

    function: Function
    stages: Mapping[str, Function]
    values: Values


def read(
    name: str,
    kind: str,
    outputs: Sequence[tuple[str, Value]],
    span: Span,
    roles: Sequence[str],
    families: Mapping[str, Family],
) -> Read:
    """`roles` are those that it trains, `families` those of roles that have one."""
    reader = _Reader(families)
    made = [(n, reader(v)) for n, v in outputs]
    function = Function(name, kind, reader.graph(made), span, roles=tuple(roles))
    places = Values.of([v for _, v in outputs])
    return Read(function, reader.stages, ByNode(places.at_place, places.draws, reader.values))


class _Reader:
    def __init__(self, families: Mapping[str, Family]) -> None:
        self.families = families
        self.build = Builder()
        self.known: dict[int, int] = {}
        self.values: dict[int, Value] = {}
        self.stages: dict[str, Function] = {}

    def graph(self, outputs: Sequence[tuple[str, int]]) -> Graph:
        return self.build.graph(outputs)

    def __call__(self, value: Value) -> int:
        found = self.known.get(id(value))
        if found is None:
            found = self._loop(value) if REGION.find(value) is not None else self._made(value)
            self.known[id(value)] = found
            self.values.setdefault(found, value)
        return found

    def _made(self, value: Value) -> int:
        op = OPS[value.op]
        if SITE.find(value) is not None:
            inputs = [self(v) for v in (*_numbers(value.args[0]), *value.args[1:])]
            return self._node("draw", value, inputs, site=SITE.of(value))
        inputs = [self(a) for a in value.args]
        if op.box == "stage" and ROLE.find(value) is not None:
            inputs = [self._text(a, i) for a, i in zip(value.args, inputs)]
            return self._call(value, ROLE.of(value), inputs)
        return self._node(value.op, value, inputs)

    def _node(self, op: str, value: Value, inputs: Sequence[int], **more: object) -> int:
        known = {
            "name": NAME.find(value),
            "value": VALUE.find(value),
            "index": value.attrs.get("index"),
            **more,
        }
        kept = {k: v for k, v in known.items() if v is not None or k in more}
        self.build.span, self.build.trace = value.span, value.trace
        id = self.build.add(op, inputs, self._type(value, inputs), hint=OPS[op].hint)
        self.build.nodes[id] = replace(self.build.nodes[id], attributes=tuple(sorted(kept.items())))
        self._typed(id, value.name if OPS[op].named else "")
        return id

    def _type(self, value: Value, inputs: Sequence[int]) -> PlanType:
        """A number that is made of tensors is one."""
        type = plan_type(value.type)
        tensors = any(isinstance(self.build.type(i), Array) for i in inputs)
        return Array(()) if type == Host("float") and tensors else type

    def _typed(self, id: int, name: str) -> None:
        n = self.build.nodes[id]
        self.build.nodes[id] = TypedNode(
            n.id, n.op, n.inputs, n.type, n.attributes, n.spans, n.trace, name, n.hint, n.body
        )

    def _text(self, value: Value, node: int) -> int:
        """A text of the program's own that a stage is handed is a card."""
        if not isinstance(VALUE.find(value), str):
            return node
        self.build.span, self.build.trace = value.span, value.trace
        id = self.build.add("repeat", [node], Array((BATCH,), "str"))
        self._typed(id, "")
        return id

    def _call(self, value: Value, ref: RoleRef, inputs: Sequence[int]) -> int:
        family = self.families.get(ref.name)
        stage = STAGE.find(value) or (family.denoise if family is not None and OPS[value.op].of_role else "")
        called = stage or NAME.find(value) or value.op
        name = f"{ref.name}_{called}" + (f"_{ref.average.written}" if ref.average is not None else "")
        if name not in self.stages:
            held = family.stages.get(stage) if family is not None else None
            names = tuple(i.name for i in held.inputs) if held is not None else ("x", "t", "c")[: len(inputs)]
            trained = OPS[value.op].of_role or (
                held is not None and family is not None and family.is_trainable(held)
            )
            frozen = ref.average is not None or not trained
            self.stages[name] = Function(
                name, "stage", Graph.of([]), value.span, names, role=(ref.name, ref.average), frozen=frozen, stage=called
            )  # fmt: skip
        return self._node(
            "stage",
            value,
            inputs,
            function=name,
            role=ref.name,
            average=ref.average,
            stage=called,
        )

    def _loop(self, value: Value) -> int:
        region = REGION.of(value)
        count = len(value.args) - len(region.carried)
        given = [self(a) for a in value.args[:count]]
        start = [self(a) for a in value.args[count:]]
        b = self.build

        def make(parameter: Callable[..., int]) -> tuple[list[int], list[int], list[int]]:
            heads: list[int] = []
            carried: list[int] = []
            for v in (*dict.fromkeys((region.index, *region.items)), *region.carried):
                b.span, b.trace = v.span, v.trace
                id = parameter(plan_type(v.type), v.name or " ".join(v.span.text.split())[:20])
                self._typed(id, v.name if v in region.carried else "")
                self.known[key(v)] = id
                self.values[id] = v
                (carried if v in region.carried else heads).append(id)
            return heads, carried, [self(r) for r in region.results]

        b.span, b.trace = value.span, value.trace
        made = b.loop(given, start, make, str(value.attrs.get("iterable", "range")))
        n = b.nodes[made]
        self._typed(made, "")
        self.build.nodes[made] = replace(self.build.nodes[made], attributes=n.attributes)
        return made


def key(v: Value) -> int:
    return id(v)


def _numbers(distribution: Value) -> Iterator[Value]:
    """What the numbers of a distribution are made of."""
    for a in distribution.args:
        if OPS[a.op].distribution or OPS[a.op].rule == OPS["shifted"].rule:
            yield from _numbers(a)
        else:
            yield a


def plan_type(t: Type) -> PlanType:
    """The type of a typed value as a plan has it, as far as it is known."""
    match t:
        case Latent(space=space):
            return Array(space.dims or (BATCH, OPEN, OPEN), space.dtype)
        case Tensor(kind=kind, dims=dims):
            return Array(dims, kind)
        case Scalar(kind="str", axes=axes):
            return Array((BATCH,), "str") if axes else Host("str")
        case Scalar(axes=axes) | TimeType(axes=axes) | Level(axes=axes):
            kind = t.kind if isinstance(t, Scalar) else "float"
            return Array((BATCH, *map(Dim.of, axes[1:]))) if axes else Host(kind)
        case ListOf(item=item):
            return Many(plan_type(item))
        case Record(fields=fields):
            return Fields(tuple((f.name, plan_type(f.value)) for f in fields))
        case Batch():
            return Fields(())
        case _:
            return Results(())
