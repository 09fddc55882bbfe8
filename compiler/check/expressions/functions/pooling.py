"""`pool(mask, like)`: a mask over pixels, brought to the grid of latents."""

from __future__ import annotations

from .....stages.pixels import frame_groups
from ....syntax import ast
from ....types.describe import noun
from ....types.dims import Dim
from ....types.points import ANY, POSITIVE
from ....types.types import Latent, Tensor
from ...core.context import Context
from ...core.session import Session
from ...core.term import Term, unknown
from ..arguments import Arguments

KINDS = ("mask", "f32", "bf16", "f16")
GRID = ("t", "h", "w")


def pool(session: Session, e: ast.Call, context: Context) -> Term:
    a = Arguments(session, e, context, ("mask", "like"), 2)
    if not a.valid:
        return unknown(e.span)
    mask, like = a.terms["mask"], a.terms["like"]
    if not isinstance(mask.type, Tensor) or mask.type.kind not in KINDS:
        return session.error(
            "type-mismatch",
            f"`pool` takes a mask or a tensor over pixels, and this is {noun(mask.type)}",
            mask.span,
            str(mask.type),
            help="for example a field `mask: mask[b, 1, F, H, W]`",
        )
    space = like.type.space if isinstance(like.type, Latent) else None
    if space is None or space.axes[-3:] not in (GRID, (None, *GRID[1:])):
        return session.error(
            "type-mismatch",
            f"`pool` brings a mask to the grid of latents with height and width, and this is {noun(like.type)}",
            like.span,
            str(like.type),
        )
    timed = space.axes[-3] == "t"
    given, wanted = mask.type.dims, space.dims
    if len(given) not in ((4, 5) if timed else (4,)):
        return session.error(
            "rank-mismatch",
            f"these latents are of {'clips' if timed else 'images'}, and this mask is {mask.type}",
            mask.span,
            help="`mask[b, 1, F, H, W]`, or `mask[b, 1, H, W]` for all frames"
            if timed
            else "`mask[b, 1, H, W]`",
        )
    if problem := _unfit(given, wanted):
        return session.error("dim-mismatch", problem, mask.span, str(mask.type))
    grid = wanted[2:] if timed else wanted[-2:]
    axes = ("b", None, *GRID) if timed else ("b", None, *GRID[1:])
    type_ = Tensor("f32", (*given[:2], *grid), axes)
    value = session.value("pool", (mask, like), type_, e.span, context)
    where = POSITIVE if mask.type.kind == "mask" else ANY
    return Term(value, coef=session.latents.coefficient(value, where))


def _unfit(given: tuple[Dim, ...], wanted: tuple[Dim, ...]) -> str:
    """Why a mask of these dims does not lie over such latents, as far as these are numbers; empty where it does."""
    for name, large, small in (("high", given[-2], wanted[-2]), ("wide", given[-1], wanted[-1])):
        a, b = large.constant, small.constant
        if a is not None and b is not None and (a < b or a % b):
            return f"this mask is {a} {name}, which is no multiple of the latents' {b}"
    frames, of = given[2].constant if len(given) == 5 else None, wanted[2].constant
    if frames is not None and of is not None and frame_groups(frames, of) == (0, 0):
        return f"{frames} frames of a mask are no {of} groups, of which the first may be one frame alone"
    return ""
