"""Losses: what they compare, their weights, and over what they average."""

from __future__ import annotations

from .....stages.op import Op
from ....base.diagnostics import Label
from ....program.ops import NORM, OPTIONS, OVER, PER, PRECISION, SAMPLES
from ....syntax import ast
from ....types.points import POSITIVE
from ....types.types import Latent, Scalar, Tensor
from ...core.context import Context
from ...core.matching import quantity_match
from ...core.session import Session
from ...core.term import Term, unknown
from ..arguments import Arguments, Rule, float_of
from ..batch_parts import without_parts
from ..operators import as_number
from ..products import is_one_tensor
from .numbers_for import fits_over, has_numbers_for


def loss(op: Op) -> Rule:
    extra = tuple(option for option, _ in op.options)
    words = ("norm",) if op.of_vectors else ()

    def typed(session: Session, e: ast.Call, context: Context) -> Term:
        names = ("a", "b", *extra, "weight", "mask", "per", "over", *words, "precision")
        e, part, fits_part = without_parts(session, e, context)
        a = Arguments(session, e, context, names, 2, by_name=2 + len(extra))
        per = a.word("per", ("sample", "frame", "channel"))
        over = a.word("over", ("batch",))
        norm = a.word("norm", ("sample",))
        precision = a.word("precision", ("f64",))
        if not a.valid:
            return unknown(e.span)
        left, right = as_number(a.terms["a"]), as_number(a.terms["b"])
        help = "`target(x0, eps, t)` of a role is what its network predicts"
        fits = quantity_match.compare(session, "this loss compares", left, right, context, predicted=help)
        fits = fits_over(session, e, left, per, over) and has_numbers_for(session, left, per) and fits
        if isinstance(left.type, Latent) != isinstance(right.type, Latent):
            bad, other = (left, right) if not isinstance(left.type, Latent) else (right, left)
            session.error(
                "type-mismatch",
                f"this loss compares {quantity_match.article(str(other.type))} with {quantity_match.article(str(bad.type))}",
                bad.span,
                str(bad.type),
                labels=(Label(other.span, str(other.type)),),
            )
            fits = False
        elif (
            isinstance(left.type, Tensor)
            and isinstance(right.type, Tensor)
            and left.type.dims != right.type.dims
        ):
            session.error("dim-mismatch", f"this loss compares {left.type} with {right.type}", right.span)
            fits = False
        elif not isinstance(left.type, (Latent, Tensor, Scalar)):
            session.error("type-mismatch", f"a loss compares tensors, not {left.type}", left.span)
            fits = False
        beside = [a.terms[name] for name in ("weight", "mask") if name in a.terms]
        for given in beside:
            if isinstance(given.type, Tensor):
                fits = fits and is_one_tensor(session, left, f"a weight {given.type} lies beside one tensor")
        if norm is not None:
            fits = fits and is_one_tensor(session, left, "a norm is of one tensor")
        args = [left, right]
        fits = _fits_together(session, e, a, per, norm) and fits_part and fits
        if part is not None and (per is not None or over is not None):
            word = "per" if per is not None else "over"
            session.error(
                "bad-setting",
                f"a loss of a part of a batch is one number, and `{word} = {per or over}` asks for another",
                e.span,
                help=f"leave `{word}` out",
            )
            fits = False
        for option in ("weight", *extra, "mask"):
            if option in a.terms:
                given = as_number(a.terms[option])
                fits = _is_weight(session, option, given) and fits
                if option in extra and float_of(given, 1.0) <= 0:
                    session.error("bad-setting", f"`{option}` is above 0", given.choice or given.span)
                    fits = False
                args.append(given)
        axes = {"sample": ("b",), "frame": ("b", "t")}.get(per or "", ())
        given_options = tuple(o for o in ("weight", *extra, "mask") if o in a.terms)
        type_: Scalar | Latent = Scalar("float", axes, "sample")
        if per == "channel" and isinstance(left.type, Latent):
            type_ = Latent(left.type.space, None)
        options = (
            PER(per),
            OVER(over),
            NORM(norm),
            PRECISION(precision),
            OPTIONS(given_options),
            SAMPLES(part),
        )
        value = session.value(op.name, tuple(args), type_, e.span, context, *options)
        session.latents.read_at[id(value)] = (value, (left.span, right.span))
        return Term(value, coef=session.latents.coefficient(value, POSITIVE)) if fits else unknown(e.span)

    return typed


def _fits_together(session: Session, e: ast.Call, a: Arguments, per: str | None, norm: str | None) -> bool:
    """A mask picks elements, and a norm takes a sample whole: each gives one number for a sample at most."""
    clash = ""
    if norm is not None and "mask" in a.terms:
        clash = "`norm = sample` takes all elements of a sample together, and `mask` picks some of them"
    elif per in ("frame", "channel") and (norm is not None or "mask" in a.terms):
        what = "norm = sample" if norm is not None else "mask"
        clash = f"`{what}` gives one number for each sample, and `per = {per}` one for each {per}"
    if clash:
        session.error("bad-setting", clash, e.span, help="leave one of them out")
    return not clash


def _is_weight(session: Session, option: str, given: Term) -> bool:
    """A weight is a number for each sample, frame or element, a mask a tensor of them, `delta` a number for each sample."""
    match given.type:
        case Tensor(kind="mask" | "f32" | "bf16" | "f16") if option in ("weight", "mask"):
            return True
        case Scalar(kind="int" | "float") if option != "mask":
            return True
        case Latent() if option == "weight":
            return True
        case Tensor(kind="i64"):
            code, what = "dtype-mismatch", str(given.type)
        case other:
            code, what = "type-mismatch", quantity_match.article(str(other))
    wanted = "a mask" if option == "mask" else "a number, a mask or a tensor of floats"
    session.error(
        code,
        f"`{option}` is {wanted}, and this is {what}",
        given.choice or given.span,
        str(given.type),
    )
    return False
