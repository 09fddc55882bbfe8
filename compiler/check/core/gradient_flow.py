"""Which roles' parameters a loss reaches with a gradient."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from ....stages.table import OPS
from ...program.family import Family
from ...program.ops import INDEX, NAME, REGION, ROLE, STAGE
from ...program.values import Region, RoleRef, Value


def cancels(v: Value) -> bool:
    """Whether it is 0 without a gradient, since both of its sides are one value: of a loss even if one side is stopped.

    A difference of a value and its stopped self has the value's gradient (straight-through).
    """
    if v.op == "sub":
        return v.args[0] is v.args[1]
    return OPS[v.op].is_loss and _unstopped(v.args[0]) is _unstopped(v.args[1])


def _unstopped(v: Value) -> Value:
    while v.op == "stop":
        v = v.args[0]
    return v


def may_carry_gradient(root: Value, families: Mapping[str, Family]) -> bool:
    """Whether some choice of trained roles could let a gradient through `root`; in doubt, yes."""
    stack, seen = [root], set[int]()
    while stack:
        v = stack.pop()
        op = OPS[v.op]
        if id(v) in seen or not op.differentiable:
            continue
        seen.add(id(v))
        if op.gradient == "enters" or (v.op == "published" and NAME.of(v) == "sample"):
            return True
        ref = ROLE.find(v)
        if op.runs == "stage" and ref is not None and stage_is_trained(v, ref, families):
            return True
        stack.extend(v.args)
    return False


def stage_is_trained(v: Value, ref: RoleRef, families: Mapping[str, Family]) -> bool:
    """Whether a stage's call uses parameters that training may change."""
    family = families.get(ref.name)
    if family is None:  # a method on its own: some family's
        return True
    return family.is_trainable(family.stages[STAGE.of(v)])


class GradientFlow:
    """Memoised over one program's values. `families` by role name; every live role counts as trainable here.

    What a round of a loop reaches is found once, in a flow of its own for all loops, in which what is carried reaches a
    mark instead of roles.
    """

    def __init__(self, families: Mapping[str, Family], by_marks: bool = False) -> None:
        self.families = families
        self.known: dict[int, frozenset[str]] = {}
        self.loops: dict[int, tuple[frozenset[str], ...]] = {}
        self.keep: list[Value] = []  # ids stay valid while the values live
        self.by_marks = by_marks

    @cached_property
    def rounds(self) -> GradientFlow:
        return self if self.by_marks else GradientFlow(self.families, by_marks=True)

    def roles(self, root: Value) -> frozenset[str]:
        """The roles whose parameters a gradient of `root` reaches."""
        stack = [root]
        while stack:
            v = stack[-1]
            if id(v) in self.known:
                stack.pop()
                continue
            if self.by_marks and v.op == "carried":
                self.put(v, frozenset([_mark(v)]))
                continue
            if not OPS[v.op].differentiable or cancels(v):
                self.put(v, frozenset())
                continue
            region = REGION.find(v) if self.by_marks else None
            inside = region.results if region is not None else ()
            waiting = [a for a in (*v.args, *inside) if id(a) not in self.known]
            if waiting:
                stack.extend(waiting)
                continue
            stack.pop()
            self.put(v, self._of(v))
        return self.known[id(root)]

    def put(self, v: Value, found: frozenset[str]) -> None:
        """Says what roles a value reaches."""
        self.known[id(v)] = found
        self.keep.append(v)

    def _of(self, v: Value) -> frozenset[str]:
        if v.op == "result":
            index = INDEX.of(v)
            assert isinstance(index, int)
            return self._through(v.args[0])[index]
        found: frozenset[str] = frozenset().union(*(self.known[id(a)] for a in v.args))
        ref = ROLE.find(v)
        if ref is not None and ref.average is None and self._uses_parameters(v, ref):
            return found | {ref.name}
        return found

    def _uses_parameters(self, v: Value, ref: RoleRef) -> bool:
        runs = OPS[v.op].runs
        return runs == "denoiser" or (runs == "stage" and stage_is_trained(v, ref, self.families))

    def _through(self, loop: Value) -> tuple[frozenset[str], ...]:
        """What each of the values that a loop carries reaches after it: what it did before, and what rounds add."""
        known = self.loops.get(id(loop))
        if known is not None:
            return known
        region = REGION.of(loop)
        assert isinstance(region, Region)
        state = [self.roles(start) for start in loop.args[len(loop.args) - len(region.carried) :]]
        heads = {_mark(head): i for i, head in enumerate(region.carried)}
        goes_to: list[list[int]] = [[] for _ in state]
        for i, result in enumerate(region.results):
            ended = self.rounds.roles(result)
            for mark in ended & heads.keys():
                goes_to[heads[mark]].append(i)
            others = ended - heads.keys()
            state[i] |= others if self.by_marks else {r for r in others if not r.startswith(MARK)}
        waiting = list(range(len(state)))
        while waiting:
            there = waiting.pop()
            for i in goes_to[there]:
                if not state[there] <= state[i]:
                    state[i] |= state[there]
                    waiting.append(i)
        self.loops[id(loop)] = tuple(state)
        return self.loops[id(loop)]


MARK = "carried "


def _mark(head: Value) -> str:
    """Stands for what a carried value reaches at the head of a round; no role is called so."""
    return f"{MARK}{id(head)}"
