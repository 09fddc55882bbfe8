"""Over what a reduction or a loss goes, and for what it gives a number each: whether that is there."""

from __future__ import annotations

from ....syntax import ast
from ....types.describe import noun
from ....types.types import Latent, Scalar, Tensor
from ...core.session import Session
from ...core.term import Term
from ..batch_means import has_samples
from ..products import is_one_tensor


def has_numbers_for(session: Session, x: Term, per: str | None) -> bool:
    """Whether there are frames or channels to give a number each, where that is asked for; reports if not."""
    if per not in ("frame", "channel") or x.unknown:
        return True
    if not is_one_tensor(session, x, f"{per}s are those of one tensor"):
        return False
    return _has_frames(session, x) if per == "frame" else _has_channels(session, x)


def _has_channels(session: Session, x: Term) -> bool:
    if isinstance(x.type, Latent) and (not x.type.space.dims or x.type.space.axes[1:2] == (None,)):
        return True
    session.error(
        "rank-mismatch",
        f"`per = channel` gives a number for each channel of latents, and {noun(x.type)} has none",
        x.span,
        str(x.type),
        help="`per = sample` gives one for each sample",
    )
    return False


def _has_frames(session: Session, x: Term) -> bool:
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
