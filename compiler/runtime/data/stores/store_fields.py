"""What a field of a store holds: what a file may, and latents and records too."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from ....types.dims import Dim
from ....types.types import Latent, Record, Type
from ..folders.file_fields import FileField, Number, Values, file_field


@dataclass(frozen=True)
class RecordPart:
    """A record's tensor, what stands in its rows without a token, and what the ones of a mask mean."""

    values: Values
    pad: str | None
    one: str | None


@dataclass(frozen=True)
class RecordValues:
    parts: Mapping[str, RecordPart]


StoreField = FileField | RecordValues


def store_field(declared: Type) -> StoreField | None:
    """The field of a declared type; None for one that no store holds."""
    match declared:
        case Latent(space=space) if not space.factors:
            return Values(space.dtype, _sizes(space.dims))
        case Record(fields=fields):
            return RecordValues(
                {f.name: RecordPart(Values(f.type.kind, _sizes(f.type.dims)), f.pad, f.one) for f in fields}
            )
        case _:
            return file_field(declared)


def _sizes(dims: tuple[Dim, ...]) -> tuple[int, ...]:
    found = tuple(d.constant for d in dims[1:])
    assert None not in found, "a program fixes every size"
    return tuple(d for d in found if d is not None)


def with_small(fields: Mapping[str, StoreField], read: Set[str] | None) -> Set[str] | None:
    """What is read of a row: what is asked for, and all texts and numbers."""
    small = {n for n, f in fields.items() if f == "str" or isinstance(f, Number)}
    return None if read is None else small | set(read)
