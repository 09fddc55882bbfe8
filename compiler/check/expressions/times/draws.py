"""Draws: `x ~ distribution per scope`."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ....base.diagnostics import Label, nearest, respelt
from ....program.ops import CHUNK, FRAMES, PARTS, SCOPE, SITE
from ....program.values import Value
from ....syntax import ast
from ....types.coefficients import Time
from ....types.dims import Dim
from ....types.points import Support
from ....types.quantity import NOISE
from ....types.types import ANY_SPACE, PART, Distribution, Latent, Level, Scalar, Space, TimeType, Type
from ...core.context import Context
from ...core.evaluate import evaluate
from ...core.matching import quantity_match
from ...core.session import Session
from ...core.term import Term, unknown
from ..arguments import fresh_number

SCOPES: Mapping[str, tuple[str, ...]] = {
    "sample": ("b",),
    "frame": ("b", "t"),
    "chunk": ("b", "t"),
    "part": ("b", PART),
    "step": (),
}


def draw(session: Session, s: ast.Draw, context: Context) -> Term:
    """`x ~ distribution per scope`"""
    d = evaluate(session, s.distribution, context)
    scope = s.scope or "sample"
    if scope not in SCOPES:
        near = nearest(scope, SCOPES)
        return session.error(
            "unknown-name",
            f"a draw is per {', '.join(SCOPES)}, not per `{scope}`",
            s.span,
            help=f"did you mean `{near}`?" if near else "",
            fixes=respelt(scope, near, s.span, closed=True),
        )
    args = (d, *context.loops)
    chunk = None
    if s.scope_arg is not None:
        chunk = evaluate(session, s.scope_arg, context)
    elif scope == "chunk":
        return session.error("missing-argument", "`per chunk` needs its length: `per chunk(3)`", s.span)
    if d.unknown or not _frames_fit(session, s, d, scope, chunk, context):
        return unknown(s.span)
    if not isinstance(d.type, Distribution):
        return session.error(
            "type-mismatch",
            f"`~` draws from a distribution, and this is {quantity_match.article(str(d.type))}",
            s.distribution.span,
            help=f"`{s.target.id} = ...` gives a name to a value",
        )
    axes = SCOPES[scope]
    if not _is_of_scope(session, s, d, scope):
        return unknown(s.span)
    site = site_of(session, context, s.target.id)
    kind = "step" if scope == "step" else "sample"

    frames = chunk.constant if chunk is not None else None

    def made(type_: Type) -> Value:
        return session.value(
            "draw",
            args,
            type_,
            s.span,
            context,
            SITE(site),
            SCOPE(scope),
            CHUNK(frames if isinstance(frames, int) else None),
            FRAMES(_frames(session, d, context) if "t" in axes else None),
            PARTS(_parts(session, d, context) if PART in axes else None),
        )

    key = f"draw {site} {'.'.join(str(t.start) for t in context.trace)}"
    if d.type.of == "noise":
        assert d.type.space is not None
        session.latents.drawing.update((id(i.value), i.value) for i in context.loops)
        return Term(made(Latent(d.type.space, NOISE)))
    if d.type.of == "int":
        dim = _whole_between(session, d, s.target.id)
        whole = made(Scalar("int", axes, kind))
        if dim is not None:
            session.numbers.is_whole(whole, dim)
        return Term(whole, coef=fresh_number(session, s.span), dim=dim)
    if d.type.of == "time":
        return Term(made(TimeType(Time("symbol", key), axes)), choice=d.choice, shifted=d.shifted)
    if d.type.low >= 0 and d.type.high <= 1:
        low, high = d.type.low, d.type.high
        type_ = Level(Time("symbol", key, support=Support(low, high)), axes, kind, low, high)
        return Term(made(type_), choice=d.choice, shifted=d.shifted)
    number = fresh_number(session, s.span, _support(d.type.low, d.type.high))
    return Term(made(Scalar("float", axes, kind)), coef=number, choice=d.choice)


def _is_of_scope(session: Session, s: ast.Draw, d: Term, scope: str) -> bool:
    """Whether what a distribution is made of is one for all that share a number: reports numbers of each sample under a draw
    for the step, and of each frame under a draw for the sample."""
    stack, axes = [d.value], SCOPES[scope]
    while stack:
        v = stack.pop()
        if isinstance(v.type, Distribution):
            stack += v.args
        varies = [a for a in getattr(v.type, "axes", ()) if a not in axes and isinstance(v.type, Scalar)]
        if varies:
            whose, shared = ("frame", "sample") if varies == ["t"] else ("sample", scope)
            session.error(
                "rank-mismatch",
                f"this draws one number for each {shared} from numbers of each {whose}",
                s.span,
                labels=(Label(v.span, str(v.type)),) if not s.span.covers(v.span) else (),
                help=f"draw it `per {whose}`",
            )
            return False
    return True


def _support(low: float, high: float) -> Support:
    return Support(None if math.isinf(low) else low, None if math.isinf(high) else high)


def site_of(session: Session, context: Context, name: str) -> str:
    """The name of a draw's random stream: its way from the program, with a number if another draw has that."""
    path = ".".join((*context.site, name))
    if session.bag.muted:
        return path
    n = session.sites[path] = session.sites.get(path, 0) + 1
    return path if n == 1 else f"{path}.{n}"


