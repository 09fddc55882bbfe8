"""The graph: typed operations on Python numbers and torch tensors, one graph for each function of the
emitted module.

A graph is a value: passes take one and give another. Nodes stand in an order that respects their inputs.
The id of a node is unique in its function, loop bodies included; a body reads nodes of the graphs around it
by their ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Literal

import networkx as nx

from ...stages.op import Op
from ...stages.table import GRAPH_OPS
from ..base.frozen import field, replace, struct
from ..base.source import Span
from ..program.averaging import Averaging
from ..program.schedule import Schedule
from ..types.dims import Dim

BATCH = Dim.of("b")
"""The dim of samples."""


@struct
class Array:
    """A torch tensor; `dtype` is "f32", "bf16", "i64", ..., or "str" for a list of texts, one a sample.

    `frames` says which of its dims counts latent frames: lowering lines up numbers for each frame by it, which from then on
    are views that broadcast.
    """

    dims: tuple[Dim, ...]
    dtype: str = "f32"
    frames: int | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return f"[{', '.join(map(str, self.dims))}]"


@struct
class Host:
    """A Python value, the same for all samples: "int", "float", "bool", "str"."""

    kind: str


@struct
class Many:
    """A list on the host."""

    item: Type
    length: int | None = None


@struct
class Fields:
    """A record, or the batch: a dict. With `latents`, the parts of a latent in a product of spaces."""

    fields: tuple[tuple[str, Type], ...]
    latents: bool = False


@struct
class Results:
    """Several results: of a tuple or a loop."""

    items: tuple[Type, ...]


Type = Array | Host | Many | Fields | Results


@struct
class Node:
    """One operation.

    `spans` are the places it came from, its own first; `trace` the calls it was expanded through. `name` is
    what the user bound it to, `hint` what to call it if it needs a name. `grad` is "tape" where a gradient
    is recorded, "none" where it must not be, "free" where there is none to record. `notes` say what passes decided
    about it that its text does not show.
    """

    id: int
    op: str
    inputs: tuple[int, ...]
    type: Type
    attributes: tuple[tuple[str, object], ...] = ()
    spans: tuple[Span, ...] = ()
    trace: tuple[Span, ...] = ()
    name: str = ""
    hint: str = ""
    body: Graph | None = None
    grad: Literal["tape", "none", "free"] = "tape"
    notes: tuple[str, ...] = ()

    def __getitem__(self, attribute: str) -> object:
        return dict(self.attributes)[attribute]

    def text(self, attribute: str) -> str:
        return str(self[attribute])

    @property
    def op_info(self) -> Op:
        return GRAPH_OPS[self.op]

    @property
    def reads(self) -> tuple[int, ...]:
        """Inputs, and for a loop what its body reads from around it."""
        return self.inputs if self.body is None else tuple(dict.fromkeys((*self.inputs, *self.body.captures)))

    @property
    def order(self) -> tuple[int, ...]:
        """Where the user wrote it: the places of the calls that led to it, then its own."""
        return tuple(s.start for s in (*self.trace, *self.spans[:1]))


@struct(eq=False)
class Graph:
    """`parameters` are ids of `param` nodes (a loop's: index, items..., carried...); `outputs` are named
    ids."""

    dag: nx.DiGraph = field(repr=False)
    parameters: tuple[int, ...] = ()
    outputs: tuple[tuple[str, int], ...] = ()

    @staticmethod
    def of(
        nodes: Iterable[Node],
        parameters: Iterable[int] = (),
        outputs: Iterable[tuple[str, int]] = (),
    ) -> Graph:
        dag = nx.DiGraph()
        for node in nodes:
            dag.add_node(node.id, node=node)
        for node in [data["node"] for _, data in dag.nodes(data=True)]:
            dag.add_edges_from((source, node.id) for source in node.reads if source in dag)
        return Graph(dag, tuple(parameters), tuple(outputs))

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(data["node"] for _, data in self.dag.nodes(data=True))

    def __getitem__(self, id: int) -> Node:
        found: Node = self.dag.nodes[id]["node"]
        return found

    def __contains__(self, id: int) -> bool:
        return id in self.dag

    def __len__(self) -> int:
        return len(self.dag)

    @cached_property
    def captures(self) -> tuple[int, ...]:
        """Ids that the graph reads from graphs around it."""
        wanted = [i for n in self.nodes for i in n.reads] + [i for _, i in self.outputs]
        return tuple(dict.fromkeys(i for i in wanted if i not in self.dag))

    def with_nodes(self, nodes: Iterable[Node], outputs: Iterable[tuple[str, int]] | None = None) -> Graph:
        return Graph.of(nodes, self.parameters, self.outputs if outputs is None else outputs)

    def rewired(self, moved: Mapping[int, int]) -> Graph:
        """Every read of a key of `moved` reads its value instead, bodies included."""
        if not moved:
            return self

        def change(node: Node) -> Node:
            return replace(
                node,
                inputs=tuple(moved.get(i, i) for i in node.inputs),
                body=node.body.rewired(moved) if node.body else None,
            )

        return self.with_nodes(map(change, self.nodes), [(n, moved.get(i, i)) for n, i in self.outputs])

    def in_written_order(self) -> Graph:
        """The same nodes sorted as the user wrote them, as far as their inputs allow."""
        order = nx.lexicographical_topological_sort(self.dag, key=lambda i: (self[i].order, i))
        nodes = [self[i] for i in order]
        return self.with_nodes(replace(n, body=n.body.in_written_order()) if n.body else n for n in nodes)

    def graphs(self) -> Iterator[Graph]:
        """This graph and the bodies of its loops."""
        yield self
        for node in self.nodes:
            if node.body is not None:
                yield from node.body.graphs()

    def walk(self) -> Iterator[Node]:
        """All nodes, those of loop bodies after their loop."""
        for node in self.nodes:
            yield node
            if node.body is not None:
                yield from node.body.walk()


@struct
class BatchNumbers:
    """Numbers of a step's whole batch, which is taken in parts: the function that gives those of one part, how the parts'
    are joined ("mean" or "sum") by their names, and the names through which a gradient of the losses flows."""

    function: str
    joined: tuple[tuple[str, str], ...]
    gradient: tuple[str, ...]


LOG, NEXT = "log.", "next."
"""What the names of an update's outputs begin with that are no losses: numbers to report, and what states become."""


@struct
class Function:
    """One function of the emitted module.

    `kind` is "stage", "update", "numbers", "shared", "state", "sample", "produce" or "fused". `parameters` names those of
    a stage or fused group; `types` and `result` are its signature, which calls are held against, and `result` the type
    that a state is kept in. `roles` are an update's, `schedule` and `numbers` too: when it runs, and what of the whole
    batch is there before it does, in this order. `role` is the (name, how a copy follows it) that a stage belongs to.
    `freed` are values to let go after they were read for the last time. A stage without a role is what a `jvp`
    differentiates; `looks_into` names the one whose call a stage that shows layers runs.
    """

    name: str
    kind: str
    graph: Graph
    span: Span
    parameters: tuple[str, ...] = ()
    about: str = ""
    roles: tuple[str, ...] = ()
    schedule: Schedule = Schedule()
    numbers: tuple[BatchNumbers, ...] = ()
    role: tuple[str, Averaging | None] | None = None
    frozen: bool = False
    identity: tuple[object, ...] = ()
    stage: str = ""
    stage_kind: str = ""
    looks_into: str = ""
    freed: tuple[int, ...] = ()
    types: tuple[Type, ...] = ()
    result: Type | None = None


@struct
class TrainingSummary:
    """How the program trains: for each role what is said of it, the batch, the parts that it is taken in, and the norm
    that gradients are clipped to ("" for none)."""

    roles: tuple[tuple[str, tuple[str, ...]], ...]
    batch: int
    accumulate: int
    clip: str


@struct
class Bucket:
    """A choice of the program's `sizes`, and the `numbers` that each bucket has its own of: dims by the names that they have
    in types, and values of `sized` nodes."""

    sizes: tuple[tuple[str, int], ...]
    numbers: tuple[tuple[str, int | Fraction], ...]


@struct
class Plan:
    """A lowered program: its functions, the solved sizes `dims`, and the declared fields of the data, `batch`.
    `training` is for its readers; `buckets` are all of a program that has some, its own sizes first."""

    program: str
    path: str
    digest: str
    dims: tuple[tuple[str, int], ...]
    functions: tuple[Function, ...]
    batch: Fields = Fields(())
    training: TrainingSummary | None = None
    buckets: tuple[Bucket, ...] = ()

    def most(self, dims: Iterable[Dim]) -> int:
        """How many numbers an array of these dims holds, in the bucket where it holds most; of one sample, if `b` is among
        them."""
        tables = [{name: Dim.of(int(n)) for name, n in b.numbers} for b in self.buckets] or [{}]
        return max(prod(d.substitute(table).constant or 1 for d in dims) for table in tables)

    def map(self, change: Callable[[Function], Function]) -> Plan:
        return replace(self, functions=tuple(map(change, self.functions)))

    def of_kind(self, *kinds: str) -> tuple[Function, ...]:
        return tuple(f for f in self.functions if f.kind in kinds)
