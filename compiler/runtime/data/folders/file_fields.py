"""What a field of a folder of files holds, and how one is made of a declared type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import Literal, TypeVar

from ....modules.settings import FRAMING
from ....types.dims import Dim
from ....types.types import Scalar, Type
from ....types.types import Tensor as TensorType
from ...base.media.clips_and_images import MAX_PIXELS, is_clip


@dataclass(frozen=True)
class Pixels:
    """Frames of height × width, float32 in [-1, 1]: [3, F, H, W], or of an image, which has no frames, [3, H, W]. Those of a
    file have `most` pixels at most, and are enlarged at most `upscale` times."""

    frames: int | None
    height: int
    width: int
    most: int = MAX_PIXELS
    upscale: float = inf

    def cut_from(self, beside: Path | None) -> bool:
        """Whether its frames are cut where those of the item are, of the item's own file or of one that lies beside it: a
        still picture there, of a field of one frame at most, is taken as it is."""
        if beside is None or self.frames is None:
            return beside is None
        return self.frames > 1 or is_clip(beside)


@dataclass(frozen=True)
class Mask(Pixels):
    """True where a picture is light, bool [1, F, H, W], or of an image [1, H, W]. It is never an item's own file."""


@dataclass(frozen=True)
class Wave:
    """Sound, float32 [channels, samples] in [-1, 1]."""

    channels: int
    samples: int


@dataclass(frozen=True)
class Number:
    """`kind` is "int", "float" or "bool"."""

    kind: str


@dataclass(frozen=True)
class Values:
    """A tensor of `dims`; `dtype` is "f32", "bf16", "f16", "i64" or "mask"."""

    dtype: str
    dims: tuple[int, ...]


@dataclass(frozen=True)
class Framing:
    """Two numbers, height first, of how the pixels of the field `of` are read: how large its file's frames are
    ("size_of"), or where the cut lies in them once they are scaled, its top and its left edge ("crop_of")."""

    of: str
    what: str


FieldType = TypeVar("FieldType")

FileField = Literal["str"] | Pixels | Wave | Number | Values | Framing
"""A text, or one of these."""


def file_field(declared: Type) -> FileField | None:
    """The field of a declared type; None for one that no file holds."""
    match declared:
        case Scalar(kind="str"):
            return "str"
        case Scalar(kind=kind):
            return Number(kind)
        case TensorType(kind="pixels", dims=(_, _, *sizes)) if len(sizes) in (2, 3):
            *frames, height, width = map(_size, sizes)
            return Pixels(frames[0] if frames else None, height, width)
        case TensorType(kind="mask", dims=(_, Dim(constant=1), *sizes)) if len(sizes) in (2, 3):
            *frames, height, width = map(_size, sizes)
            return Mask(frames[0] if frames else None, height, width)
        case TensorType(kind="wave", dims=(_, channels, samples)):
            return Wave(_size(channels), _size(samples))
        case TensorType(kind=kind, dims=(_, *sizes)):
            return Values(kind, tuple(map(_size, sizes)))
        case _:
            return None


def file_fields(
    declared: Mapping[str, Type], stated: Mapping[str, Mapping[str, object]]
) -> dict[str, FileField]:
    """The fields of declared types, with what they have `stated`; those that no file holds are left out."""
    found = {name: field for name, type_ in declared.items() if (field := file_field(type_)) is not None}
    return found | framings(stated)


def framings(stated: Mapping[str, Mapping[str, object]]) -> dict[str, Framing]:
    """The fields that are made of how others are read."""
    return {
        n: Framing(str(said[what]), what) for n, said in stated.items() for what in FRAMING if what in said
    }


def _size(dim: Dim) -> int:
    assert dim.constant is not None, "a program fixes every size"
    return dim.constant


def limited(field: FieldType, most: int, upscale: float | None) -> FieldType:
    """The field, whose files have frames of so many pixels at most, and are enlarged at most so many times."""
    return (
        replace(field, most=most, upscale=inf if upscale is None else upscale)
        if isinstance(field, Pixels)
        else field
    )
