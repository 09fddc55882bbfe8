"""FusedGroup: maximal groups of pointwise arithmetic and reductions over one latent [b, ...] become functions of
their own, each a few kernels on a GPU and plain torch elsewhere.

A group is legal if the graph with it drawn together has no cycle. Draws, and numbers of one sample such as
sigma, are made again in each group that reads them, so that they are never stored. What was not merged is
kept with its reason.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

import networkx as nx

from ....stages.table import OPS
from ...base.frozen import replace, struct
from ...base.source import Span
from ...ir.graph import Array, Function, Graph, Host, Node, Plan, Results, Type
from ...ir.value_names import name_values, noun, numbered
from ...types.dims import Dim
from ..slice import slice_graph
from .group import level, word

CALLS_OUT = "is a call, whose inside is not seen"


@struct
class WhyNot:
    """Why two neighbours stand in different kernels, with the places of both."""

    reason: str
    before: Span | None
    after: Span | None


@struct
class FusedGroup:
    """A group that was made, of so many ops."""

    function: Function
    ops: int


@struct
class FusionResult:
    """What the pass gives."""

    plan: Plan
    groups: tuple[FusedGroup, ...]
    refused: tuple[WhyNot, ...]


def space(node: Node) -> tuple[Dim, ...]:
    """The dims of an array; () for anything else."""
    return node.type.dims if isinstance(node.type, Array) else ()


def fuse(plan: Plan) -> FusionResult:
    """Every function but the stages', which call components and little else."""
    made: dict[object, Function] = {}
    groups: list[FusedGroup] = []
    refused: list[WhyNot] = []
    functions = []
    for f in plan.functions:
        if f.kind == "stage":
            functions.append(f)
            continue
        at = _Fuser(name_values(f, (other.name for other in plan.functions)), made)
        functions.append(replace(f, graph=slice_graph(at.graph(f.graph))))
        groups += at.groups
        refused += at.refused
    return FusionResult(replace(plan, functions=(*made.values(), *functions)), tuple(groups), tuple(refused))


