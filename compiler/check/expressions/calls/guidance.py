"""Guidance, `guide(c, u, scale)`: is it the conditional call that is led away from the unconditional one?

Both sides are the same quantity, so the algebra cannot distinguish them. They differ in where their
conditioning comes from: the family's `cond` or its `uncond`.
"""

from __future__ import annotations

from .....stages.table import OPS
from ....base.diagnostics import Fix, Label
from ....base.frozen import replace
from ....program.ops import EACH, NAME, OPTIONS, ROLE, STAGE, VALUE, ZERO
from ....program.values import Value
from ....syntax import ast
from ....types.coefficients import const
from ....types.types import ANY_SPACE, Latent, Record, Scalar, axes_of
from ...core.context import Context
from ...core.matching import quantity_match
from ...core.session import Session
from ...core.term import Term, unknown
from .. import operators
from ..arguments import Arguments
from .numbers_of_parts import numbers_of_parts, share_of

CONDITIONS = ("cond", "uncond")
"""The graphs of a family that make the records of the two calls."""


NAMES = ("c", "u", "scale", "extra", "zero", "rescale", "norm")


def guide(session: Session, e: ast.Call, context: Context) -> Term:
    of_parts = tuple(dict.fromkeys(g.name for g in e.args if g.name is not None and g.name not in NAMES))
    a = Arguments(session, e, context, (*NAMES, *of_parts), 2, by_name=3)
    scale, extra = a.number("scale"), a.number("extra")
    scales = numbers_of_parts(session, a, NAMES, of_parts, e) if of_parts else None
    zero, rescale = _is_projected(session, a), share_of(session, a.number("rescale"), a, context)
    if not a.valid:
        return unknown(e.span)
    if scales is not None:
        scale = next(iter(scales.values()))
    elif (scale is None) == (extra is None):
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
    if scale.constant == 0 and scale.constant is not False:
        session.error(
            "bad-setting",
            "a guidance scale of 0 leaves the unconditional side alone: the prompt is not read",
            scale.choice or scale.value.span,
            help="1 is the conditional side alone, more leads away from the unconditional one",
            mild=True,
        )
    q = None
    p, r = c.type.quantity, u.type.quantity
    if p is not None and r is not None:
        if p != r and not (p.a == r.a and p.b == r.b):
            help = "both sides are predictions of one kind: two of `predict`, or two of `x0`"
            quantity_match.compare(session, "`guide` combines", u, c, context, predicted=help)
            return unknown(e.span)
        q = r + (p - r).scale(scale.coef if scale.coef is not None else const(1))
    given = {"scale": scale} if scales is None else scales
    if rescale is not None:
        given = {**given, "rescale": rescale}
    options = [OPTIONS(tuple(given)), ZERO(zero)]
    if "norm" in a.words:
        each = _each(session, a.words["norm"], c.type)
        if each is None:
            return unknown(e.span)
        options.append(EACH(each))
    type_ = Latent(c.type.space, q)
    return Term(session.value("guide", (c, u, *given.values()), type_, e.span, context, *options))


def _is_projected(session: Session, a: Arguments) -> bool:
    """`zero = true`, which is known before training."""
    zero = a.terms.get("zero")
    if zero is None or zero.unknown:
        return False
    if isinstance(zero.constant, bool):
        return zero.constant
    is_bool = isinstance(zero.type, Scalar) and zero.type.kind == "bool"
    if session.complete or not is_bool:
        session.error(
            "bad-setting" if is_bool else "type-mismatch",
            "`zero` is true or false, and is known before training",
            zero.choice or zero.span,
            str(zero.type),
            help="guidance that is projected at some times alone is a `select` of two guided predictions"
            if is_bool
            else "`zero = true` scales the unconditional side by its projection",
        )
        a.valid = False
    return False


def _each(session: Session, e: ast.Expr, type: Latent) -> tuple[int, ...] | None:
    """`norm = [h/2, w/2]`: how many latents one token has along each axis behind the channels, 0 where it has all."""
    sides: dict[str, int] = {}
    for item in e.items if isinstance(e, ast.ListExpr) else ():
        match item:
            case ast.Name(id=axis):
                sides[axis] = 1
            case ast.Binary(op="/", left=ast.Name(id=axis), right=ast.Number(value=int() as k)) if k > 0:
                sides[axis] = k
            case _:
                sides[""] = 0
    axes = axes_of(type)[2:]
    known = type.space.key == ANY_SPACE or (not type.space.factors and set(sides) <= set(axes))
    if not sides or "" in sides or not known:
        session.error(
            "bad-setting",
            "`norm` lists the axes of the latents along which there are tokens",
            e.span,
            facts=(f"`{type.space}` has the axes {', '.join(a for a in axes if a)}",) if axes else (),
            help="`norm = [h/2, w/2]`: each token of 2 x 2 latents keeps the length that it has in the conditional side",
        )
        return None
    for named, dim in zip(axes, type.space.dims[2:]):
        count, k = dim.constant, sides.get(named or "", 0)
        if count is not None and k and count % k:
            session.error("not-divisible", f"{named} = {count} does not divide into tokens of {k}", e.span)
            return None
    return tuple(sides.get(a or "", 0) for a in axes)


