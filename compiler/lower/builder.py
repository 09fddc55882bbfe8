"""Making nodes: placement in the loop that they depend on, constant folding, broadcasting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from ...stages.table import OPS
from ..base.diagnostics import Diagnostic
from ..base.frozen import replace
from ..base.source import Span
from ..ir.graph import BATCH, Array, Fields, Graph, Node, Results, Type
from ..ir.rules.elements import arithmetic, reduced, selected
from ..ir.rules.host_values import constant
from ..types.dims import Dim

Number = int | Fraction


class CannotRun(Exception):
    """A program that is right, but uses what this version checks and does not run yet."""

    def __init__(self, what: str, span: Span) -> None:
        super().__init__(what)
        self.diagnostic = Diagnostic(
            "not-run-yet", f"{what} is checked, but not run yet", span, help="leave it out, or check only"
        )


class Builder:
    """Builds one function's graph.

    A node stands in the innermost loop whose parameters it depends on, so what a loop does not change is
    computed before it.
    """

    def __init__(self) -> None:
        self.nodes: dict[int, Node] = {}
        self.depth: dict[int, int] = {}
        self.scopes: list[list[int]] = [[]]
        self.span: Span | None = None
        self.trace: tuple[Span, ...] = ()

    def add(
        self,
        op: str,
        inputs: Sequence[int],
        type: Type,
        *,
        hint: str = "",
        body: Graph | None = None,
        depth: int | None = None,
        **attributes: object,
    ) -> int:
        id = len(self.nodes)
        spans = (self.span,) if self.span is not None else ()
        node = Node(
            id,
            op,
            tuple(inputs),
            type,
            tuple(sorted(attributes.items())),
            spans,
            self.trace,
            "",
            hint,
            body,
        )
        self.nodes[id] = node
        if depth is None:
            depth = max((self.depth[i] for i in node.reads if i in self.depth), default=0)
        self.depth[id] = depth
        self.scopes[depth].append(id)
        return id

    def name(self, id: int, name: str) -> None:
        """Give a node the user's name, of a product its parts; the first one stays, and constants need none."""
        node = self.nodes[id]
        if isinstance(node.type, Fields) and node.type.latents and node.op == "fields":
            for input, (part, _) in zip(node.inputs, node.type.fields, strict=True):
                self.name(input, f"{name}_{part}" if name else "")
        elif name and not node.name and node.op_info.named:
            self.nodes[id] = replace(node, name=name)

    def call(self, id: int, hint: str) -> None:
        """What to call a value that the user does not name, whatever was suggested before."""
        self.nodes[id] = replace(self.nodes[id], hint=hint)

    def note(self, id: int, text: str) -> None:
        """What is to be said of a node in the emitted module."""
        node = self.nodes[id]
        self.nodes[id] = replace(node, notes=(*node.notes, text))

    def suggest(self, id: int, hint: str) -> None:
        """What to call a value that has no name."""
        node = self.nodes[id]
        if not node.name and not node.hint:
            self.nodes[id] = replace(node, hint=hint)
        if node.op == "stop":
            self.suggest(node.inputs[0], hint)

    def type(self, id: int) -> Type:
        return self.nodes[id].type

    def graph(
        self, outputs: Sequence[tuple[str, int]], parameters: Sequence[int] = (), scope: int = 0
    ) -> Graph:
        return Graph.of([self.nodes[i] for i in self.scopes[scope]], parameters, outputs)

    # values

    def const(self, value: object) -> int:
        return self.add("const", (), constant(value), value=value)

    def number(self, id: int) -> Number | None:
        """The number that a node is, if it is a constant."""
        node = self.nodes[id]
        value = node["value"] if node.op == "const" else None
        return value if isinstance(value, (int, Fraction)) and not isinstance(value, bool) else None

    def array(self, id: int) -> Array | None:
        """The type of a tensor; None for what is none."""
        type = self.type(id)
        return type if isinstance(type, Array) else None

    def rank(self, id: int) -> int:
        type = self.type(id)
        return len(type.dims) if isinstance(type, Array) else 0

    def spread(self, id: int, like: Type | None, hint: str = "") -> int:
        """A value `[b]` or, for each frame, `[b, t]` as one that broadcasts against `like`; others as they are."""
        type = self.type(id)
        if not isinstance(type, Array) or not isinstance(like, Array):
            return id
        rank, kept = len(like.dims), len(type.dims)
        if kept >= rank or not (kept == 1 or (kept == 2 and type.frames == 1)):
            return id
        dims = [BATCH, *[Dim.of(1)] * (rank - 1)]
        if kept == 2:
            if like.frames is None:
                assert self.span is not None
                raise CannotRun("a number for each frame beside latents without frames", self.span)
            if like.dims[like.frames] != type.dims[1]:
                assert self.span is not None
                raise CannotRun("a number for each frame beside latents with other frames", self.span)
            dims[like.frames] = type.dims[1]
        shape = ", ".join(["-1", *map(str, dims[1:])])
        frames = like.frames if kept == 2 else None
        return self.add("view", (id,), Array(tuple(dims), type.dtype, frames), hint=hint, shape=shape)

    def widest(self, *ids: int) -> Type | None:
        """The type of the value of the highest rank, which others broadcast against."""
        types = [t for t in map(self.type, ids) if isinstance(t, Array)]
        return max(types, key=lambda t: (len(t.dims), t.frames is not None), default=None)

    def arith(self, op: str, a: int, b: int, hint: str = "") -> int:
        """A pointwise operation on two values, broadcast over samples; identities and constants are
        folded."""
        x, y, info = self.number(a), self.number(b), OPS[op]
        if x is not None and y is not None and info.folds and info.python is not None:
            return self.const(info.python(x, y))
        if y is not None and y == info.neutral:
            return a
        if x is not None and x == info.neutral and info.commutative:
            return b
        wide = self.widest(a, b)
        a, b = self.spread(a, wide), self.spread(b, wide)
        return self.add(op, (a, b), self.joined(op, a, b), hint=hint)

    def joined(self, op: str, *ids: int) -> Type:
        """The type of a pointwise operation on these."""
        types = list(map(self.type, ids))
        return selected(types) if op == "select" else arithmetic(OPS[op], types)

    def unary(self, op: str, x: int) -> int:
        value = self.number(x)
        if op == "neg" and value is not None:
            return self.const(-value)
        return self.add(op, (x,), self.joined(op, x))

    def extreme(self, op: str, a: int, b: int) -> int:
        """The smaller or the larger of two; a number stands behind a tensor, as the text of the op has it."""
        tensors = [isinstance(self.type(i), Array) for i in (a, b)]
        return self.arith(op, b, a) if tensors == [False, True] else self.arith(op, a, b)

    def of_samples(self, op: str, x: int) -> int:
        """The mean or sum over the elements of each sample."""
        type = self.type(x)
        assert isinstance(type, Array)
        return self.add(f"{op}_per_sample", (x,), reduced("sample", [type]))

    # loops

    def loop(
        self,
        inputs: Sequence[int],
        start: Sequence[int],
        make: Callable[[Callable[..., int]], tuple[list[int], list[int], list[int]]],
        iterable: str,
    ) -> int:
        """`make` lowers the body, given how to add a parameter; it gives the ids of index and items,
        carried, results."""
        depth, place = len(self.scopes), (self.span, self.trace)
        self.scopes.append([])

        def parameter(type: Type, hint: str) -> int:
            return self.add("param", (), type, hint=hint, depth=depth)

        heads, carried, results = make(parameter)
        body = self.graph([(f"{i}", r) for i, r in enumerate(results)], [*heads, *carried], depth)
        self.scopes.pop()
        types = tuple(self.type(c) for c in carried)
        self.span, self.trace = place
        return self.add(
            "loop",
            (*inputs, *start),
            Results(types),
            body=body,
            items=len(heads) - 1,
            iterable=iterable,
            given=len(inputs),
        )
