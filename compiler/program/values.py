"""The values of a typed program: one operation's result each. They form a directed acyclic graph by identity; loops are
regions.

`op` is one of
  const       attrs value: int, Fraction, str, bool                                          ()
  list tuple  the arguments, in order                                                         (items...)
  item        attrs index: entry of a tuple                                                   (tuple,)
  index       entry of a list                                                                 (list, int)
  add sub mul div floordiv mod pow neg not and or eq ne lt le gt ge                           (a, b)
  batch       the step's batch                                                                ()
  step        the step's number                                                               ()
  field       attrs name: of a batch or a record; stands_for: the call in whose place it is   (x,)
  part        attrs name: of a latent in a product space                                      (x,)
  stage       attrs role, stage: a call of a family's stage                                   (in the stage's order)
  predict x0 eps velocity score    attrs role: derived from process and denoise stage         (x, t, c...)
  noisy       attrs role                                                                      (x0, eps, t)
  target      attrs role                                                                      (x0, eps, t)
  recast      attrs role (to)                                                                 (x, t)
  bridge      attrs role (to), source (role)                                                  (x0,)
  draw        attrs site: str, scope: str, distribution as first argument                     (distribution,)
  uniform normal logit_normal pick noise shifted clamp    distributions or functions of numbers and times:
              noise has attrs space, role; shifted (x, shift); clamp (x, low, high); pick (list,) or (low, high)
  levels      attrs values: tuple of Fraction, flow noise levels in [0, 1] (from `ticks`, `sigmas`)
  grid        attrs role: the family's sampling grid, a list of n + 1 times                   (n,)
  ticks sigma alpha     attrs role (whose process): of a time                                 (t,)
  stop cast   attrs dtype for cast                                                            (x,)
  guide       c, u, scale: u + scale*(c - u)                                                  (c, u, scale)
  mse l1 huber pseudo_huber    attrs per: str | None, has_weight, delta via third argument    (a, b, [weight], [delta])
  mean sum abs square sqrt exp log sin cos tanh min max   attrs per: str | None               (x, ...)
  concat      attrs axis                                                                      (items...)
  select      one of two by a condition                                                       (condition, a, b)
  jvp         attrs region: function of its parameters; tangents                              (inputs..., tangents...)
  feature     as stage
  state       attrs name: the value carried from the last step                                ()
  loop        attrs region, iterable: "range" (low, high), "list" (list), "pairs" (grid)      (low, high | list, carried...)
  result      attrs index: which loop-carried value                                           (loop,)
  loop_index loop_item carried     a region's parameters (carried: attrs index)               ()
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..base.frozen import field, struct
from ..base.source import Span
from ..types.types import Type


@struct
class RoleRef:
    """A role as a value reads it: live (`decay` None) or its moving average."""

    name: str
    decay: float | None = None


@struct(eq=False)
class Value:
    """One operation's result, with the place it was written at and the calls it was expanded through (outermost first)."""

    op: str
    args: tuple[Value, ...]
    type: Type
    span: Span
    attrs: Mapping[str, object] = field(default_factory=dict)
    trace: tuple[Span, ...] = ()
    name: str = ""  # what the user bound it to, for readable code


@struct(eq=False)
class Region:
    """A loop's body: its parameters (`loop_index`/`loop_item`, `carried`) and what it hands to the next round."""

    index: Value
    items: tuple[Value, ...]
    carried: tuple[Value, ...]
    results: tuple[Value, ...]


@struct(eq=False)
class Formula:
    """A value over parameters (of op `param`), in whose place each use puts its own values."""

    parameters: tuple[Value, ...]
    result: Value


def every_value(roots: Iterable[Value]) -> Iterator[Value]:
    """All values that the roots depend on, those inside loops too, each once."""
    seen: set[int] = set()
    stack = list(roots)
    while stack:
        v = stack.pop()
        if id(v) in seen:
            continue
        seen.add(id(v))
        yield v
        stack.extend(v.args)
        region = v.attrs.get("region")
        if isinstance(region, Region):
            stack.extend((*region.results, *region.carried, *region.items))
