"""Which nodes of a function become one kernel.

A group is a set of pointwise operations and reductions over latents [b, ...] of the same dims; numbers for each frame, or
along another of their dims, are read as they are where no gradient goes to them. It is legal if the graph
has no cycle when every group is one node of it. Draws, and numbers of one sample such as sigma, are computed again in
each group that reads them, and are never stored. Two neighbours that are not in one group are recorded with the reason.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from ....stages.table import OPS
from ...base.frozen import struct
from ...base.source import Span
from ...ir.graph import Array, Function, Graph, Host, Node
from ...ir.rules.elements import per_of
from .group import Space, level, period, widest

CALLS_OUT = "is a call, whose inside is not seen"


@struct
class WhyNot:
    """Why two neighbours of the function `inside` stand in different kernels, with the places of both and their nodes."""

    reason: str
    before: Span | None
    after: Span | None
    nodes: tuple[int, int] = (-1, -1)
    inside: str = ""


def space(node: Node) -> Space:
    """The dims of an array; () for anything else."""
    return node.type.dims if isinstance(node.type, Array) else ()


class Partition:
    """The groups of one function's graphs. `nodes` are those of its loops too; `refused` are the pairs of neighbours that
    were kept apart so far."""

    def __init__(self, function: Function) -> None:
        self.inside = function.name
        self.nodes = {n.id: n for n in function.graph.walk()}
        self.refused: list[WhyNot] = []
        self.readers: dict[int, list[Node]] = {}
        for n in self.nodes.values():
            for i in n.inputs:
                self.readers.setdefault(i, []).append(n)
        self.results = {i for g in function.graph.graphs() for _, i in g.outputs}
        self._reduced: dict[int, bool] = {}  # what `_from_reduction` found

    def groups(self, graph: Graph) -> list[set[int]]:
        """The groups of a graph that are worth a kernel, in its order."""
        fusible = self._fusible(graph)
        over = self._spaces(graph, fusible)
        group = {i: i for i in fusible}
        members = {i: {i} for i in fusible}

        def merge(a: int, b: int) -> bool:
            ga, gb = group[a], group[b]
            if ga == gb:
                return True
            if over[a] != over[b]:
                self._refuse("they run over latents of different dims", a, b)
                return False
            if not self._is_convex(graph, members[ga] | members[gb], group, members):
                self._refuse("what lies between them is not in the kernel", a, b)
                return False
            members[ga] |= members.pop(gb)
            for i in members[ga]:
                group[i] = ga
            return True

        pairs = [(i, n.id) for n in graph.nodes if n.id in fusible for i in n.inputs if i in fusible]
        for a, b in pairs:
            merge(a, b)
        for shared in self._shared_inputs(graph, fusible, over):
            for a, b in itertools.pairwise(shared):
                merge(a, b)
        for n in graph.nodes:
            for i in n.inputs:
                inside, outside = (i, n.id) if i in fusible else (n.id, i)
                apart = (i in fusible) != (n.id in fusible) and level(self.nodes[outside].type) == 2
                if apart and inside in fusible and not self.is_drawn_inside(outside):
                    self._refuse(why_not(self.nodes[outside]), i, n.id)
        order = {n.id: k for k, n in enumerate(graph.nodes)}
        self._move_into_readers(graph, group, members, over)
        found = [m for m in members.values() if self._is_worth_a_kernel(m)]
        return sorted(found, key=lambda m: min(order[i] for i in m))

    def _move_into_readers(
        self,
        graph: Graph,
        group: dict[int, int],
        members: dict[int, set[int]],
        over: Mapping[int, Space],
    ) -> None:
        """Moves what only one later group reads into it, where what it is made of is stored anyway: that saves
        writing and reading a latent."""
        for n in reversed(graph.nodes):
            if n.id not in group or n.id in self.results:
                continue
            here = group[n.id]
            there = {group.get(r.id, -1) for r in self.readers.get(n.id, ())}
            if len(there) != 1 or not there.isdisjoint({here, -1}):
                continue
            (to,) = there
            if any(over[i] != over[n.id] for i in members[to]):
                continue
            free = all(
                i not in members[here] or self.is_read_outside(i, members[here] - {n.id}, but=n.id)
                for i in n.inputs
                if level(self.nodes[i].type) == 2 or self._from_reduction(self.nodes[i])
            )
            if free and level(n.type) == 2:
                members[here].discard(n.id)
                if self._is_convex(graph, members[to] | {n.id}, group, members):
                    members[to].add(n.id)
                    group[n.id] = to
                else:
                    members[here].add(n.id)

    def _shared_inputs(
        self, graph: Graph, fusible: set[int], over: Mapping[int, Space]
    ) -> Iterator[list[int]]:
        """Core nodes that read the same latent, which one kernel reads once."""
        for n in graph.nodes:
            if level(n.type) == 2 and n.id not in fusible and n.op != "normal":
                reads = [r.id for r in self.readers.get(n.id, ()) if r.id in fusible]
                readers = [r for r in reads if over[r] == space(n)]
                if len(readers) > 1:
                    yield list(dict.fromkeys(readers))

    def _is_worth_a_kernel(self, members: set[int]) -> bool:
        wide = [i for i in members if level(self.nodes[i].type) == 2 or OPS[self.nodes[i].op].reduces]
        draws = any(self.is_drawn_inside(i) for m in members for i in self.nodes[m].inputs)
        over = widest(self.nodes[i].type for m in members for i in (m, *self.nodes[m].inputs))
        loads = any(
            space(self.nodes[i]) == over and i not in members and not self.is_drawn_inside(i)
            for m in members
            for i in self.nodes[m].inputs
        )
        losses = any(self.nodes[i].op_info.is_loss for i in members)
        return loads and (len(wide) > 1 or draws or losses)

    def _is_convex(
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

    def _refuse(self, reason: str, before: int, after: int) -> None:
        a, b = self.nodes[before], self.nodes[after]
        self.refused.append(
            WhyNot(reason, next(iter(a.spans), None), next(iter(b.spans), None), (a.id, b.id), self.inside)
        )

    # single nodes

    def is_fusible(self, node: Node) -> bool:
        """Whether a kernel may compute a node that is worth one: of level 2, or a reduction of such."""
        info = OPS[node.op]
        if not computable(node) or any(self._is_recorded_number(i) for i in node.inputs):
            return False
        inputs = [level(self.nodes[i].type) for i in node.inputs]
        if None in inputs:
            return False
        if info.reduces:
            wide = [i for i in node.inputs if level(self.nodes[i].type) == 2]
            return bool(wide) and self._one_space(node)
        return level(node.type) == 2 and self._one_space(node)

    def _is_recorded_number(self, id: int) -> bool:
        node = self.nodes[id]
        small = level(node.type) in (0, 1) and isinstance(node.type, Array)
        return small and node.grad == "tape" and not self._from_reduction(node)

    def _one_space(self, node: Node) -> bool:
        """Whether a node runs over latents of some dims, beside which stand at most numbers along one of them."""
        over = self._space(node)
        others = [
            self.nodes[i]
            for i in node.inputs
            if level(self.nodes[i].type) == 2 and space(self.nodes[i]) != over
        ]
        return bool(over) and all(n.grad != "tape" and period(space(n), over) is not None for n in others)

    def _space(self, node: Node) -> Space:
        """The dims of the latents that a node runs over; () if it reads and makes small values only."""
        return widest(n.type for n in (node, *(self.nodes[i] for i in node.inputs)))

    def _from_reduction(self, node: Node) -> bool:
        """Whether a small value is a reduction of a latent, or small arithmetic on one."""
        if node.id not in self._reduced:
            small = level(node.type) in (0, 1) and isinstance(node.type, Array) and computable(node)
            self._reduced[node.id] = (
                self.is_fusible(node)
                if OPS[node.op].reduces
                else small and any(self._from_reduction(self.nodes[i]) for i in node.inputs)
            )
        return self._reduced[node.id]

    def _fusible(self, graph: Graph) -> set[int]:
        found = {n.id for n in graph.nodes if self.is_fusible(n)}
        # small arithmetic between a reduction and the latents that read it
        for n in reversed(graph.nodes):
            small = isinstance(n.type, Array) and level(n.type) in (0, 1) and computable(n)
            if small and n.id not in found and self._from_reduction(n):
                reads = [r for r in self.readers.get(n.id, ()) if r.id in graph]
                if any(r.id in found and not (OPS[r.op].reduces and level(r.type) == 2) for r in reads):
                    found.add(n.id)
        return found

    def _spaces(self, graph: Graph, fusible: set[int]) -> dict[int, Space]:
        """The latent that each fusible node runs over."""
        found: dict[int, Space] = {}
        for n in graph.nodes:
            if n.id in fusible:
                wide = [self._space(n), *(found[i] for i in n.inputs if i in found)]
                found[n.id] = next(dims for dims in wide if dims)
        return found

    def is_drawn_inside(self, id: int) -> bool:
        """Whether a node is noise that kernels make for themselves: nothing else reads it."""
        node = self.nodes[id]
        if node.op != "normal" or node["scope"] == "step" or node["ends"] != 0 or id in self.results:
            return False
        readers = self.readers.get(
            id, ()
        )  # one number for a channel is read at places that it was not drawn for
        return level(node.type) == 2 and all(
            self.is_fusible(r) and self._space(r) == space(node) for r in readers
        )

    def is_recomputed(self, id: int, members: set[int]) -> bool:
        """Whether a node outside the group is computed again inside it."""
        node = self.nodes[id]
        if node.op == "const" or self.is_drawn_inside(id):
            return True
        small = isinstance(node.type, Array) and level(node.type) in (0, 1)
        if not small or not computable(node) or node.grad == "tape" or OPS[node.op].reduces:
            return False
        inputs = [level(self.nodes[i].type) for i in node.inputs]
        if None in inputs or self._from_reduction(node):
            return False
        readers = self.readers.get(id, ())  # none where a result of the function is read by nothing else
        return node.op == "view" or (
            bool(readers)
            and all(
                r.id in members or self.is_fusible(r) or self.is_recomputed(r.id, members) for r in readers
            )
        )

    def is_read_outside(self, id: int, members: set[int], but: int = -1) -> bool:
        readers = (r.id for r in self.readers.get(id, ()))
        return id in self.results or any(r not in members and r != but for r in readers)


def computable(node: Node) -> bool:
    """Whether the op has a fusion rule that holds for this node."""
    info = OPS[node.op]
    if info.is_loss and per_of(node)[0] in ("frame", "channel"):
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
