"""`select(condition, a, b)`: one of two values of one type, for each sample where the condition is one for each."""

from __future__ import annotations

from ....base.diagnostics import Label
from ....syntax import ast
from ....types.coefficients import function
from ....types.dims import Dim
from ....types.types import Latent, Record, Scalar, Tensor, Type
from ...core.context import Context
from ...core.matching import quantity_match
from ...core.matching.type_match import mismatch
from ...core.session import Session
from ...core.term import Term, unknown
from ..arguments import Arguments, fresh_number
from ..operators import as_number
from ..products import is_one_tensor
from ..times import levels

NUMBERS = frozenset({"int", "float"})


def select(session: Session, e: ast.Call, context: Context) -> Term:
    a = Arguments(session, e, context, ("condition", "a", "b"), 3)
    if not a.valid:
        return unknown(e.span)
    c = a.terms["condition"]
    if isinstance(c.type, Tensor) and c.type.kind == "mask":
        return _by_mask(session, c, a.terms["a"], a.terms["b"], e, context)
    if not isinstance(c.type, Scalar) or c.type.kind != "bool":
        return session.error("type-mismatch", f"`select` chooses by true or false, not {c.type}", c.span)
    time = levels.selected(session, c, a.terms["a"], a.terms["b"], e, context)
    if time is not None:
        return time
    x, y = as_number(a.terms["a"]), as_number(a.terms["b"])
    result = _result(session, c.type, x, y, context)
    if result is None or not _spreads(session, c, result):
        return unknown(e.span)
    coef = fresh_number(session, e.span)
    if c.coef is not None and x.coef is not None and y.coef is not None:
        coef = function("select", c.coef, x.coef, y.coef)
    return Term(session.value("select", (c, x, y), result, e.span, context), coef=coef)


def _by_mask(session: Session, c: Term, x: Term, y: Term, e: ast.Call, context: Context) -> Term:
    """`select(c.given, first, x)`: latents whose elements are one's where the mask is one, and the other's elsewhere. Of two
    that differ in quantity the result is no mix of x0 and eps any more."""
    if not isinstance(x.type, Latent) or not isinstance(y.type, Latent):
        other = x if not isinstance(x.type, Latent) else y
        return session.error("type-mismatch", f"a mask chooses between latents, not {other.type}", other.span)
    if not all(is_one_tensor(session, t, "a mask lies over one tensor") for t in (x, y)):
        return unknown(e.span)
    if not quantity_match.spaces_fit(x.type.space, y.type.space):
        return session.error(
            "space-mismatch",
            f"`select` chooses between latents of `{x.type.space}` and of `{y.type.space}`",
            y.span,
            str(y.type),
            labels=(Label(x.span, str(x.type)),),
        )
    assert isinstance(c.type, Tensor)
    dims = x.type.space.dims
    if len(c.type.dims) not in (1, len(dims)) or any(
        m not in (Dim.of(1), d) for m, d in zip(c.type.dims, dims)
    ):
        return session.error(
            "dim-mismatch",
            "this mask does not lie over what `select` chooses between",
            c.span,
            str(c.type),
            labels=(Label(x.span, str(x.type)),),
            help="each of its dims is 1 or that of the latents; `mask[b]` is one for each sample",
        )
    same = x.type.quantity is not None and x.type.quantity == y.type.quantity
    type_ = x.type if same else Latent(x.type.space, None)
    return Term(session.value("select", (c, x, y), type_, e.span, context))


def _result(session: Session, condition: Scalar, x: Term, y: Term, context: Context) -> Type | None:
    """The type that both have; numbers vary over all that the condition and either of them varies over."""
    if isinstance(x.type, Latent) and isinstance(y.type, Latent):
        return x.type if quantity_match.compare(session, "`select` mixes", x, y, context) else None
    if isinstance(x.type, Scalar) and isinstance(y.type, Scalar):
        kinds = {x.type.kind, y.type.kind}
        if len(kinds) == 1 or kinds == NUMBERS:
            three = (condition, x.type, y.type)
            axes = max((t.axes for t in three), key=len)
            scope = "sample" if any(t.scope == "sample" for t in three) else "step"
            return Scalar(x.type.kind if len(kinds) == 1 else "float", axes, scope)
    problem = mismatch(x.type, y.type)
    if problem is not None:
        session.error(
            problem.code,
            f"`select` chooses between two values of one type: the first {problem.clause}",
            y.span,
            str(y.type),
            labels=(Label(x.span, str(x.type)),),
        )
        return None
    if not isinstance(x.type, Latent | Scalar | Tensor | Record):
        session.error(
            "type-mismatch",
            f"`select` chooses between numbers, texts, latents, tensors or records, not {x.type}",
            x.span,
            help="select each of their entries",
        )
        return None
    return x.type


def _spreads(session: Session, condition: Term, result: Type) -> bool:
    """Whether what a condition varies over is among the axes of what it chooses between."""
    assert isinstance(condition.type, Scalar)
    match result:
        case Latent(space=space):
            axes = ("b", *(a for a in space.axes if a is not None))
        case Tensor(axes=named):
            axes = ("b", *(a for a in named if a is not None))
        case Record():
            axes = ("b",)
        case _:
            return True
    missing = [a for a in condition.type.axes if a not in axes]
    if missing:
        session.error(
            "rank-mismatch",
            f"this condition varies over `{missing[0]}`, and what `select` chooses between has no such axis",
            condition.span,
            str(condition.type),
            help="one condition for each sample, `per sample`, chooses between whole samples",
        )
    return not missing
