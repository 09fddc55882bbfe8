"""The types of FDL values, their equality and how they print."""

from __future__ import annotations

from functools import cached_property

from ..base.frozen import field, struct
from .coefficients import Time
from .dims import Dim
from .quantity import CLEAN, Quantity


@struct
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


@struct
class TimeType:
    """A noise level. `axes` as in `Scalar`; `time` is its identity."""

    time: Time
    axes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"time[{', '.join(self.axes)}]" if self.axes else "time"


@struct
class ListOf:
    """A list; `length` may depend on a parameter that is not known yet (None)."""

    item: Type
    length: Dim | None = None

    def __str__(self) -> str:
        return f"[{self.item}]"

    @cached_property
    def size(self) -> tuple[int, int]:
        """How many types stand in it, and how deep."""
        count, depth = _size(self.item)
        return count + 1, depth + 1


@struct
class Tuple:
    items: tuple[Type, ...]

    def __str__(self) -> str:
        return f"({', '.join(map(str, self.items))})"

    @cached_property
    def size(self) -> tuple[int, int]:
        sizes = [_size(i) for i in self.items]
        return sum(n for n, _ in sizes) + 1, max((d for _, d in sizes), default=0) + 1


def _size(t: Type) -> tuple[int, int]:
    return t.size if isinstance(t, (ListOf, Tuple)) else (1, 0)


@struct
class Tensor:
    """`kind` is a dtype (bf16, f16, f32, i64, mask) or "pixels" or "wave"; `axes` are names, None where unnamed."""

    kind: str
    dims: tuple[Dim, ...]
    axes: tuple[str | None, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind}[{', '.join(map(str, self.dims))}]"


def axes_of(t: Type) -> tuple[str | None, ...]:
    """The names of a tensor's dims, as far as they have any: those of frames and sound, and `c` beside the batch."""
    named = t.space.axes if isinstance(t, Latent) else t.axes if isinstance(t, Tensor) else ()
    usual = MEDIA_AXES.get((t.kind, len(t.dims)), ()) if isinstance(t, Tensor) else ()
    found = [a or (usual[i] if i < len(usual) else None) for i, a in enumerate(named)]
    if len(found) > 1 and found[1] is None and "c" not in found:
        found[1] = "c"
    return tuple(found)


MEDIA_AXES = {
    ("pixels", 5): ("b", "c", "t", "h", "w"),
    ("pixels", 4): ("b", "c", "h", "w"),
    ("wave", 3): ("b", "c", "l"),
}
"""By kind and number of dims."""

PART = "part"
"""The axis of what has a value for each part of a product of spaces."""

ANY_SPACE = "*"
"""The key of a space that stands for all: of a role whose family is not known yet."""


@struct
class Space:
    """A nominal latent space with its sizes filled in. `key` names the declaration: equal keys, same space.

    A product space has `factors` and no dims of its own. `sizes` are those in which it differs from the space of that key
    at the family's own sizes.
    """

    key: str
    name: str
    dtype: str = "f32"
    dims: tuple[Dim, ...] = ()
    axes: tuple[str | None, ...] = ()
    factors: tuple[tuple[str, Space], ...] = ()
    sizes: tuple[tuple[str, Dim], ...] = ()

    def __str__(self) -> str:
        return self.name


@struct
class Latent:
    """A value in a latent space. `quantity` is None for a non-linear function of latents, which has none."""

    space: Space
    quantity: Quantity | None

    def __str__(self) -> str:
        return f"latent[{self.space}]"


@struct
class RecordField:
    """A field of a record. `space` is that of a field of clean latents, whose dims and dtype `type` repeats.

    `pad` is what stands in rows without a token (zero, attend, mask), `one` what a mask's ones mean (attend, skip,
    given, generated).
    """

    name: str
    type: Tensor
    pad: str | None = None
    one: str | None = None
    space: Space | None = None

    @property
    def value(self) -> Tensor | Latent:
        """What reading the field gives."""
        return Latent(self.space, CLEAN) if self.space is not None else self.type

    def __str__(self) -> str:
        rule = {"pad": self.pad, "one": self.one}
        stated = ", ".join(f"{name} = {word}" for name, word in rule.items() if word is not None)
        type_ = f"clean[{self.space}]" if self.space is not None else str(self.type)
        return f"{self.name}: {type_}" + (f" {{ {stated} }}" if stated else "")


@struct
class Record:
    """A conditioning record; structural: the name is only for messages."""

    fields: tuple[RecordField, ...]
    name: str = field(default="record", compare=False)

    def __str__(self) -> str:
        return self.name


@struct
class Batch:
    """The step's batch: what the data set's fields are. None: a method checked without a program."""

    fields: tuple[tuple[str, Type], ...] | None

    def __str__(self) -> str:
        return "batch"


@struct
class RoleType:
    name: str

    def __str__(self) -> str:
        return f"role {self.name}"


@struct
class Distribution:
    """`of` is what a draw gives: "number" (in [low, high], usable as a float and, inside [0, 1], as a time), "int",
    "time" (a pick from a list of times), or "noise" (in `space`)."""

    of: str
    low: float = 0.0
    high: float = 1.0
    space: Space | None = None

    def __str__(self) -> str:
        return "distribution"


@struct
class Level:
    """A draw from a distribution of numbers inside [0, 1]: a float that may stand where a time is due."""

    time: Time
    axes: tuple[str, ...] = ("b",)
    scope: str = "sample"
    low: float = 0.0
    high: float = 1.0

    def __str__(self) -> str:
        return "a number in [0, 1]"


@struct
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
