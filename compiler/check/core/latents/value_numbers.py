"""Value numbering: equal deterministic computations on equal inputs have one number."""

from __future__ import annotations

from .....stages.table import OPS
from ....base.frozen import field, mutable
from ....program.values import Value


@mutable
class Numbers:
    known: dict[int, tuple[Value, int]] = field(default_factory=dict)
    by_key: dict[object, int] = field(default_factory=dict)

    def of(self, root: Value) -> int:
        """The number of a value: that of every value which is the same computation. Draws and loops are the same only if
        they are one."""
        stack = [root]
        while stack:
            v = stack[-1]
            if id(v) in self.known:
                stack.pop()
                continue
            waiting = [a for a in v.args if id(a) not in self.known]
            if waiting:
                stack.extend(waiting)
                continue
            stack.pop()
            self.known[id(v)] = (v, self.by_key.setdefault(self._key(v), len(self.by_key)))
        return self.known[id(root)][1]

    def _key(self, v: Value) -> object:
        if OPS[v.op].distinct:
            return id(v)
        attrs = tuple((name, type(value), value) for name, value in sorted(v.attrs.items()))
        return v.op, attrs, tuple(self.known[id(a)][1] for a in v.args)
