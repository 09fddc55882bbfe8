"""Pixels of another size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .op import ATOM, Op

if TYPE_CHECKING:
    from torch import Tensor


def resize(x: Tensor, height: int, width: int) -> Tensor:
    """Frames [b, 3, H, W] or [b, 3, F, H, W] scaled to height × width, bilinear with antialiasing, so that values stay in
    their range. A gradient flows through."""
    from torch.nn.functional import interpolate

    frames = x.movedim(2, 1).flatten(0, 1) if x.dim() == 5 else x
    scaled = interpolate(frames, (height, width), mode="bilinear", antialias=True)
    return scaled.view(len(x), -1, *scaled.shape[1:]).movedim(1, 2) if x.dim() == 5 else scaled


OPS = (
    Op(
        "resize",
        "broadcast",
        1,
        "resize({0}, {height}, {width})",
        imports="fdc.stages.pixels:resize",
        hint="pixels",
    ),
    Op("first_frame", "broadcast", 1, "{0}[:, :, 0]", slots=(ATOM,), hint="image"),
)
"""`first_frame` makes an image of a clip."""
