"""Checked types as the graph's: a quantity or a role is gone, dims and dtypes stay."""

from __future__ import annotations

from collections.abc import Sequence

from ..base.frozen import replace
from ..base.source import Span
from ..ir.graph import BATCH, Array, Fields, Host, Many, Results, Type
from ..program.values import Value
from ..types import types as checked
from ..types.dims import Dim
from .builder import CannotRun


def lowered(type: checked.Type, span: Span) -> Type:
    """What a value of this type is at run time. Raises `CannotRun` for what has no run-time form yet."""
    match type:
        case checked.Scalar(kind="str", axes=("b",)):
            return Array((BATCH,), "str")
        case checked.Scalar(kind=kind, axes=axes):
            dtype = "f32" if kind == "float" else kind
            return Array(tuple(map(Dim.of, axes)), dtype, frame_axis(axes)) if axes else Host(kind)
        case checked.TimeType(axes=axes) | checked.Level(axes=axes):
            return Array(tuple(map(Dim.of, axes)), frames=frame_axis(axes))
        case checked.Tensor(kind=kind, dims=dims, axes=axes):
            return Array(dims, kind, frame_axis(axes))
        case checked.Latent(space=space):
            return latents(space)
        case checked.Record(fields=fields):
            return Fields(tuple((f.name, lowered(f.type, span)) for f in fields))
        case checked.Batch(fields=fields):
            return Fields(tuple((n, lowered(t, span)) for n, t in fields or ()))
        case checked.ListOf(item=item, length=length):
            return Many(lowered(item, span), length.constant if length is not None else None)
        case checked.Tuple(items=items):
            return Results(tuple(lowered(i, span) for i in items))
        case _:
            raise CannotRun(f"a value of type {type}", span)


def kept_as(value: Value) -> Type:
    """What a state that begins as this is at run time: numbers but whole ones are tensors of one number."""
    type = lowered(value.type, value.span)
    if isinstance(type, Host) and type.kind in ("float", "bool"):
        return Array((), "f32" if type.kind == "float" else "bool")
    return type


FRAME = "t"
"""The name of the axis of latent frames."""


def frame_axis(axes: Sequence[str | None]) -> int | None:
    """Which axis counts frames."""
    return axes.index(FRAME) if FRAME in axes else None


def latents(space: checked.Space) -> Array | Fields:
    """A latent of a space: a tensor, or of a product one for each part."""
    if space.factors:
        return Fields(tuple((n, latents(s)) for n, s in space.factors), latents=True)
    return Array(space.dims, frames=frame_axis(space.axes))


def sizes(dims: tuple[Dim, ...], span: Span) -> tuple[int, ...]:
    """The dims after the batch, which a program has fixed."""
    found = [d.constant for d in dims[1:]]
    if any(d is None for d in found):
        raise CannotRun("a tensor whose size is not fixed", span)
    return tuple(d for d in found if d is not None)


def declared(type: Type, span: Span, latent: bool = False) -> str:
    """Source text of what a stage must give: (kind, dims after the batch), by field of a record, in a list for a list, whose
    tensors may have dims that the run finds, None."""
    match type:
        case Fields(fields=fields, latents=latents):
            return "{" + ", ".join(f'"{n}": {declared(t, span, latents)}' for n, t in fields) + "}"
        case Array(dims=dims, dtype=dtype):
            return f'("{_kind(dims, dtype, latent)}", {sizes(dims, span)!r})'
        case Many(item=Array(dims=dims, dtype=dtype)):
            return f'[("{_kind(dims, dtype)}", {tuple(d.constant for d in dims[1:])!r})]'
        case Many(item=item):
            return f"[{declared(item, span)}]"
        case _:
            raise CannotRun("a Python stage with this result", span)


def _kind(dims: tuple[Dim, ...], dtype: str, latent: bool = False) -> str:
    return "latent" if dtype == "f32" and (latent or len(dims) > 3) else dtype


FLOATS = ("bf16", "f16")


def in_f32(type: Type) -> Type:
    """The same in float32, which is what components give."""
    match type:
        case Array(dtype=dtype) if dtype in FLOATS:
            return replace(type, dtype="f32")
        case Many(item=item):
            return Many(in_f32(item), type.length)
        case _:
            return type
