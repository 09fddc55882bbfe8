"""What a loss compares: two latents as linear forms, how gradient enters them, and how the loss depends on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from ....stages.table import OPERATORS, OPS
from ...base import limits
from ...base.frozen import struct
from ...base.source import Span
from ...program.ops import OPTIONS
from ...program.values import Value
from ...types.coefficients import Coef
from ...types.forms import Form, Route, Source
from ...types.types import Latent, Scalar
from ..core.session import Session
from .dependence import dependence


@struct(eq=False)
class Side:
    """One of what is compared. `live` is what of it carries gradient into the roles that the update trains."""

    value: Value
    form: Form
    live: Mapping[Route, Coef]
    span: Span


@struct(eq=False)
class Comparison:
    """Two latents in a loss: their distance (`mse(a, b)`, `mean(square(a - b))`, `norm(a - b)`), or their product
    (`mean(g*x)`), by which a loss is given by its gradient.

    `loss` is the name of the loss statement, `value` the distance or product there, `trained` the roles of the update.
    `sign` is how the loss moves where the distance or product grows: 1, -1, 0 where it does not depend on it, None where
    that is not known. `weight` is the loss's own, where it has one that is a number.
    """

    loss: str
    value: Value
    product: bool
    left: Side
    right: Side
    trained: frozenset[str]
    sign: int | None
    weight: Coef | None = None
    weight_value: Value | None = None

    @property
    def prediction(self) -> Side:
        """The side with gradient; the first one where both have it, or none."""
        return self.right if self.right.live and not self.left.live else self.left

    @property
    def target(self) -> Side:
        return self.left if self.prediction is self.right else self.right

    @property
    def alone(self) -> bool:
        """Whether one latent is compared with nothing: `mean(square(x))`."""
        return self.right.value is self.value

    @property
    def both_live(self) -> bool:
        return bool(self.left.live and self.right.live)

    @cached_property
    def difference(self) -> Form:
        """Prediction minus target."""
        return self.prediction.form - self.target.form

    @cached_property
    def predicting(self) -> frozenset[Source]:
        """The sources that carry gradient; where none does (a reference in a loss), the calls that are compared."""
        live = frozenset(s for side in (self.left, self.right) for s, _ in side.live)
        return live or frozenset(s for s in self.difference.remaining if s.call is not None)

    @cached_property
    def fed(self) -> frozenset[int]:
        """All that the predicting calls were given, and what it descends from, by its numbers."""
        all_of = frozenset[int]().union(*(s.ancestors for s in self.predicting))
        return all_of - {s.number for s in self.predicting}

    @property
    def known(self) -> bool:
        return self.left.form.known and self.right.form.known


def comparisons_of(
    session: Session, loss: str, root: Value, trained: frozenset[str]
) -> tuple[Comparison, ...]:
    """The comparisons of latents that a loss is made of."""
    found: list[Comparison] = []
    shared: dict[int, Coef] = {}
    for v, product, a, b in _places(root):
        sides = []
        read_at = session.latents.read_at.get(id(v), (v, ()))[1] or tuple(_inside(x, v) for x in (a, b))
        for x, span in zip((a, b), read_at):
            form = session.form(x) if x is not None else Form()
            if form is not None:
                sides.append(Side(x if x is not None else v, form, form.into(trained), span))
        if len(sides) == 2:
            weight = _weight(v)
            number = weight is not None and isinstance(weight.type, Scalar)
            found.append(
                Comparison(
                    loss,
                    v,
                    product,
                    sides[0],
                    sides[1],
                    trained,
                    dependence(session, root, v, shared=shared)
                    if len(found) < limits.MOVED_COMPARISONS
                    else None,
                    session.latents.coefficient(weight) if weight is not None and number else None,
                    weight,
                )
            )
    return tuple(found)


def _places(root: Value) -> Iterator[tuple[Value, bool, Value, Value | None]]:
    """Distances and products of latents: the value that is a number, whether it is a product, and both sides."""
    stack, seen = [root], set[int]()
    while stack:
        v = stack.pop()
        if id(v) in seen:
            continue
        seen.add(id(v))
        op = OPS[v.op]
        inside = v.args[0] if op.rule == "reduction" else None
        if op.is_loss and all(isinstance(a.type, Latent) for a in v.args[:2]):
            yield v, False, v.args[0], v.args[1]
        elif op.rule == "norm" and isinstance(v.args[0].type, Latent):
            yield v, False, *_sides(v.args[0])
        elif inside is not None and OPS[inside.op].measures and isinstance(inside.type, Latent):
            yield v, False, *_sides(inside.args[0])
        elif inside is not None and inside.op == OPERATORS["*"].name and _are_latents(inside):
            yield v, True, inside.args[0], inside.args[1]
        stack.extend(a for a in v.args if _leads_to_losses(a, v))


def _sides(x: Value) -> tuple[Value, Value | None]:
    """What a length is the distance of: of `a - b`, both; the mean that a spread takes away is no side."""
    while x.op == OPERATORS["-"].name:
        a, b = x.args
        if isinstance(b.type, Latent):
            return a, b
        x = a
    return x, None


def _leads_to_losses(a: Value, reader: Value) -> bool:
    """Numbers, and latents that are no mix, which may be made of losses for each channel; of these, not their numbers."""
    if isinstance(a.type, Latent):
        return a.type.quantity is None
    return OPS[reader.op].is_loss or not isinstance(reader.type, Latent)


def _inside(side: Value | None, v: Value) -> Span:
    """Where a side stands, if it is written out where it is compared; else the place of the comparison."""
    return side.span if side is not None and v.span.covers(side.span) else v.span


def _are_latents(v: Value) -> bool:
    return all(isinstance(a.type, Latent) for a in v.args)


def _weight(v: Value) -> Value | None:
    given = OPTIONS.find(v) or ()
    return v.args[2 + given.index("weight")] if "weight" in given else None