def _frames_fit(
    session: Session, s: ast.Draw, d: Term, scope: str, chunk: Term | None, context: Context
) -> bool:
    """A draw for each frame or chunk wants latents with frames. A last chunk that is shorter is told: a sampler may make
    the first one longer."""
    if chunk is not None and scope != "chunk":
        session.error(
            "unknown-parameter", f"`per {scope}` takes no length", chunk.span, help="`per chunk(3)` does"
        )
        return False
    length = chunk.constant if chunk is not None else None
    known = isinstance(length, int) and length >= 1
    if chunk is not None and not chunk.unknown and not known and (length is not None or session.complete):
        session.error(
            "bad-setting", "a chunk is a whole number of frames, 1 or more", chunk.choice or chunk.span
        )
        return False
    space = _space(session, d, context)
    if scope == "part" and space is not None and not space.factors and space.key != ANY_SPACE:
        session.error(
            "rank-mismatch",
            f"`per part` draws for each part of a product of spaces, and `{space}` is none",
            s.span,
            help="`per sample` draws one value for each sample",
        )
        return False
    if scope not in ("frame", "chunk") or space is None:
        return True
    if space.factors:
        session.error(
            "rank-mismatch",
            f"`per {scope}` draws along the frames of latents, and the parts of `{space}` have frames of their own",
            s.span,
            help="`per sample` draws one value for each sample",
        )
        return False
    if not space.dims:
        return True
    frames = dict(zip(space.axes, space.dims)).get("t")
    if frames is None:
        session.error(
            "rank-mismatch",
            f"`per {scope}` draws along the frames of latents, and those of `{space}` have none",
            s.span,
            help="`per sample` draws one value for each sample",
        )
        return False
    n = frames.constant
    if n is not None and isinstance(length, int) and n % length:
        place = chunk.choice or chunk.span if chunk is not None else s.span
        session.error(
            "not-divisible",
            f"{n} latent frames do not divide into chunks of {length}: the last chunk is of {n % length}",
            place,
            f"{n} leaves {n % length} when divided by {length}",
            labels=(Label(s.span, "drawn for each chunk here"),) if place != s.span else (),
            facts=(f"latents of `{space}` have {n} frames",),
            help="`allow(not-divisible)` says that it is meant",
            mild=True,
        )
    return True


def _space(session: Session, d: Term, context: Context) -> Space | None:
    """The latents that a draw for each frame is for: those of the noise, or of the role at hand."""
    if isinstance(d.type, Distribution) and d.type.space is not None:
        return d.type.space
    role = context.family or session.default_role
    return role.model.space if role is not None else None


def _frames(session: Session, d: Term, context: Context) -> int | None:
    space = _space(session, d, context)
    frames = dict(zip(space.axes, space.dims)).get("t") if space is not None else None
    return frames.constant if frames is not None else None


def _parts(session: Session, d: Term, context: Context) -> tuple[str, ...] | None:
    space = _space(session, d, context)
    return tuple(n for n, _ in space.factors) if space is not None else None


def _whole_between(session: Session, d: Term, name: str) -> Dim | None:
    """The whole number that a pick gives, within what it is picked from."""
    if isinstance(d.constant, tuple):
        low, high = d.constant
        if low.dim is None or high.dim is None:
            return None
        return session.numbers.whole(name, low.dim, high.dim - 1)
    known = [i.dim.constant for i in d.items or () if i.dim is not None and i.dim.constant is not None]
    if not d.items or len(known) < len(d.items):
        return None
    return session.numbers.whole(name, Dim.of(min(known)), Dim.of(max(known)))