class _Fuser:
    """`made` are the functions of groups so far, by what they compute: equal groups share one."""

    def __init__(self, function: Function, made: dict[object, Function]) -> None:
        self.function = function
        self.made = made
        self.groups: list[FusedGroup] = []
        self.refused: list[WhyNot] = []
        self.nodes = {n.id: n for n in function.graph.walk()}
        self.fresh = itertools.count(max(self.nodes, default=-1) + 1)
        self.readers: dict[int, list[Node]] = {}
        for n in self.nodes.values():
            for i in n.inputs:
                self.readers.setdefault(i, []).append(n)
        self.kept = {i for g in function.graph.graphs() for _, i in g.outputs}
        self._reduced: dict[int, bool] = {}  # what `_from_reduction` found

    def graph(self, graph: Graph) -> Graph:
        inner = graph.with_nodes(replace(n, body=self.graph(n.body)) if n.body else n for n in graph.nodes)
        for members in self.partition(inner):
            inner = self.drawn_together(inner, members)
        return inner

    # which nodes

    def is_core(self, node: Node) -> bool:
        """Whether a kernel may compute a node that is worth one: of level 2, or a reduction of such."""
        info = OPS[node.op]
        if not computable(node) or any(self._takes_small_gradient(i) for i in node.inputs):
            return False
        inputs = [level(self.nodes[i].type) for i in node.inputs]
        if None in inputs:
            return False
        if info.reduces:
            wide = [i for i in node.inputs if level(self.nodes[i].type) == 2]
            return bool(wide) and self._one_space(node)
        return level(node.type) == 2 and self._one_space(node)

    def _takes_small_gradient(self, id: int) -> bool:
        node = self.nodes[id]
        small = level(node.type) in (0, 1) and isinstance(node.type, Array)
        return small and node.grad == "tape" and not self._from_reduction(node)

    def _one_space(self, node: Node) -> bool:
        wide = {space(self.nodes[i]) for i in node.inputs if level(self.nodes[i].type) == 2}
        wide |= {space(node)} if level(node.type) == 2 else set()
        return len(wide) == 1

    def _from_reduction(self, node: Node) -> bool:
        """Whether a small value is a reduction of a latent, or small arithmetic on one."""
        if node.id not in self._reduced:
            small = level(node.type) in (0, 1) and isinstance(node.type, Array) and computable(node)
            self._reduced[node.id] = (
                self.is_core(node)
                if OPS[node.op].reduces
                else small and any(self._from_reduction(self.nodes[i]) for i in node.inputs)
            )
        return self._reduced[node.id]

    def core(self, graph: Graph) -> set[int]:
        found = {n.id for n in graph.nodes if self.is_core(n)}
        # small arithmetic between a reduction and the latents that read it
        for n in reversed(graph.nodes):
            small = isinstance(n.type, Array) and level(n.type) in (0, 1) and computable(n)
            if small and n.id not in found and self._from_reduction(n):
                reads = [r for r in self.readers.get(n.id, ()) if r.id in graph]
                if any(r.id in found and not (OPS[r.op].reduces and level(r.type) == 2) for r in reads):
                    found.add(n.id)
        return found

    def spaces(self, graph: Graph, core: set[int]) -> dict[int, tuple[Dim, ...]]:
        """The latent that each core node runs over."""
        found: dict[int, tuple[Dim, ...]] = {}
        for n in graph.nodes:
            if n.id in core:
                wide = [space(self.nodes[i]) for i in n.inputs if level(self.nodes[i].type) == 2]
                wide += [space(n)] if level(n.type) == 2 else []
                wide += [found[i] for i in n.inputs if i in found]
                found[n.id] = wide[0]
        return found

    # groups

    def partition(self, graph: Graph) -> list[set[int]]:
        core = self.core(graph)
        over = self.spaces(graph, core)
        group = {i: i for i in core}
        members = {i: {i} for i in core}

        def merge(a: int, b: int) -> bool:
            ga, gb = group[a], group[b]
            if ga == gb:
                return True
            if over[a] != over[b]:
                self.refuse("they run over latents of different dims", a, b)
                return False
            if not self._convex(graph, members[ga] | members[gb], group, members):
                self.refuse("what lies between them is not in the kernel", a, b)
                return False
            members[ga] |= members.pop(gb)
            for i in members[ga]:
                group[i] = ga
            return True

        pairs = [(i, n.id) for n in graph.nodes if n.id in core for i in n.inputs if i in core]
        for a, b in pairs:
            merge(a, b)
        for shared in self._shared_inputs(graph, core):
            for a, b in itertools.pairwise(shared):
                merge(a, b)
        for n in graph.nodes:
            for i in n.inputs:
                inside, outside = (i, n.id) if i in core else (n.id, i)
                apart = (i in core) != (n.id in core) and level(self.nodes[outside].type) == 2
                if apart and inside in core and not self._drawn(outside):
                    self.refuse(why_not(self.nodes[outside]), i, n.id)
        order = {n.id: k for k, n in enumerate(graph.nodes)}
        self._made_where_read(graph, group, members)
        found = [m for m in members.values() if self._worth(m)]
        return sorted(found, key=lambda m: min(order[i] for i in m))

    def _made_where_read(self, graph: Graph, group: dict[int, int], members: dict[int, set[int]]) -> None:
        """Moves what only one later group reads into it, where what it is made of is stored anyway: that saves
        writing and reading a latent."""
        for n in reversed(graph.nodes):
            if n.id not in group or n.id in self.kept:
                continue
            here = group[n.id]
            there = {group.get(r.id, -1) for r in self.readers.get(n.id, ())}
            if len(there) != 1 or not there.isdisjoint({here, -1}):
                continue
            (to,) = there
            free = all(
                i not in members[here] or self._read_outside(i, members[here] - {n.id}, but=n.id)
                for i in n.inputs
                if level(self.nodes[i].type) == 2 or self._from_reduction(self.nodes[i])
            )
            if free and level(n.type) == 2:
                members[here].discard(n.id)
                if self._convex(graph, members[to] | {n.id}, group, members):
                    members[to].add(n.id)
                    group[n.id] = to
                else:
                    members[here].add(n.id)

    def _shared_inputs(self, graph: Graph, core: set[int]) -> Iterator[list[int]]:
        """Core nodes that read the same latent, which one kernel reads once."""
        for n in graph.nodes:
            if level(n.type) == 2 and n.id not in core and n.op != "normal":
                readers = [r.id for r in self.readers.get(n.id, ()) if r.id in core]
                if len(readers) > 1:
                    yield list(dict.fromkeys(readers))

    def _worth(self, members: set[int]) -> bool:
        wide = [i for i in members if level(self.nodes[i].type) == 2 or OPS[self.nodes[i].op].reduces]
        draws = any(self._drawn(i) for m in members for i in self.nodes[m].inputs)
        loads = any(
            level(self.nodes[i].type) == 2 and i not in members and not self._drawn(i)
            for m in members
            for i in self.nodes[m].inputs
        )
        losses = any(self.nodes[i].op_info.is_loss for i in members)
        return loads and (len(wide) > 1 or draws or losses)

    def _convex(
        self, graph: Graph, members: set[int], group: Mapping[int, int], groups: Mapping[int, set[int]]
    ) -> bool:
        """Whether no path leaves the members and comes back, where each other group is one node: a path that enters one
        goes on from all of it."""
        stack = [i for m in members for i in graph.dag.successors(m)]
        seen: set[int] = set()
        while stack:
            id = stack.pop()
            whole = groups.get(group.get(id, -1), {id})
            if id in members or id in seen:
                continue
            seen |= whole
            below = {i for w in whole for i in graph.dag.successors(w)}
            if not below.isdisjoint(members):
                return False
            stack += below - whole
        return True

    def refuse(self, reason: str, before: int, after: int) -> None:
        a, b = self.nodes[before], self.nodes[after]
        self.refused.append(WhyNot(reason, next(iter(a.spans), None), next(iter(b.spans), None)))

    # one group

    def _drawn(self, id: int) -> bool:
        """Whether a node is noise that kernels make for themselves: nothing else reads it."""
        node = self.nodes[id]
        if node.op != "normal" or node["scope"] == "step" or node["ends"] != 0 or id in self.kept:
            return False
        return level(node.type) == 2 and all(self.is_core(r) for r in self.readers.get(id, ()))

    def _again(self, id: int, members: set[int]) -> bool:
        """Whether a node outside the group is computed again inside it."""
        node = self.nodes[id]
        if node.op == "const" or self._drawn(id):
            return True
        small = isinstance(node.type, Array) and level(node.type) in (0, 1)
        if not small or not computable(node) or node.grad == "tape" or OPS[node.op].reduces:
            return False
        inputs = [level(self.nodes[i].type) for i in node.inputs]
        if None in inputs or self._from_reduction(node):
            return False
        return node.op == "view" or all(
            r.id in members or self.is_core(r) or self._again(r.id, members) for r in self.readers[id]
        )

    def drawn_together(self, graph: Graph, members: set[int]) -> Graph:
        order = {n.id: k for k, n in enumerate(graph.nodes)}
        inside: set[int] = set()
        stack = list(members)
        while stack:
            id = stack.pop()
            if id not in inside:
                inside.add(id)
                stack += [i for i in self.nodes[id].inputs if i in members or self._again(i, members)]
        taken = [self.nodes[i] for i in sorted(inside, key=lambda i: (order.get(i, -1), i))]
        inputs = list(dict.fromkeys(i for n in taken for i in n.inputs if i not in inside))
        outputs = [n for n in taken if n.id in members and self._read_outside(n.id, members)]
        body, draws = self.body(taken, inputs, outputs, members)
        function = self.named(body, outputs, members)
        self.groups.append(FusedGroup(function, len(members)))
        return self.rewritten(graph, function, inputs, outputs, draws, members)

    def _read_outside(self, id: int, members: set[int], but: int = -1) -> bool:
        readers = (r.id for r in self.readers.get(id, ()))
        return id in self.kept or any(r not in members and r != but for r in readers)

    def body(
        self, taken: list[Node], inputs: list[int], outputs: list[Node], members: set[int]
    ) -> tuple[Graph, list[Node]]:
        """The group as a graph of its own: parameters for its inputs and for the site of each draw."""
        moved: dict[int, int] = {}
        nodes: list[Node] = []

        def parameter(like: Node, type: Type) -> int:
            id = next(self.fresh)
            grad = like.grad if isinstance(type, Array) else "free"
            hint = like.name or like.hint or noun(like.op)
            spread = (("spread", False),)
            made = Node(id, "param", (), type, spread, like.spans[:1], (), like.name, hint, None, grad)
            nodes.append(made)
            return id

        for i in inputs:
            moved[i] = parameter(self.nodes[i], self.nodes[i].type)
        draws = [n for n in taken if n.op == "normal"]
        sites = {
            n.id: parameter(replace(n, name=f"{n.name or n.hint or 'noise'}_site"), Host("str"))
            for n in draws
        }
        parameters = tuple(n.id for n in nodes)
        for n in taken:
            moved[n.id] = next(self.fresh)
            arguments = tuple(moved[i] for i in n.inputs)
            if n.op == "normal":
                kept = any(r.id not in members for r in self.readers[n.id])
                attributes = (("kept", kept), ("shape", n["shape"]))
                made = replace(n, op="noise", inputs=(sites[n.id], *arguments), attributes=attributes)
            else:
                made = replace(n, inputs=arguments)
            nodes.append(replace(made, id=moved[n.id]))
        found = tuple((str(k), moved[n.id]) for k, n in enumerate(outputs))
        return Graph.of(nodes, parameters, found), draws

    def named(self, body: Graph, outputs: list[Node], members: set[int]) -> Function:
        key = signature(body)
        if key in self.made:
            return self.made[key]
        words = [word(n) for n in outputs]
        base = "fused_" + "_and_".join(dict.fromkeys(words[:3]))
        taken = {f.name for f in self.made.values()}
        names = itertools.chain([base], (f"{base}_{k}" for k in itertools.count(2)))
        name = next(n for n in names if n not in taken)
        spans = tuple(dict.fromkeys(s for i in sorted(members) for s in self.nodes[i].spans[:1]))
        about = ", ".join(dict.fromkeys(s.text.strip().splitlines()[0] for s in spans if s.text.strip()))
        body = numbered(body)
        function = Function(
            name,
            "fused",
            body,
            spans[-1],
            tuple(body[p].name or body[p].hint for p in body.parameters),
            about,
            types=tuple(body[p].type for p in body.parameters),
            result=Results(tuple(n.type for n in outputs)),
        )
        self.made[key] = function
        return function

    def rewritten(
        self,
        graph: Graph,
        function: Function,
        inputs: list[int],
        outputs: list[Node],
        draws: list[Node],
        members: set[int],
    ) -> Graph:
        last = outputs[-1]
        sites = []
        for d in draws:
            id = next(self.fresh)
            sites.append(Node(id, "const", (), Host("str"), (("value", d["site"]),), grad="free"))
        inner = [self.nodes[i] for i in members]
        grads = {n.grad for n in inner}
        id = next(self.fresh)
        call = Node(
            id,
            "fused",
            (*inputs, *(s.id for s in sites)),
            Results(tuple(n.type for n in outputs)),
            (("function", function.name),),
            tuple(dict.fromkeys(s for n in inner for s in n.spans)),
            last.trace,
            grad="tape" if "tape" in grads else "none" if "none" in grads else "free",
        )
        call = replace(call, spans=(*last.spans[:1], *(s for s in call.spans if s not in last.spans[:1])))
        parts = [
            replace(n, op="part", inputs=(id,), attributes=(("index", k),)) for k, n in enumerate(outputs)
        ]
        rest = [n for n in graph.nodes if n.id not in members]
        for n in (call, *sites, *parts):
            self.nodes[n.id] = n
        whole = graph.with_nodes([*rest, *sites, call, *parts])
        return whole.with_nodes(whole[i] for i in nx.topological_sort(whole.dag))


def computable(node: Node) -> bool:
    """Whether the op has a fusion rule that holds for this node."""
    info = OPS[node.op]
    if node.op == "cast":
        return False
    if info.reduces:
        return True
    if not (info.triton or info.scalar):
        return False
    return not isinstance(node.type, Host)


def why_not(node: Node) -> str:
    """Why a neighbour of a group is not in it."""
    kind = OPS[node.op].kind
    if kind == "opaque":
        return f"`{dict(node.attributes).get('function', node.op)}` {CALLS_OUT}"
    if kind == "random":
        return "this draw is read by more than kernels, so it is made once and kept"
    if kind == "structure":
        return "it comes out of a loop, a record or the batch"
    return f"no kernel computes `{node.op}`"


def signature(body: Graph) -> object:
    """Equal for bodies that compute the same, whatever their values are called."""
    place = {n.id: k for k, n in enumerate(body.nodes)}
    nodes = tuple(
        (n.op, tuple(place[i] for i in n.inputs), n.attributes, n.type, n.grad == "tape") for n in body.nodes
    )
    return nodes, tuple(place[i] for _, i in body.outputs)
