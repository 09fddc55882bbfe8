"""`bridge(x0, to = role)`: clean latents decoded by the codec of their space, and encoded by that of a role."""

from __future__ import annotations

from ...base.diagnostics import nearest, respelt
from ...program.family import Family, Stage
from ...program.ops import DECODE, ENCODE, OF, ROLE
from ...program.values import RoleRef, Value
from ...syntax import ast
from ...types.quantity import CLEAN
from ...types.types import Latent, Space, Tensor
from ..core.context import Context
from ..core.evaluate import evaluate
from ..core.role_binding import AnyFamily, RoleBinding
from ..core.session import Session
from ..core.term import Term, unknown
from .conversions import role_argument

NAMES = ("to", "resize")
"""What it takes beside the latents."""


def bridge(session: Session, e: ast.Call, context: Context) -> Term:
    """Latents that are in the role's space already stay as they are."""
    role = role_argument(session, e, context)
    positional = [a for a in e.args if a.name in (None, "x0")]
    resize = _resize(session, e, context)
    if role is None or resize is None or not _known(session, e):
        return unknown(e.span)
    if len(positional) != 1:
        return session.error(
            "missing-argument", "`bridge` takes one latent", e.span, help="`bridge(x0, to = role)`"
        )
    x = evaluate(session, positional[0].value, context)
    if x.unknown:
        return unknown(e.span)
    if not isinstance(x.type, Latent) or x.type.quantity != CLEAN:
        return session.error(
            "quantity-mismatch", "`bridge` carries clean latents from space to space", x.span
        )
    space = role.model.space
    of: RoleRef | None = None
    decode = encode = None
    if not isinstance(role.model, AnyFamily) and session.families:
        if x.type.space.key == space.key:
            return Term(x.value, place=e.span)
        of = _maker(session, x.value, x.type.space)
        found = _stages(session, e, x, of, role, resize)
        if found is None:
            return unknown(e.span)
        decode, encode = found
    attributes = (ROLE(role.ref), OF(of), DECODE(decode), ENCODE(encode))
    return Term(session.value("bridge", (x,), Latent(space, CLEAN), e.span, context, *attributes))


def _known(session: Session, e: ast.Call) -> bool:
    for a in e.args:
        if a.name not in (None, "x0", *NAMES):
            given = a.name or ""
            near = nearest(given, NAMES)
            session.error(
                "unknown-parameter",
                f"`bridge` has no parameter `{given}`",
                a.span,
                help=f"did you mean `{near}`?" if near else f"beside a latent it takes {' and '.join(NAMES)}",
                fixes=respelt(given, near, a.span),
            )
            return False
    return True


def _resize(session: Session, e: ast.Call, context: Context) -> bool | None:
    """Whether other sizes are asked for; None after an error."""
    given = next((a for a in e.args if a.name == "resize"), None)
    if given is None:
        return False
    term = evaluate(session, given.value, context)
    if isinstance(term.constant, bool):
        return term.constant
    if not term.unknown:
        session.error("bad-setting", "`resize` is `true` or `false`", given.span)
    return None


def _maker(session: Session, x: Value, space: Space) -> RoleRef | None:
    """The role whose codec the latents are of: the last one that made them, else the first with such a space."""
    waiting, seen = [x], set[int]()
    while waiting:
        v = waiting.pop(0)
        if id(v) in seen:
            continue
        seen.add(id(v))
        ref = ROLE.find(v)
        if ref is not None and _has(session.families.get(ref.name), space):
            return RoleRef(ref.name, None)
        waiting += v.args
    return next((RoleRef(n, None) for n, f in session.families.items() if _has(f, space)), None)


def _has(family: Family | None, space: Space) -> bool:
    return family is not None and any(s.key == space.key for s in family.spaces.values())


def _stages(
    session: Session, e: ast.Call, x: Term, of: RoleRef | None, role: RoleBinding, resize: bool
) -> tuple[str, str] | None:
    """The stages that decode and encode; None after an error."""
    assert isinstance(x.type, Latent)
    target = session.families.get(role.ref.name)
    source = session.families.get(of.name) if of is not None else None
    decode = _decoder(source, x.type.space) if source is not None else None
    encode = _encoder(target, role.model.space) if target is not None else None
    if decode is None or encode is None:
        space, does = (x.type.space, "decodes") if decode is None else (role.model.space, "encodes")
        whose = source if decode is None else target
        form = (
            f"decode(x0: clean[{space}]) -> pixels[...]"
            if decode is None
            else f"encode(video: pixels[...]) -> clean[{space}]"
        )
        session.error(
            "missing-condition",
            f"`bridge` goes by pixels, and no stage {does} latents of `{space}` alone",
            e.span,
            help=f"family `{whose.name}` needs a stage `{form}`" if whose is not None else "",
        )
        return None
    given, asked = decode.result.type, encode.inputs[0].declared.type
    assert isinstance(given, Tensor) and isinstance(asked, Tensor)
    of_image = len(given.dims) > len(asked.dims)  # a clip's first frame
    dims = (*given.dims[:2], *given.dims[3:]) if of_image else given.dims
    if dims != asked.dims and (not resize or dims[:-2] != asked.dims[:-2]):
        resizable = dims[:-2] == asked.dims[:-2]
        session.error(
            "dim-mismatch",
            f"`{decode.name}` gives {given}, and `{encode.name}` of `{role.name}` takes {asked}",
            e.span,
            help="`resize = true` scales every frame" if resizable else "only height and width are resized",
        )
        return None
    return decode.name, encode.name


def _decoder(family: Family, space: Space) -> Stage | None:
    """The stage that makes pixels of latents of a space, and of nothing else."""

    def fits(s: Stage) -> bool:
        takes = [i.declared for i in s.inputs]
        one = len(takes) == 1 and takes[0].space is not None and takes[0].space.key == space.key
        return s.kind == "decode" and one and _is_pixels(s.result.type)

    return next(filter(fits, family.stages.values()), None)


def _encoder(family: Family, space: Space) -> Stage | None:
    """The stage that makes latents of a space of pixels, and of nothing else."""

    def fits(s: Stage) -> bool:
        made = s.result.space is not None and s.result.space.key == space.key
        one = len(s.inputs) == 1 and _is_pixels(s.inputs[0].declared.type)
        return s.kind == "encode" and made and one

    return next(filter(fits, family.stages.values()), None)


def _is_pixels(t: object) -> bool:
    return isinstance(t, Tensor) and t.kind == "pixels"
