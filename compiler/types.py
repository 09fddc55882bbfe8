"""The types of FDL values, their equality and how they print."""

from __future__ import annotations

from dataclasses import dataclass, field

from .dims import Dim
from .quantity import Quantity, Time


@dataclass(frozen=True)
class Scalar:
    """`kind` is "int", "float", "bool" or "str".

    `axes` tells over what it varies: () for one value, ("b",) for one per sample, ("b", "t") per frame. `scope` is
    "step" for a number that is the same on every rank (literals, parameters, `per step` draws), else "sample".
    """

    kind: str
    axes: tuple[str, ...] = ()
    scope: str = "step"

    def __str__(self) -> str:
        return f"{self.kind}[{', '.join(self.axes)}]" if self.axes else self.kind


@dataclass(frozen=True)
class TimeType:
    """A noise level. `axes` as in `Scalar`; `time` is its identity."""

    time: Time
    axes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"time[{', '.join(self.axes)}]" if self.axes else "time"


@dataclass(frozen=True)
class ListOf:
    """A list; `length` may depend on a parameter that is not known yet (None)."""

    item: Type
    length: Dim | None = None

    def __str__(self) -> str:
        return f"[{self.item}]"


@dataclass(frozen=True)
class Tuple:
    items: tuple[Type, ...]

    def __str__(self) -> str:
        return f"({', '.join(map(str, self.items))})"


@dataclass(frozen=True)
class Tensor:
    """`kind` is a dtype (bf16, f16, f32, i64, mask) or "pixels" or "wave"; `axes` are names, None where unnamed."""

    kind: str
    dims: tuple[Dim, ...]
    axes: tuple[str | None, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind}[{', '.join(map(str, self.dims))}]"


@dataclass(frozen=True)
class Space:
    """A nominal latent space with its sizes filled in. `key` names the declaration: equal keys, same space.

    A product space has `factors` and no dims of its own.
    """

    key: str
    name: str
    dtype: str = "f32"
    dims: tuple[Dim, ...] = ()
    axes: tuple[str | None, ...] = ()
    factors: tuple[tuple[str, Space], ...] = ()

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Latent:
    """A value in a latent space. `quantity` is None for a non-linear function of latents, which has none."""

    space: Space
    quantity: Quantity | None

    def __str__(self) -> str:
        return f"latent[{self.space}]"


@dataclass(frozen=True)
class RecordField:
    name: str
    type: Tensor
    pad: str | None = None


@dataclass(frozen=True)
class Record:
    """A conditioning record; structural: the name is only for messages."""

    fields: tuple[RecordField, ...]
    name: str = field(default="record", compare=False)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Batch:
    """The step's batch: what the data set's fields are. None: a method checked without a program."""

    fields: tuple[tuple[str, Type], ...] | None

    def __str__(self) -> str:
        return "batch"


@dataclass(frozen=True)
class RoleType:
    name: str

    def __str__(self) -> str:
        return f"role {self.name}"


@dataclass(frozen=True)
class Distribution:
    """`of` is what a draw gives: "number" (in [low, high], usable as a float and, inside [0, 1], as a time), "int",
    "time" (a pick from a list of times), or "noise" (in `space`)."""

    of: str
    low: float = 0.0
    high: float = 1.0
    space: Space | None = None

    def __str__(self) -> str:
        return "distribution"


@dataclass(frozen=True)
class Level:
    """A draw from a distribution of numbers inside [0, 1]: a float that may stand where a time is due."""

    time: Time
    axes: tuple[str, ...] = ("b",)
    scope: str = "sample"

    def __str__(self) -> str:
        return "a number in [0, 1]"


@dataclass(frozen=True)
class Unknown:
    """What is left after an error, or where a method is checked without its roles; it fits everywhere, silently."""

    def __str__(self) -> str:
        return "unknown"


Type = (
    Scalar
    | TimeType
    | ListOf
    | Tuple
    | Tensor
    | Latent
    | Record
    | Batch
    | RoleType
    | Distribution
    | Level
    | Unknown
)
UNKNOWN = Unknown()