def with_negative(session: Session, graph: str, made: Term) -> Term:
    """What a family's graph gives; the unconditional record with another text where validation asks for one."""
    asked = session.negative
    if asked is None or graph != CONDITIONS[1] or made.value.op != "stage":
        return made
    texts = [a.op == "const" and isinstance(VALUE.of(a), str) for a in made.value.args]
    if not any(texts):
        return made
    args = tuple(
        replace(a, attrs=dict([VALUE(asked.text)])) if text else a for a, text in zip(made.value.args, texts)
    )
    value = replace(made.value, args=args)
    asked.made.append(value)
    return replace(made, value=value)


def check_guidance(session: Session, c: Term, u: Term, e: ast.Call) -> bool:
    """Reports operands that are swapped; warns of operands that are one and the same."""
    sides = _conditions(session, c.value), _conditions(session, u.value)
    if same(c.value, u.value):
        if sides == ({"cond"}, {"uncond"}):
            return True  # wired as it should be: the family is at fault, which is reported there
        session.error(
            "missing-condition",
            "both sides of this guidance are the same, so that it changes nothing",
            e.span,
            labels=(Label(c.span, "the conditional side"), Label(u.span, "the same once more")),
            help="the second side takes the unconditional record: `role.uncond(batch)`",
            mild=True,
        )
    if sides == ({"uncond"}, {"cond"}):
        fixes: tuple[Fix, ...] = ()
        if len(e.args) >= 2 and all(a.name is None for a in e.args[:2]):
            first, second = e.args[0].span, e.args[1].span
            between = first.source.text[first.end : second.start]
            text = second.text + between + first.text
            fixes = (Fix("swap them", first.to(second), text),)
        session.error(
            "sign-mismatch",
            "this guidance leads away from the prompt: its two sides are swapped",
            c.span,
            "the unconditional call, where the conditional one is due",
            labels=(Label(u.span, "the conditional call"),),
            help="`guide(c, u, scale)` is `u + scale*(c - u)`: the conditional call stands first",
            fixes=fixes,
        )
        return False
    return True


def _conditions(session: Session, root: Value) -> set[str]:
    """From which graphs the records of the network calls come that a value is made of."""
    found: set[str] = set()
    stack, seen = [root], set[int]()
    while stack:
        v = stack.pop()
        if id(v) in seen:
            continue
        seen.add(id(v))
        records = _records(session, v)
        if records is None:
            stack.extend(v.args)
        else:
            found |= {which for r in records if (which := _graph_of(session, r)) is not None}
    return found


def _graph_of(session: Session, v: Value) -> str | None:
    """Which of a family's graphs made this record: "cond", "uncond", or None where that is not known."""
    if v.op == "published":
        return NAME.of(v)
    made = session.conditions.get(id(v))
    return made[1] if made is not None else None


def _records(session: Session, v: Value) -> tuple[Value, ...] | None:
    """What a network call takes beside latents and time; None if `v` is no such call."""
    if OPS[v.op].runs == "denoiser":
        return v.args[2:]
    ref = ROLE.find(v)
    if v.op != "stage" or ref is None or ref.name not in session.families:
        return None
    stage = session.families[ref.name].stages[STAGE.of(v)]
    return tuple(a for a in v.args if isinstance(a.type, Record)) if stage.kind == "denoise" else None


def same(a: Value, b: Value) -> bool:
    """Whether two values are the same computation on the same inputs. Draws and loops are the same only if they are one."""
    stack, seen = [(a, b)], set[tuple[int, int]]()
    while stack:
        x, y = stack.pop()
        if x is y or (id(x), id(y)) in seen:
            continue
        seen.add((id(x), id(y)))
        if x.op != y.op or len(x.args) != len(y.args) or OPS[x.op].distinct:
            return False
        if dict(x.attrs) != dict(y.attrs):
            return False
        stack.extend(zip(x.args, y.args))
    return True
