"""Which roles' parameters a loss reaches with a gradient."""

from __future__ import annotations

from collections.abc import Mapping

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
    """Memoised over one program's values. `families` by role name; every live role counts as trainable here."""

    def __init__(self, families: Mapping[str, Family]) -> None:
        self.families = families
        self.known: dict[int, frozenset[str]] = {}
        self.keep: list[Value] = []  # ids stay valid while the values live

    def roles(self, root: Value) -> frozenset[str]:
        """The roles whose parameters a gradient of `root` reaches."""
        stack = [root]
        while stack:
            v = stack[-1]
            if id(v) in self.known:
                stack.pop()
                continue
            if not OPS[v.op].differentiable or cancels(v):
                self.put(v, frozenset())
                continue
            waiting = [a for a in v.args if id(a) not in self.known]
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
        found: frozenset[str] = frozenset().union(*(self.known[id(a)] for a in v.args))
        ref = ROLE.find(v)
        if ref is not None and ref.decay is None and self._uses_parameters(v, ref):
            return found | {ref.name}
        if v.op == "result":
            loop, index = v.args[0], INDEX.of(v)
            region = REGION.of(loop)
            assert isinstance(region, Region) and isinstance(index, int)
            return self._through(loop, region)[index]
        return found

    def _uses_parameters(self, v: Value, ref: RoleRef) -> bool:
        runs = OPS[v.op].runs
        return runs == "denoiser" or (runs == "stage" and stage_is_trained(v, ref, self.families))

    def _through(self, loop: Value, region: Region) -> list[frozenset[str]]:
        starts = loop.args[len(loop.args) - len(region.carried) :]
        state = [self.roles(s) for s in starts]
        for _ in range(len(state) + 1):
            inner = GradientFlow(self.families)
            for value, reached in zip(region.carried, state):
                inner.put(value, reached)
            after = [s | inner.roles(r) for s, r in zip(state, region.results)]
            if after == state:
                break
            state = after
        return state
