"""How a loss depends on one of the numbers that it is made of: the number is moved at each point, and the loss with it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ....stages.table import OPS
from ...base.frozen import field, struct
from ...program.ops import OPTIONS
from ...program.values import Value, every_value
from ...types import points
from ...types.coefficients import Coef, TooComplex, function, of_values, power, unknown
from ...types.points import POSITIVE, REALS, Points, Support
from ...types.types import Latent, Scalar
from ..core.session import Session

STEP = Fraction(1, 1 << 20)
"""How far the number is moved, of itself: losses that are smooth move with it in one direction."""


def dependence(
    session: Session,
    root: Value,
    part: Value,
    support: Support = POSITIVE,
    shared: dict[int, Coef] | None = None,
) -> int | None:
    """1 where the loss `root` grows with the number `part`, -1 where it falls, 0 where it does not depend on it; None
    where it does the one here and the other there, or where that is not known. Where it is flat it does neither.

    `shared` keeps, by identity, the numbers that this loss is made of as long as nothing is moved: the same for all of its
    comparisons, but for losses of each channel, which are followed from where they are made.
    """
    above = _above(root, part)
    is_shared = OPS[part.op].is_loss and isinstance(part.type, Scalar)
    made = shared if shared is not None and is_shared else {}
    try:
        before = _Moved(session, part, above, False, support, made).number(root)
        alone = _are_single(session, root, part)
        kept = {i: c for i, c in made.items() if i not in above} if alone else {}
        after = _Moved(session, part, above, True, support, kept).number(root)
        return points.sign_but_for_zeros((after - before).points)
    except TooComplex:
        return None


def _are_single(session: Session, root: Value, part: Value) -> bool:
    """Whether no other value of a loss is the same computation, which moves with it."""
    numbers = session.latents.numbers
    same = (v for v in every_value([root]) if v is not part and v.op == part.op)
    return all(numbers.of(v) != numbers.of(part) for v in same)


def _above(root: Value, part: Value) -> frozenset[int]:
    """The values that are made of `part`, but for what a `stop` cuts off."""
    readers: dict[int, list[int]] = {}
    stack, seen = [root], set[int]()
    while stack:
        v = stack.pop()
        if id(v) not in seen:
            seen.add(id(v))
            stack.extend(v.args)
            if OPS[v.op].differentiable:
                for a in v.args:
                    readers.setdefault(id(a), []).append(id(v))
    found, waiting = set[int](), [id(part)]
    while waiting:
        there = waiting.pop()
        if there not in found:
            found.add(there)
            waiting.extend(readers.get(there, ()))
    return frozenset(found)


@struct(eq=False)
class _Moved:
    """A loss as a coefficient, with one of its numbers in place or moved."""

    session: Session
    part: Value
    above: frozenset[int]
    moved: bool
    support: Support
    made: dict[int, Coef] = field(default_factory=dict)

    def number(self, root: Value) -> Coef:
        stack = [root]
        while stack:
            v = stack[-1]
            waiting = [a for a in self._followed(v) if id(a) not in self.made]
            if id(v) in self.made or not waiting:
                stack.pop()
                if id(v) not in self.made:
                    self.made[id(v)] = self._made(v)
            stack.extend(waiting)
        return self.made[id(root)]

    def _followed(self, v: Value) -> tuple[Value, ...]:
        """The numbers that a number is made of, where it is known how."""
        op = OPS[v.op]
        if not op.differentiable and op.gives != "bool":
            return ()
        if op.is_loss:
            given = OPTIONS.find(v) or ()
            weights = (v.args[2 + i] for i, name in enumerate(given) if name == "weight")
            return tuple(w for w in weights if isinstance(w.type, Scalar))
        if all(isinstance(a.type, Scalar) for a in v.args):
            return v.args
        each = (
            isinstance(self.part.type, Latent) and id(v) in self.above
        )  # a loss for each channel, and what it becomes
        return v.args if each and op.kind in ("pointwise", "reduction") else ()

    def _made(self, v: Value) -> Coef:
        op, latents = OPS[v.op], self.session.latents
        args = [self.made[id(a)] for a in self._followed(v)]
        if op.is_loss or v is self.part:
            found = self._compared(v)
            return found * args[0] if args and op.is_loss else found
        if args and len(args) == len(v.args):
            if op.sign in ARITHMETIC and len(args) == 2:
                return ARITHMETIC[op.sign](*args)
            if op.rule == "negation" and op.gives != "bool":
                return -args[0]
            if op.rule == "reduction":  # over this sample and others
                return args[0] / 2 + unknown(f"others in {latents.numbers.of(v)}", POSITIVE)
            if op.chooses and op.exact is not None:
                return of_values(_taken(op.exact, args, [self._key(a) for a in v.args]))
            return args[0] * args[0] if op.measures and op.exact is None else function(v.op, *args)
        if id(v) in self.above:  # it depends on it in a way that is not followed
            return unknown(self._key(v))
        return latents.coefficient(v)

    def _key(self, v: Value) -> str:
        """Of a number: another one where it is moved."""
        return f"number {self.session.latents.numbers.of(v)} {self.moved and id(v) in self.above}"

    def _compared(self, v: Value) -> Coef:
        """The number that is moved, or another one like it; equal comparisons are one number."""
        numbers = self.session.latents.numbers
        support = self.support if v is self.part else POSITIVE
        found = unknown(f"comparison {numbers.of(v)}", support)
        if support == POSITIVE:
            found = _with_values(found, points.of_any_size(f"comparison {numbers.of(v)}"))
        if not self.moved or numbers.of(v) != numbers.of(self.part):
            return found
        moved = found * (1 + STEP) if self.support == POSITIVE else found + STEP
        return _with_values(unknown(f"moved {numbers.of(v)}", support), moved.points)


def _with_values(atom: Coef, values: Points) -> Coef:
    """A number of which only the support is known, with these values at the points."""
    atom.__dict__["points"] = values
    return atom


def _taken(choose: Callable[..., Any], args: Sequence[Coef], keys: Sequence[str]) -> Points:
    """What a choice gives at each point.

    Where a branch is taken at too few points though it may be taken, as with a bound that no point reaches, it is drawn
    which one is: each is then there to be moved, and none is in its way. Where a branch that is drawn has a value that the
    choice cannot have, it is another number of the key that the branch has.
    """
    values = points.of_numbers(choose, *(a.points for a in args))
    bounds = [_bounds(a) for a in args]
    low, high = (Decimal(choose(REALS, *ends)) for ends in zip(*bounds, strict=True))
    # bounds may say that another branch is taken always
    branches = [i for i, (least, most) in enumerate(bounds) if least < high and low < most]
    if not branches or points.taken_often(values, [args[i].points for i in branches]):
        return values
    support = Support(_end(low), _end(high))
    found = []
    for n in range(points.POINTS):
        i = branches[int(points.unit(f"choice {keys}", n) * len(branches))]
        x = args[i].points[n]
        found.append(points.drawn(keys[i], support)[n] if x < low or x > high else x)
    return tuple(found)


def _end(x: Decimal) -> Fraction | None:
    return Fraction(x) if x.is_finite() else None


def _bounds(c: Coef) -> tuple[Decimal, Decimal]:
    """Between which ends a number lies, as far as its form says: what the points show is no bound."""
    low: Fraction | float | None = None
    high: Fraction | float | None = None
    if c.constant is not None:
        low = high = c.constant
    elif c.op == "atom":
        low, high = c.support.low, c.support.high
    elif c.time is not None and points.within_unit(c.points):
        low, high = 0, 1
    return (
        Decimal("-Infinity") if low is None else points.decimal(low),
        Decimal("Infinity") if high is None else points.decimal(high),
    )


ARITHMETIC: Mapping[str, Callable[[Coef, Coef], Coef]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": power,
}
