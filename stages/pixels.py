"""Pixels of another size, and masks over them on the grid of latents."""

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


def pooled(x: Tensor, frames: int, height: int, width: int) -> Tensor:
    """A mask or numbers over pixels, [b, c, F, H, W] or for all frames [b, c, H, W], as float32 [b, c, frames, height,
    width]: each is the mean of the pixels that it stands for. Latents of images have no `frames`, which is 0."""
    from torch import cat

    clip = (x if x.dim() == 5 else x[:, :, None]).float()
    b, c, count, h, w = clip.shape
    small = clip.reshape(b, c, count, height, h // height, width, w // width).mean((4, 6))
    if frames == 0:
        return small[:, :, 0]
    if x.dim() == 4:
        return small.expand(b, c, frames, height, width)
    first, each = frame_groups(count, frames)
    begin = small[:, :, :first].mean(2, keepdim=True)
    if frames == 1:
        return begin
    rest = small[:, :, first:].reshape(b, c, frames - 1, each, height, width).mean(3)
    return cat([begin, rest], 2)


def frame_groups(count: int, frames: int) -> tuple[int, int]:
    """How many of `count` frames of a clip the first frame of its latents stands for, and how many each other one does.

    Codecs either take the first frame for itself and then groups of a power of two, or equal groups. (0, 0) where `count` is
    neither.
    """
    if frames == 1:
        return count, 0
    each, left = divmod(count - 1, frames - 1)
    if not left and each > 0 and each & (each - 1) == 0:
        return 1, each
    each, left = divmod(count, frames)
    return (each, each) if not left and each else (0, 0)


OPS = (
    Op(
        "pool",
        "broadcast",
        None,
        "pooled({0}, {frames}, {height}, {width})",
        imports="fdc.stages.pixels:pooled",
        form="pool(mask, like)",
        meaning="A mask over pixels on the grid of latents: of each element the share that the mask covers.",
        rule="pool",
        hint="mask",
        gradient="none",
    ),
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
