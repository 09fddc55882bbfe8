"""Means, sums and functions of single elements."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from .....stages.op import Op
from .....stages.table import OPS
from ....base.diagnostics import Fix
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
from ..batch_means import has_samples
from ..element_choices import chosen
from ..operators import as_number, computed, whole_result
from ..products import is_one_tensor
from ..times import levels


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
        if per == "frame" and not is_one_tensor(session, x, "frames are those of one tensor"):
            return unknown(e.span)
        if not fits_over(session, e, x, per, over) or not has_frames(session, x, per):
            return unknown(e.span)
        if per == "channel":
            return _of_channels(session, op, x, e, context)
        axes = {"sample": ("b",), "frame": ("b", "t"), "prompt": ("b",)}.get(per or over or "", ())
        type_ = Scalar("float", axes, "sample")
        value = session.value(op.name, (x,), type_, e.span, context, PER(per), OVER(over))
        where = POSITIVE if OPS[x.value.op].measures else ANY
        return Term(value, coef=session.latents.coefficient(value, where))

    return typed


def _of_channels(session: Session, op: Op, x: Term, e: ast.Call, context: Context) -> Term:
    """At each element what its sample's channel has: a weight that lies beside the latents."""
    if not is_one_tensor(session, x, "channels are those of one tensor"):
        return unknown(e.span)
    channels = isinstance(x.type, Latent) and (not x.type.space.dims or x.type.space.axes[1:2] == (None,))
    if not isinstance(x.type, Latent) or not channels:
        return session.error(
            "rank-mismatch",
            f"`per = channel` gives a number for each channel of latents, and {noun(x.type)} has none",
            x.span,
            str(x.type),
            help="`per = sample` gives one for each sample",
        )
    type_ = Latent(x.type.space, None)
    return Term(session.value(f"{op.name}_of_channels", (x,), type_, e.span, context))


def norm(session: Session, e: ast.Call, context: Context) -> Term:
    """`norm(x, per = sample)`"""
    a = Arguments(session, e, context, ("x", "per"), 1)
    per = a.word("per", ("sample",))
    if not a.valid:
        return unknown(e.span)
    x = as_number(a.terms["x"])
    if not has_samples(x.type):
        return session.error(
            "type-mismatch", f"`norm` works on tensors of samples, not on {noun(x.type)}", x.span
        )
    if not is_one_tensor(session, x, "a norm is of one tensor"):
        return unknown(e.span)
    if per is None:
        return session.error(
            "missing-argument",
            "`norm` is of each sample as one vector",
            e.span,
            help=f"`norm({x.span.text}, per = sample)`" if len(x.span.text) <= 40 else "`per = sample`",
            fixes=(Fix("of each sample", e.span, f"norm({x.span.text}, per = sample)"),),
        )
    type_ = Scalar("float", ("b",), "sample")
    value = session.value("norm", (x,), type_, e.span, context)
    return Term(value, coef=session.latents.coefficient(value, POSITIVE))


def has_frames(session: Session, x: Term, per: str | None) -> bool:
    """Whether there are frames to give a number each, where that is asked for; reports if not."""
    if per != "frame" or x.unknown:
        return True
    match x.type:
        case Latent(space=space):
            axes = space.axes if space.dims else ("t",)  # a space that is not known may have them
        case Tensor(axes=axes) | Scalar(axes=axes):
            pass
        case _:
            return True
    if "t" in axes:
        return True
    session.error(
        "rank-mismatch",
        f"`per = frame` gives a number for each latent frame, and {noun(x.type)} has none",
        x.span,
        str(x.type),
        help="`per = sample` gives one for each sample",
    )
    return False


def fits_over(session: Session, e: ast.Call, x: Term, per: str | None, over: str | None) -> bool:
    """Whether there are samples to go over; reports if not."""
    if over is None:
        return True
    place = next((a.span for a in e.args if a.name == "over"), e.span)
    if per is not None:
        session.error(
            "bad-setting",
            f"`per = {per}` gives a number for each {per}, and `over = {over}` one of many samples",
            place,
            help=f"leave one out; of each sample's own number: `mean(mean(x, per = {per}), over = {over})`",
        )
        return False
    if over == "batch" and not has_samples(x.type):
        session.error("type-mismatch", "this is one number, and no samples to go over", x.span, str(x.type))
        return False
    if over == "prompt" and not (isinstance(x.type, Scalar) and x.type.axes == ("b",)):
        session.error(
            "type-mismatch",
            f"`over = prompt` goes over one number for each sample, and this is {noun(x.type)}",
            x.span,
            str(x.type),
            help="make one of each sample first: `mean(x, per = sample)`",
        )
        return False
    return True


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
        a = Arguments(session, e, context, ("a", "b"), 2)
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
