"""Means, sums and functions of single elements."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from .....stages.op import Op
from .....stages.table import OPS
from ....base.frozen import replace
from ....program.ops import OVER, PER
from ....syntax import ast
from ....types.coefficients import Coef, function, square_root
from ....types.describe import noun
from ....types.points import ANY, POSITIVE
from ....types.types import Latent, Scalar, Tensor
from ...core.context import Context
from ...core.session import Session
from ...core.term import Term, unknown
from ..arguments import Arguments, fresh_number
from ..element_choices import chosen
from ..operators import as_number, computed, whole_result
from ..times import levels
from .numbers_for import fits_over, has_numbers_for
from .statistics import of_all


def reduction(op: Op) -> Callable[[Session, ast.Call, Context], Term]:
    def typed(session: Session, e: ast.Call, context: Context) -> Term:
        a = Arguments(session, e, context, ("x", "per", "over"), 1)
        per = a.word("per", ("sample", "frame", "channel"))
        over = a.word("over", ("batch", "prompt"))
        if not a.valid:
            return unknown(e.span)
        x = as_number(a.terms["x"])
        if not isinstance(x.type, (Latent, Tensor, Scalar)):
            return session.error(
                "type-mismatch", f"`{op.name}` works on tensors, not on {noun(x.type)}", x.span
            )
        if not fits_over(session, e, x, per, over) or not has_numbers_for(session, x, per):
            return unknown(e.span)
        if isinstance(x.type, Latent) and per == "channel":
            type_of_all = Latent(x.type.space, None)
            return Term(session.value(f"{op.name}_of_channels", (x,), type_of_all, e.span, context))
        axes = {"sample": ("b",), "frame": ("b", "t"), "prompt": ("b",)}.get(per or over or "", ())
        type_ = Scalar("float", axes, "sample")
        value = session.value(op.name, (x,), type_, e.span, context, PER(per), OVER(over))
        where = POSITIVE if OPS[x.value.op].measures else ANY
        return Term(value, coef=session.latents.coefficient(value, where))

    return typed


def elementwise(op: Op) -> Callable[[Session, ast.Call, Context], Term]:
    def typed(session: Session, e: ast.Call, context: Context) -> Term:
        a = Arguments(session, e, context, ("x",), 1)
        if not a.valid:
            return unknown(e.span)
        x = as_number(a.terms["x"])
        if isinstance(x.type, Latent):
            return Term(session.value(op.name, (x,), Latent(x.type.space, None), e.span, context))
        if isinstance(x.type, Tensor):
            return Term(session.value(op.name, (x,), computed(x.type), e.span, context))
        if isinstance(x.type, Scalar) and x.type.kind in ("int", "float"):
            scalar = Scalar("float", x.type.axes, x.type.scope)
            coef = fresh_number(session, e.span) if x.coef is None else _applied(op.name, x.coef)
            return Term(session.value(op.name, (x,), scalar, e.span, context), coef=coef)
        return session.error(
            "type-mismatch", f"`{op.name}` works on numbers and tensors, not {x.type}", x.span
        )

    return typed


def _applied(name: str, x: Coef) -> Coef:
    match name:
        case "square":
            return x * x
        case "sqrt":
            return square_root(x)
        case _:
            return function(name, x)


def extreme(op: Op) -> Callable[[Session, ast.Call, Context], Term]:
    def typed(session: Session, e: ast.Call, context: Context) -> Term:
        over = ("over",) if any(arg.name == "over" for arg in e.args) else ()
        a = Arguments(session, e, context, ("a", "b", *over), 1)
        if over:
            return of_all(session, op, a, e, context)
        if a.valid and "b" not in a.terms:
            return session.error(
                "missing-argument",
                f"`{op.name}` needs `b`",
                e.span,
                help=f"of all samples it is `{op.name}(x, over = batch)`",
            )
        time = levels.extreme(session, op.name, a.terms["a"], a.terms["b"], e, context) if a.valid else None
        if time is not None:
            return time
        if a.valid and any(isinstance(t.type, (Latent, Tensor)) for t in a.terms.values()):
            return chosen(session, op.name, [as_number(t) for t in a.terms.values()], e, context)
        left, right = a.number("a"), a.number("b")
        if not a.valid or left is None or right is None:
            return unknown(e.span)
        x, y = left.constant, right.constant
        if isinstance(x, (int, Fraction)) and isinstance(y, (int, Fraction)):
            assert op.python is not None
            return replace(left if op.python(x, y) == x else right, place=e.span)
        assert isinstance(left.type, Scalar) and isinstance(right.type, Scalar)
        axes = max(left.type.axes, right.type.axes, key=len)
        scope = "step" if left.type.scope == right.type.scope == "step" else "sample"
        kind = "int" if left.type.kind == right.type.kind == "int" else "float"
        type_ = Scalar(kind, axes, scope)
        p, q = left.coef, right.coef
        coef = function(op.name, p, q) if p is not None and q is not None else fresh_number(session, e.span)
        value = session.value(op.name, (left, right), type_, e.span, context)
        dim = whole_result(session, op, (left, right)) if kind == "int" else None
        if dim is not None:
            session.numbers.is_whole(value, dim)
        return Term(value, coef=coef, dim=dim)

    return typed
