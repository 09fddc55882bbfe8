"""What a process states beside its mix: a table of noise, and a rule for the levels of its sampling grids."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction

from ...stages import schedules
from ...stages.table import FUNCTIONS, OPERATORS, OPS
from ..base.frozen import struct
from ..base.source import Span
from ..syntax import ast

Real = int | float | Fraction
MOST_STEPS = 10_000
"""Steps of a grid that are followed."""


@struct
class Betas:
    """`betas(scaled_linear, 0.00085, 0.012, 1000)`: see `stages/schedules.py`."""

    first: float
    last: float
    count: int
    power: int
    zero_snr: bool = False

    @property
    def numbers(self) -> tuple[float, float, int, int, int]:
        """As the ops of `stages/schedules.py` take them."""
        return self.first, self.last, self.count, self.power, int(self.zero_snr)

    @property
    def levels(self) -> tuple[float, ...]:
        """The flow noise level of each entry, rising."""
        return schedules.levels(*self.numbers)

    def level_of(self, entry: Fraction) -> Fraction:
        """The noise level of an entry, or of a part between two. Raises ValueError beyond the table."""
        if not 0 <= entry <= self.count - 1:
            raise ValueError(f"there are ticks from 0 to {self.count - 1}")
        low = min(int(entry), self.count - 2)
        a, b = (Fraction(x) for x in self.levels[low : low + 2])
        return a + (entry - low) * (b - a)


def exact(x: float | int) -> int | Fraction:
    """A number as it is written."""
    return x if isinstance(x, int) else Fraction(repr(x))


class BadGrid(Exception):
    """Why a rule gives no grid of so many steps, and where."""

    def __init__(self, message: str, node: ast.Syntax) -> None:
        super().__init__(message)
        self.node = node


@struct(eq=False)
class GridRule:
    """`grid(n) = [item for index in low .. high]`: a number for each step; level 0 comes behind the last.

    A number is the process's own sigma, or an entry of its schedule where the item is `ticks(...)`.
    """

    n: str
    index: str
    item: ast.Expr
    low: ast.Expr
    high: ast.Expr
    span: Span

    @property
    def counts_ticks(self) -> bool:
        return isinstance(self.item, ast.Call) and self.item.func == ast.Name(self.item.func.span, "ticks")

    def numbers(self, n: int, shift: float | None) -> tuple[Real, ...]:
        """Exact where they are rational. Raises `BadGrid` where one of them is not to be computed."""
        names: dict[str, Real] = {self.n: n} if shift is None else {self.n: n, "shift": shift}
        first, last = (_number(e, names) for e in (self.low, self.high))
        if not 0 < last - first <= MOST_STEPS:
            raise BadGrid(f"its list is empty for {n} steps", self.low)
        item = self.item
        if self.counts_ticks:
            assert isinstance(item, ast.Call)
            (arg,) = item.args
            item = arg.value
        return tuple(_number(item, {**names, self.index: i}) for i in range(int(first), int(last)))


def _number(e: ast.Expr, names: Mapping[str, Real]) -> Real:
    try:
        found = _found(e, names)
    except ZeroDivisionError:
        raise BadGrid("this divides by zero", e) from None
    except (ArithmeticError, ValueError):
        raise BadGrid("this is no number", e) from None
    if not math.isfinite(found):
        raise BadGrid("this is no number", e)
    return found


def _found(e: ast.Expr, names: Mapping[str, Real]) -> Real:
    match e:
        case ast.Number(value=value):
            return value
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.Unary(op="-", operand=x):
            return -_number(x, names)
        case ast.Binary(op=op, left=left, right=right) if op in _SIGNS:
            found = _SIGNS[op](_number(left, names), _number(right, names))
            if isinstance(found, complex):
                raise ValueError
            return found
        case ast.Call(func=ast.Name(id=name), args=args) if all(a.name is None for a in args):
            compute = _FUNCTIONS.get(name)
            if compute is not None and OPS[name].arity in (None, len(args)):
                return compute(*(_number(a.value, names) for a in args))
        case _:
            pass
    raise BadGrid("this means nothing in a grid", e)


_SIGNS: Mapping[str, Callable[..., Real]] = {
    sign: op.python for sign, op in OPERATORS.items() if op.python is not None and op.gives != "bool"
}
_FUNCTIONS: Mapping[str, Callable[..., Real]] = {
    name: op.python for name, op in FUNCTIONS.items() if op.python is not None and op.kind == "pointwise"
}
"""What a rule may call: functions of numbers."""
