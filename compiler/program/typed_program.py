"""A typed program: what `check` gives to `lower`. Graphs are expanded, roles and sizes filled in, every value typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..base.frozen import field, struct
from ..base.source import Span
from ..types.quantity import Quantity
from ..types.types import Scalar, Type
from .family import Family
from .ops import NAME
from .schedule import Schedule
from .values import Value, every_value


@struct
class TypedRole:
    """`source` is ("path", text) for a folder or hub name, ("tiny", seed), or ("role", "program.role"). `overlays` are
    files of weights that are laid over it, by component."""

    name: str
    family: Family
    source: tuple[str, object]
    settings: Mapping[str, Any]
    optimizer: tuple[str, Mapping[str, Any]] | None
    span: Span
    overlays: Mapping[str, str] = field(default_factory=dict)


STORED = "shards"
"""The source, and the target, of what `produce` writes."""


@struct
class TypedData:
    """`source` is the kind ("folder", "mix", "lines", "shapes", "shards"), `options` its arguments, `fields` the declared
    types, `places` where they are declared, and under "" where the source is. `stated` is what fields state of where they
    lie, by field, `rates` how many frames or samples of sound a second the stages take that read them."""

    name: str
    source: str
    options: Mapping[str, Any]
    fields: Mapping[str, Type]
    span: Span
    places: Mapping[str, Span] = field(default_factory=dict)
    stated: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    rates: Mapping[str, int] = field(default_factory=dict)


def text_fields(data: TypedData) -> tuple[str, ...]:
    """A data set carries the texts of the data that it was made from."""
    return tuple(n for n, t in data.fields.items() if isinstance(t, Scalar) and t.kind == "str")


@struct
class TypedUpdate:
    """Minimises the sum of `losses` over `roles` on the steps of its schedule. `conditions` are what that was read from,
    by their words, `logs` further numbers to report, `states` what the states that it writes become, by name."""

    name: str
    roles: tuple[str, ...]
    schedule: Schedule
    losses: tuple[tuple[str, Value], ...]
    span: Span
    conditions: tuple[tuple[str, Value], ...] = ()
    logs: tuple[tuple[str, Value], ...] = ()
    states: tuple[tuple[str, Value], ...] = ()

    @property
    def outputs(self) -> tuple[Value, ...]:
        """All that it computes."""
        return tuple(v for _, v in (*self.losses, *self.logs, *self.states))


@struct
class TypedState:
    name: str
    initial: Value
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
class Validation:
    """A block `validate`: what it makes for people to look at (pixels, or a tuple of pixels and a wave), and the loss that it
    takes over held-out data, as (update, loss)."""

    name: str
    settings: Mapping[str, Any]
    sample: Value | None
    loss: tuple[str, str] | None
    data: TypedData | None
    span: Span
    places: Mapping[str, Span] = field(default_factory=dict)
    """Where its entries stand, by name."""
    sized: TypedProgram | None = None
    """The program at the sizes of this block, which it alone validates in, where it states its own."""

    @property
    def function(self) -> str:
        """What the sample's function is called in the module."""
        return f"sample_{self.name}" if self.name else "sample"

    @property
    def fields(self) -> frozenset[str]:
        """The fields of a batch that the sample reads."""
        values = every_value([self.sample]) if self.sample is not None else ()
        return frozenset(NAME.of(v) for v in values if v.op == "field" and v.args[0].op == "batch")


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
    validations: tuple[Validation, ...]
    produce: tuple[Produce, ...]
    settings: Mapping[str, Mapping[str, Any]]  # train, validate, checkpoint, mesh, track: defaults filled in
    needs: tuple[str, ...]  # other programs whose roles are sources
    claims: tuple[tuple[Span, Quantity | None], ...] = ()  # `as` assertions
    span: Span | None = None
    waiting: tuple[tuple[str, Span, str], ...] = ()
    """What it asks for that no run does yet, where, and what to do."""
    buckets: tuple[TypedProgram, ...] = ()
    """The program at the sizes of each bucket of its data, its own sizes first; none where all data have one size."""

    @property
    def samples(self) -> Mapping[str, Value]:
        """What validation makes, by the name of its function in the module."""
        own = (v for v in self.validations if v.sized is None)
        return {v.function: v.sample for v in own if v.sample is not None}
