"""A typed program: what `check` hands to `lower`. Graphs are expanded, roles and sizes filled in, every value typed.

A `Value` is one operation's result. Values form a directed acyclic graph by identity; loops are regions.

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

from collections.abc import Mapping
from dataclasses import field
from fractions import Fraction
from typing import Any

from ..base.frozen import struct
from ..base.source import Span
from ..syntax import ast
from ..types.quantity import Quantity
from ..types.types import Record, Space, Type


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


@struct
class Process:
    """A family's process with its formulas.

    `kind` is one of quantity.KINDS. `noisy` and `predict` are expressions over x0, eps and the process's own names of
    its level (`s`; `a` for alpha; `u` for a trig angle). `prediction` is what the network says, as a quantity at the
    time `at` (a symbol). `ticks` maps the level to what the network is fed. `shift` is that of training and grids.
    `chosen` names what the program or the variant states in the family's place.
    """

    name: str
    kind: str
    declaration: ast.ProcessDecl
    shift: float
    chosen: tuple[str, ...] = ()


@struct
class Component:
    """A component as a role uses it: class, settings, and the config facts that a checkpoint must satisfy, with the
    places where they are stated.
    """

    name: str
    cls: str
    trainable: bool
    dtype: str | None
    optional: bool
    subfolder: str
    fallback: str | None
    config: Mapping[str, object]
    span: Span
    places: Mapping[str, Span] = field(default_factory=dict, compare=False)
    levels: tuple[Fraction, Fraction] | None = None
    """The noise levels that an expert serves, from low to high (as sigma of a flow process)."""
    tokens: tuple[ast.Expr, ...] = ()
    """How the axes of its latents become tokens: dims over the names of the axes."""
    chains: str | None = None
    """The function of the family's binding that puts kernels in place of chains of its blocks."""


@struct
class Family:
    """A family with variant, sizes and imports resolved.

    `stages` are declarations: `lower` expands their `by` expressions. `spaces` by the names that the stages use, each
    with its declaration (codec, normalisation). `namespace` is unique among the program's families.
    """

    name: str
    variant: str | None
    path: str
    components: Mapping[str, Component]
    spaces: Mapping[str, Space]
    space_declarations: Mapping[str, ast.SpaceDecl]
    records: Mapping[str, Record]
    process: Process
    stages: Mapping[str, ast.StageDecl]
    denoise: str
    space: str
    has_binding: bool


@struct
class TypedRole:
    """`source` is ("path", text) for a folder or hub name, ("tiny", seed), or ("role", "program.role")."""

    name: str
    family: Family
    source: tuple[str, object]
    settings: Mapping[str, Any]
    optimizer: tuple[str, Mapping[str, Any]] | None
    span: Span


@struct
class TypedData:
    """`source` is the kind ("folder", "lines", "shapes", "shards"), `options` its arguments, `fields` the declared types,
    `places` where they are declared, and under "" where the source is."""

    name: str
    source: str
    options: Mapping[str, Any]
    fields: Mapping[str, Type]
    span: Span
    places: Mapping[str, Span] = field(default_factory=dict)


@struct
class TypedUpdate:
    """Runs on steps divisible by `every`; minimises the sum of `losses` over `roles`."""

    name: str
    roles: tuple[str, ...]
    every: Value
    losses: tuple[tuple[str, Value], ...]
    span: Span


@struct
class TypedState:
    name: str
    initial: Value
    next: Value | None
    span: Span


@struct
class Produce:
    """A data set to write. `kind` is "shards" (tensors for training) or "sheet" (samples for people)."""

    name: str
    kind: str
    fields: tuple[tuple[str, Value], ...]
    path: str
    settings: Mapping[str, Any]
    span: Span


@struct
class TypedProgram:
    name: str
    path: str
    sizes: Mapping[str, int]
    roles: Mapping[str, TypedRole]
    data: TypedData | None
    updates: tuple[TypedUpdate, ...]
    shared: tuple[tuple[str, Value], ...]  # method-level names, each computed at most once a step
    states: tuple[TypedState, ...]
    sample: Value | None  # what `validate` makes: pixels (or a tuple of pixels and a wave)
    produce: tuple[Produce, ...]
    settings: Mapping[str, Mapping[str, Any]]  # train, validate, checkpoint, mesh, track: defaults filled in
    needs: tuple[str, ...]  # other programs whose roles are sources
    claims: tuple[tuple[Span, Quantity | None], ...] = ()  # `as` assertions
    span: Span | None = None
