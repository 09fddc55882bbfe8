"""The arithmetic of a fused group on single numbers: a small graph, its reverse derivative, and the order in
which kernels can compute it.

A value has a level: 2 where it differs from element to element of a latent [b, ...], 1 where it is one number
a sample, 0 where it is one number in all. Broadcasting is implicit; a reduction lowers the level.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction

from ....stages.op import Op
from ....stages.table import OPERATORS, OPS
from ...base.frozen import field, struct

SUM = "sum"
LEAVES = frozenset({"const", "host", "load", "normal", "elements", "samples"})
"""`host` and `load` read the input with the index `data`, `normal` the draw with that index; `elements` is the
number of elements of a sample, `samples` that of samples."""


@struct
class ScalarValue:
    op: str
    args: tuple[int, ...]
    level: int
    data: object = None


class ScalarGraph:
    """Values in an order that respects their arguments; equal ones are one. Neutral and constant arithmetic
    folds."""

    def __init__(self) -> None:
        self.values: list[ScalarValue] = []
        self._known: dict[ScalarValue, int] = {}

    def __getitem__(self, id: int) -> ScalarValue:
        return self.values[id]

    def level(self, id: int) -> int:
        return self.values[id].level

    def _add(self, value: ScalarValue) -> int:
        found = self._known.get(value)
        if found is None:
            found = self._known[value] = len(self.values)
            self.values.append(value)
        return found

    def leaf(self, op: str, level: int, data: object = None) -> int:
        return self._add(ScalarValue(op, (), level, data))

    def const(self, number: Fraction | float | int | bool) -> int:
        exact = number if isinstance(number, (bool, Fraction)) else Fraction(number)
        return self._add(ScalarValue("const", (), 0, exact))

    def number(self, id: int) -> Fraction | None:
        value = self.values[id]
        return value.data if value.op == "const" and isinstance(value.data, Fraction) else None

    def op(self, name: str, *args: int) -> int:
        """A pointwise operation; `Unfusible` if no kernel computes it."""
        x, y = (*map(self.number, args), None, None)[:2] if len(args) == 2 else (None, None)
        info = OPS[name]
        if y is not None and y == info.neutral:
            return args[0]
        if x is not None and x == info.neutral and info.commutative:
            return args[1]
        match name:
            case "mul" if 0 in (x, y):
                return self.const(0)
            case "div" if x == 0:
                return args[0]
            case "sub" if x == 0:
                return self.op("neg", args[1])
            case "neg" if self.values[args[0]].op == "neg":
                return self.values[args[0]].args[0]
            case "neg" if (number := self.number(args[0])) is not None:
                return self.const(-number)
            case _ if info.rule == "arithmetic" and x is not None and y is not None and _folds(info, y):
                assert info.python is not None
                return self.const(info.python(x, y))
        if name != "stop" and not info.triton:
            raise Unfusible(name)
        return self._add(ScalarValue(name, args, max((self.level(a) for a in args), default=0)))

    def sum(self, id: int, level: int, over: int = 2) -> int:
        """The sum over all places at which a value of level `over` differs from one of `level`."""
        value = self.level(id)
        counts = [c for at, c in ((1, "elements"), (0, "samples")) if level <= at < over and value <= at]
        if value > level:
            id = self._add(ScalarValue(SUM, (id,), level))
        for count in counts:
            id = self.op("mul", id, self.leaf(count, 0))
        return id

    def expand(self, text: str, names: Mapping[str, int]) -> int:
        """The value of a Python expression in these names and the names of ops."""
        return self._expand(ast.parse(text, mode="eval").body, names)

    def _expand(self, e: ast.expr, names: Mapping[str, int]) -> int:
        match e:
            case ast.Name(id=name):
                return names[name]
            case ast.Constant(value=int() | float() as number):
                return self.const(number)
            case ast.UnaryOp(op=ast.USub(), operand=x):
                return self.op("neg", self._expand(x, names))
            case ast.BinOp(left=a, op=sign, right=b):
                return self.op(_op_of(sign), self._expand(a, names), self._expand(b, names))
            case ast.Compare(left=a, ops=[sign_], comparators=[b]):
                return self.op(_op_of(sign_), self._expand(a, names), self._expand(b, names))
            case ast.Call(func=ast.Name(id=name), args=args):
                return self.apply(name, [self._expand(a, names) for a in args])
        raise AssertionError(ast.dump(e))

    def apply(self, name: str, args: Sequence[int]) -> int:
        """An op by its fusion rule. Raises `Unfusible`."""
        info = OPS[name]
        if info.scalar and not info.reduces:
            return self.expand(info.scalar, dict(zip("abc", args)))
        return self.op(name, *args)


class Unfusible(Exception):
    """No kernel computes this op."""


_SIGNS: Mapping[type, str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.BitAnd: "and",
}


def _op_of(sign: ast.operator | ast.cmpop) -> str:
    return OPERATORS[_SIGNS[type(sign)]].name


def _folds(info: Op, y: Fraction) -> bool:
    """Whether two constants are one: a sum, difference, product, or quotient by another number than 0."""
    return info.folds or (info.name == "div" and y != 0)


def derive(s: ScalarGraph, gradients: Mapping[int, int], wanted: Iterable[int]) -> dict[int, int]:
    """For each wanted value what it gets of the gradients (by value) of others: reverse accumulation.

    Nothing passes a `stop`. New values are added to `s`. A wanted value that no gradient reaches is left out.
    """
    found: dict[int, int] = dict(gradients)
    wanted = set(wanted)
    reach = _depending(s, wanted)
    for id in range(max(found, default=-1), -1, -1):
        g = found.get(id)
        value = s[id]
        if g is None or id not in reach or value.op in LEAVES or value.op == "stop":
            continue
        if value.op == SUM:
            _give(s, found, value.args[0], g)
            continue
        names = {**dict(zip("abc", value.args)), "y": id, "g": g}
        for arg, partial in zip(value.args, OPS[value.op].partials):
            if partial and arg in reach:
                part = s.expand(partial, names)
                _give(s, found, arg, s.sum(part, s.level(arg), over=value.level))
    return {id: found[id] for id in wanted if id in found}


def _give(s: ScalarGraph, found: dict[int, int], to: int, part: int) -> None:
    found[to] = s.op("add", found[to], part) if to in found else part


def _depending(s: ScalarGraph, on: set[int]) -> set[int]:
    """Values that depend on one of `on` other than through a `stop`."""
    found = set(on)
    for id, value in enumerate(s.values):
        if value.op != "stop" and not found.isdisjoint(value.args):
            found.add(id)
    return found


@struct
class Phase:
    """One kernel, and what is done on [b] tensors after it.

    The kernel writes the values `stores` and sums up `sums` (ids of `sum` values) over the elements of each
    sample; `reads` are values that earlier phases left. `after` are values of levels 1 and 0, in order.
    """

    stores: tuple[int, ...]
    sums: tuple[int, ...]
    reads: tuple[int, ...]
    after: tuple[int, ...]


@struct
class Schedule:
    """`needed` are all values that some phase computes or reads."""

    phases: tuple[Phase, ...]
    needed: frozenset[int] = field(repr=False)


def schedule(
    s: ScalarGraph,
    outputs: Sequence[int],
    given: frozenset[int] = frozenset(),
    wide: Collection[int] | None = None,
) -> Schedule:
    """The least number of kernels that compute these: a kernel can read a sum only if an earlier one made it.
    Anything else that two kernels need, both compute.

    `given` are small values that are there beforehand; `wide` the outputs that are stored as latents, which
    by themselves are those of level 2.
    """
    if wide is None:
        wide = [o for o in outputs if s.level(o) == 2]
    needed = needs(s, outputs, given)
    rank: dict[int, int] = {}
    for id in sorted(needed):
        value = s[id]
        above = 0 if id in given else max((rank[a] for a in value.args), default=0)
        rank[id] = above + (value.op == SUM and id not in given)
    small = {id for id in needed if s.level(id) < 2 and rank[id] > 0}
    last = max((rank[o] for o in outputs), default=0)
    phases = []
    for r in range(last + 1):
        stores = tuple(o for o in dict.fromkeys(outputs) if o in wide and rank[o] == r)
        sums = tuple(
            id
            for id in sorted(small)
            if s[id].op == SUM and rank[id] == r + 1 and s.level(s[id].args[0]) == 2
        )
        after = tuple(id for id in sorted(small) if rank[id] == r + 1 and id not in sums)
        if stores or sums or after:
            made = frozenset(small) | given
            inside = needs(s, [*stores, *(s[i].args[0] for i in sums)], made)
            phases.append(Phase(stores, sums, tuple(sorted(inside & made)), after))
    return Schedule(tuple(phases), frozenset(needed))


def needs(s: ScalarGraph, roots: Iterable[int], there: frozenset[int] = frozenset()) -> set[int]:
    """The roots and all that computes them; what is `there` is needed, and nothing for it."""
    found: set[int] = set()
    stack = list(roots)
    while stack:
        id = stack.pop()
        if id not in found:
            found.add(id)
            if id not in there:
                stack.extend(s[id].args)
    return found
