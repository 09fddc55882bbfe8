"""`min`, `max` and `clamp` of latents, tensors and numbers in any mix: each element is one of theirs."""

from __future__ import annotations

from collections.abc import Sequence

from ...base.diagnostics import Label
from ...syntax import ast
from ...types.describe import noun
from ...types.types import Latent, Scalar, Tensor
from ..core.context import Context
from ..core.matching.quantity_match import spaces_fit
from ..core.session import Session
from ..core.term import Term, unknown
from .operators import computed
from .products import is_one_tensor


def chosen(session: Session, op: str, parts: Sequence[Term], e: ast.Call, context: Context) -> Term:
    """Of a latent it is no mix of x0 and eps any more."""
    wide = next(p for p in parts if isinstance(p.type, (Latent, Tensor)))
    for p in parts:
        number = isinstance(p.type, Scalar) and p.type.kind in ("int", "float")
        if not number and not isinstance(p.type, (Latent, Tensor)):
            return session.error(
                "type-mismatch", f"`{op}` works on numbers and tensors, not on {noun(p.type)}", p.span
            )
        if not is_one_tensor(session, p, f"`{op}` works on one tensor"):
            return unknown(e.span)
        if not number and not _alike(wide, p):
            return session.error(
                "space-mismatch" if isinstance(p.type, Latent) else "dim-mismatch",
                f"`{op}` takes numbers and tensors of one shape: {wide.type} and {p.type} differ",
                p.span,
                str(p.type),
                labels=(Label(wide.span, str(wide.type)),),
            )
    type_ = (
        Latent(wide.type.space, None)
        if isinstance(wide.type, Latent)
        else computed(wide.type)
        if isinstance(wide.type, Tensor)
        else wide.type
    )
    return Term(session.value(op, tuple(parts), type_, e.span, context))


def _alike(a: Term, b: Term) -> bool:
    if isinstance(a.type, Latent) and isinstance(b.type, Latent):
        return spaces_fit(b.type.space, a.type.space)
    return isinstance(a.type, Tensor) and isinstance(b.type, Tensor) and a.type.dims == b.type.dims
