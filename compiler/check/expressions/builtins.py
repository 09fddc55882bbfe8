"""Built-in functions, distributions and draws: one table from name to typing rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ....stages.op import Op
from ....stages.table import FUNCTIONS
from ...base.diagnostics import Fix, Label
from ...base.frozen import replace
from ...base.source import Source, Span
from ...syntax import ast
from ...syntax.parser import parse_expression
from ...types.quantity import const
from ...types.types import Latent, RoleType, Scalar, Tensor
from ..core import quantity_match
from ..core.context import Context
from ..core.evaluate import evaluate
from ..core.role_binding import RoleBinding
from ..core.session import Session
from ..core.term import Term, unknown
from ..core.type_match import mismatch
from . import conversions, distributions, operators, reductions
from .arguments import Arguments, float_of, fresh_number
from .gradient_flow import may_carry_gradient
from .guidance import check_guidance
from .operators import as_number

Rule = Callable[[Session, ast.Call, Context], Term]
"""Types a call of a built-in function."""


# gradients, guidance, losses


def stop(session: Session, e: ast.Call, context: Context) -> Term:
    a = Arguments(session, e, context, ("x",), 1)
    if not a.valid:
        return unknown(e.span)
    x = as_number(a.terms["x"])
    if not session.bag.muted:
        # a graph may be expanded many times: a stop is redundant if it cuts nothing in any of them
        session.usage.stops[e.span] = session.usage.stops.get(e.span, True) and not may_carry_gradient(
            x.value, session.families
        )
    return replace(x, value=session.value("stop", (x,), x.type, e.span, context), place=None)


def without_stop(span: Span) -> tuple[Fix, ...]:
    """`stop(x)` as `x`, where it stands on one line."""
    inner = span.text.removeprefix("stop(").removesuffix(")").strip()
    if len(inner) == len(span.text) or "\n" in inner:
        return ()
    alone = isinstance(parse_expression(Source("", inner)), (ast.Name, ast.Attr, ast.Call, ast.Index))
    return (Fix("leave the `stop(...)` out", span, inner if alone else f"({inner})", safe=True),)


def guide(session: Session, e: ast.Call, context: Context) -> Term:
    a = Arguments(session, e, context, ("c", "u", "scale", "extra"), 2)
    scale, extra = a.number("scale"), a.number("extra")
    if not a.valid:
        return unknown(e.span)
    if (scale is None) == (extra is None):
        both = scale is not None
        return session.error(
            "bad-setting" if both else "missing-argument",
            "`guide` takes `scale` or `extra`, not both" if both else "`guide` needs its `scale`",
            e.span,
            help="`scale` is s of u + s*(c - u), `extra` is w of c + w*(c - u): s = 1 + w",
        )
    if extra is not None:
        scale = operators.plus_one(session, extra, context)
    assert scale is not None
    c, u = a.terms["c"], a.terms["u"]
    if not isinstance(c.type, Latent) or not isinstance(u.type, Latent):
        bad = c if not isinstance(c.type, Latent) else u
        return session.error("type-mismatch", f"`guide` works on latents, not {bad.type}", bad.span)
    if not quantity_match.spaces_fit(c.type.space, u.type.space):
        return session.error(
            "space-mismatch",
            f"`guide` combines a latent of `{c.type.space}` with one of `{u.type.space}`",
            e.span,
        )
    if not check_guidance(session, c, u, e):
        return unknown(e.span)
    q = None
    p, r = c.type.quantity, u.type.quantity
    if p is not None and r is not None:
        if p != r and not (p.a == r.a and p.b == r.b):
            quantity_match.compare(session, "`guide` combines", u, c, context)
            return unknown(e.span)
        q = r + (p - r).scale(scale.coef if scale.coef is not None else const(1))
    return Term(session.value("guide", (c, u, scale), Latent(c.type.space, q), e.span, context))


def loss(op: Op) -> Rule:
    extra = tuple(option for option, _ in op.options)

    def typed(session: Session, e: ast.Call, context: Context) -> Term:
        a = Arguments(session, e, context, ("a", "b", "weight", *extra, "per"), 2)
        per = a.word("per", ("sample", "frame"))
        if not a.valid:
            return unknown(e.span)
        left, right = as_number(a.terms["a"]), as_number(a.terms["b"])
        fits = quantity_match.compare(session, "this loss compares", left, right, context)
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
        args = [left, right]
        for option in ("weight", *extra):
            if option in a.terms:
                given = as_number(a.terms[option])
                fits = _is_weight(session, option, given) and fits
                if option in extra and float_of(given, 1.0) <= 0:
                    session.error("bad-setting", f"`{option}` is above 0", given.choice or given.span)
                    fits = False
                args.append(given)
        axes = {"sample": ("b",), "frame": ("b", "t")}.get(per or "", ())
        given_options = tuple(o for o in ("weight", *extra) if o in a.terms)
        type_ = Scalar("float", axes, "sample")
        value = session.value(op.name, tuple(args), type_, e.span, context, per=per, options=given_options)
        return Term(value, coef=fresh_number(session, e.span)) if fits else unknown(e.span)

    return typed


# distributions and times


def _is_weight(session: Session, option: str, given: Term) -> bool:
    """A weight is a number for each sample, frame or element; `delta` one number."""
    match given.type:
        case Scalar(kind="int" | "float"):
            return True
        case Latent() | Tensor(kind="mask" | "f32" | "bf16" | "f16") if option == "weight":
            return True
        case Tensor(kind="i64"):
            code, what = "dtype-mismatch", str(given.type)
        case other:
            code, what = "type-mismatch", quantity_match.article(str(other))
    session.error(
        code,
        f"`{option}` is a number, a mask or a tensor of floats, and this is {what}",
        given.choice or given.span,
        str(given.type),
    )
    return False


def select(session: Session, e: ast.Call, context: Context) -> Term:
    a = Arguments(session, e, context, ("condition", "a", "b"), 3)
    if not a.valid:
        return unknown(e.span)
    c, x, y = a.terms["condition"], as_number(a.terms["a"]), as_number(a.terms["b"])
    if not isinstance(c.type, Scalar) or c.type.kind != "bool":
        return session.error("type-mismatch", f"`select` chooses by true or false, not {c.type}", c.span)
    if isinstance(x.type, Latent) and isinstance(y.type, Latent):
        if not quantity_match.compare(session, "`select` mixes", x, y, context):
            return unknown(e.span)
    elif (problem := mismatch(x.type, y.type)) is not None:
        return session.error(
            problem.code,
            f"`select` chooses between two values of one type: the first {problem.clause}",
            y.span,
            str(y.type),
            labels=(Label(x.span, str(x.type)),),
        )
    return Term(
        session.value("select", (c, x, y), x.type, e.span, context), coef=fresh_number(session, e.span)
    )


def concat(session: Session, e: ast.Call, context: Context) -> Term:
    axis = next((a.value for a in e.args if a.name == "axis"), None)
    items = [evaluate(session, a.value, context) for a in e.args if a.name is None]
    if not items or not isinstance(axis, ast.Name):
        return session.error("missing-argument", "`concat` takes tensors and `axis = NAME`", e.span)
    if any(i.unknown for i in items):
        return unknown(e.span)
    value = session.value("concat", tuple(items), items[0].type, e.span, context, axis=axis.id)
    first = items[0].type
    if isinstance(first, Latent):
        value = replace(value, type=Latent(first.space, None))
    return Term(value)


def average(session: Session, e: ast.Call, context: Context) -> Term:
    a = Arguments(session, e, context, ("role", "decay"), 1)
    decay = a.number("decay")
    if not a.valid:
        return unknown(e.span)
    role = a.terms["role"]
    if not isinstance(role.type, RoleType) or not isinstance(role.role, RoleBinding):
        return session.error("type-mismatch", f"`average` takes a role, not {role.type}", role.span)
    rate = 0.999 if decay is None else float_of(decay, 0.999)
    if not 0 < rate < 1:
        return session.error("bad-setting", "a decay lies between 0 and 1", e.span)
    if not role.role.trainable:
        return session.error(
            "not-trainable",
            f"`{role.role.name}` is frozen, so that its average is what it always was",
            e.span,
            labels=(Label(role.role.span, "frozen: it says no `train`"),),
            help=f"use `{role.span.text}` itself",
            role=role.role.name,
        )
    return replace(role, role=role.role.averaged(rate), place=e.span)


SHARED: Mapping[str, Callable[[Op], Rule]] = {
    "loss": loss,
    "reduction": reductions.reduction,
    "elementwise": reductions.elementwise,
    "extreme": reductions.extreme,
    "normal": lambda op: distributions.number_range(*op.support),
    "times": lambda op: distributions.times_list(op.name),
}
"""The rules that type the calls of several ops."""

OWN: Mapping[str, Rule] = {
    "stop": stop,
    "guide": guide,
    "uniform": distributions.uniform,
    "pick": distributions.pick,
    "shifted": distributions.shifted,
    "clamp": distributions.clamp,
    "grid": distributions.grid,
    "len": distributions.length,
    "select": select,
    "concat": concat,
    "average": average,
    "recast": conversions.recast,
    "bridge": conversions.bridge,
    "jvp": conversions.jvp,
}
"""The rules of one op each."""

BUILT_IN: Mapping[str, Rule] = {
    name: SHARED[op.rule](op) if op.rule in SHARED else OWN[op.rule] for name, op in FUNCTIONS.items()
}
