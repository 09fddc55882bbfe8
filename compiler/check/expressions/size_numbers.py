"""Sizes of a family, and dims of latents and tensors, as whole numbers in expressions: `H`, `x.t`."""

from __future__ import annotations

from ...base.frozen import replace
from ...base.source import Span
from ...program.ops import NAME, VALUE
from ...program.values import Value
from ...types.coefficients import const
from ...types.coefficients import unknown as unknown_number
from ...types.dims import Dim
from ...types.types import UNKNOWN, Latent, Scalar, Tensor, Type
from ..core.context import Context
from ..core.family_model import FamilyModel
from ..core.term import Term


def size_of(name: str, span: Span, context: Context) -> Term | None:
    """A size of the family in whose graph the name stands; None if it has none of this name."""
    family = context.family
    if family is None or not isinstance(family.model, FamilyModel) or name not in family.model.sizes:
        return None
    return whole(name, family.model.sizes[name], span, context)


def dim_along(type: Type, axis: str) -> Dim | None:
    """The dim of latents or of a tensor along an axis; `c` is the one beside the batch that has no name."""
    match type:
        case Latent(space=space) if not space.factors:
            dims, axes = space.dims, space.axes
        case Tensor(dims=dims, axes=axes):
            pass
        case _:
            return None
    if axis in axes and axis != "b":
        return dims[axes.index(axis)]
    return dims[1] if axis == "c" and len(axes) > 1 and axes[1] is None else None


def size_value(name: str, dim: Dim | None, span: Span) -> Value:
    """A dim as a whole number; None is one that an error left open."""
    if dim is None:
        return Value("unknown", (), UNKNOWN, span)
    if dim.constant is not None:
        return Value("const", (), Scalar("int"), span, dict([VALUE(dim.constant)]))
    return Value("extent", (), Scalar("int"), span, dict([NAME(name)]))


def whole(name: str, dim: Dim, span: Span, context: Context) -> Term:
    """A dim as a number: known inside a program, a number of its own in a family that is checked alone."""
    value, n = replace(size_value(name, dim, span), trace=context.trace), dim.constant
    if n is not None:
        return Term(value, coef=const(n), dim=dim, constant=n)
    return Term(value, coef=unknown_number(f"size {dim}"), dim=dim)
