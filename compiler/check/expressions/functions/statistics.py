"""`max(x, over = batch)`, `std`, `norm`: numbers of a sample, a frame, a channel or of many samples."""

from __future__ import annotations

from .....stages.op import Op
from ....base.diagnostics import Fix
from ....program.ops import OVER, PER
from ....program.values import Value
from ....syntax import ast
from ....types.describe import noun
from ....types.points import ANY, POSITIVE
from ....types.types import Latent, Scalar, Tensor, Type
from ...core.context import Context
from ...core.session import Session
from ...core.term import Term, unknown
from ..arguments import Arguments
from ..batch_means import has_samples
from ..operators import as_number, computed
from ..products import is_one_tensor
from .numbers_for import fits_over, has_numbers_for

AXES = {"sample": ("b",), "frame": ("b", "t"), "prompt": ("b",)}
"""What the numbers vary over."""


def of_all(session: Session, op: Op, a: Arguments, e: ast.Call, context: Context) -> Term:
    """`max(x, over = batch)`, `max(x, over = prompt)`"""
    over = a.word("over", ("batch", "prompt"))
    if not a.valid:
        return unknown(e.span)
    if "b" in a.terms:
        return session.error(
            "bad-setting",
            f"`{op.name}` is of two values, or of one over many samples",
            e.span,
            help=f"leave `over` out, or write `{op.name}({op.name}(a, b), over = {over})`",
        )
    x = as_number(a.terms["a"])
    if not _is_of_numbers(session, op.name, x) or not fits_over(session, e, x, None, over):
        return unknown(e.span)
    if not is_one_tensor(session, x, f"`{op.name}` is of one tensor"):
        return unknown(e.span)
    type_ = Scalar("float", AXES.get(over or "", ()), "sample")
    value = session.value(op.of_samples, (x,), type_, e.span, context, PER(None), OVER(over))
    return Term(value, coef=session.latents.coefficient(value, ANY))


def std(session: Session, e: ast.Call, context: Context) -> Term:
    """`std(x, per = sample)`, `std(x, over = batch)`: the root of the mean squared distance from the mean."""
    a = Arguments(session, e, context, ("x", "per", "over"), 1)
    per = a.word("per", ("sample", "frame", "channel"))
    over = a.word("over", ("batch", "prompt"))
    if not a.valid:
        return unknown(e.span)
    x = as_number(a.terms["x"])
    if not has_samples(x.type):
        return session.error(
            "type-mismatch", f"`std` works on tensors of samples, not on {noun(x.type)}", x.span
        )
    if not fits_over(session, e, x, per, over) or not has_numbers_for(session, x, per):
        return unknown(e.span)
    if per is None and over is None:
        return _of_nothing(session, "std", x, e, "`std` says of what: `per = sample` or `over = batch`")
    flat = isinstance(x.type, Scalar) and x.type.axes == ("b",)
    if per == "sample" and flat:
        return session.error(
            "type-mismatch",
            f"this is one number for each sample, whose spread is 0: {noun(x.type)}",
            x.span,
            str(x.type),
            help="`over = batch` goes over all samples",
        )

    def made(op: str, type_: Type, *args: Value, attributes: tuple[tuple[str, object], ...] = ()) -> Value:
        return session.value(op, tuple(map(Term, args)), type_, e.span, context, *attributes)

    def mean(v: Value) -> Value:
        if per == "channel":
            return made("mean_of_channels", v.type, v)
        axes = AXES.get(per or over or "", ())
        return made("mean", Scalar("float", axes, "sample"), v, attributes=(PER(per), OVER(over)))

    like = _as_computed(x.type)
    spread = made("square", like, made("sub", like, x.value, mean(x.value)))
    variance = mean(spread)
    value = made("root", variance.type, variance)
    if isinstance(value.type, Latent):
        return Term(value)
    return Term(value, coef=session.latents.coefficient(value, POSITIVE))


def _as_computed(t: Type) -> Type:
    """What arithmetic makes of numbers, tensors and latents: of these no mix of data and noise."""
    match t:
        case Latent(space=space):
            return Latent(space, None)
        case Tensor():
            return computed(t)
        case Scalar(axes=axes, scope=scope):
            return Scalar("float", axes, scope)
        case _:
            return t


def norm(session: Session, e: ast.Call, context: Context) -> Term:
    """`norm(x, per = sample)`, `norm(x, per = channel)`"""
    a = Arguments(session, e, context, ("x", "per"), 1)
    per = a.word("per", ("sample", "channel"))
    if not a.valid:
        return unknown(e.span)
    x = as_number(a.terms["x"])
    if not has_samples(x.type):
        return session.error(
            "type-mismatch", f"`norm` works on tensors of samples, not on {noun(x.type)}", x.span
        )
    if not is_one_tensor(session, x, "a norm is of one tensor") or not has_numbers_for(session, x, per):
        return unknown(e.span)
    if per is None:
        return _of_nothing(session, "norm", x, e, "`norm` is of each sample as one vector")
    if isinstance(x.type, Latent) and per == "channel":
        return Term(session.value("norm", (x,), Latent(x.type.space, None), e.span, context, PER(per)))
    type_ = Scalar("float", ("b",), "sample")
    value = session.value("norm", (x,), type_, e.span, context, PER(per))
    return Term(value, coef=session.latents.coefficient(value, POSITIVE))


def _is_of_numbers(session: Session, name: str, x: Term) -> bool:
    if isinstance(x.type, (Latent, Tensor)) or (
        isinstance(x.type, Scalar) and x.type.kind in ("int", "float")
    ):
        return True
    session.error("type-mismatch", f"`{name}` works on numbers and tensors, not on {noun(x.type)}", x.span)
    return False


def _of_nothing(session: Session, name: str, x: Term, e: ast.Call, message: str) -> Term:
    """Reports that it is not said for what there is a number each."""
    text = x.span.text
    return session.error(
        "missing-argument",
        message,
        e.span,
        help=f"`{name}({text}, per = sample)`" if len(text) <= 40 else "`per = sample`",
        fixes=(Fix("of each sample", e.span, f"{name}({text}, per = sample)"),),
    )
