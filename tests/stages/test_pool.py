"""Masks over pixels on the grid of latents."""

from __future__ import annotations

import pytest
import torch

from fdc.stages.pixels import frame_groups, pooled


@pytest.mark.parametrize(
    ("frames", "latents", "groups"),
    [
        (81, 21, (1, 4)),
        (9, 3, (1, 4)),
        (49, 7, (1, 8)),
        (17, 3, (1, 8)),
        (8, 2, (4, 4)),
        (8, 8, (1, 1)),
        (1, 1, (1, 0)),
        (16, 1, (16, 0)),
        (10, 4, (0, 0)),
        (2, 4, (0, 0)),
    ],
)
def test_frames_that_one_of_latents_stands_for(frames: int, latents: int, groups: tuple[int, int]) -> None:
    assert frame_groups(frames, latents) == groups


def test_each_element_is_the_mean_of_its_pixels() -> None:
    mask = torch.rand(2, 1, 9, 8, 12) > 0.5
    made = pooled(mask, 3, 4, 6)
    assert made.shape == (2, 1, 3, 4, 6) and made.dtype == torch.float32
    groups = [slice(0, 1), slice(1, 5), slice(5, 9)]
    for k, frames in enumerate(groups):
        for y in range(4):
            for x in range(6):
                part = mask[:, :, frames, 2 * y : 2 * y + 2, 2 * x : 2 * x + 2].float().mean((2, 3, 4))
                assert torch.allclose(made[:, :, k, y, x], part)
    equal = pooled(mask[:, :, :8], 2, 4, 6)
    assert torch.allclose(equal[:, :, 0], pooled(mask[:, :, :4], 1, 4, 6)[:, :, 0])
    still = pooled(mask[:, :, 0], 3, 4, 6)
    assert still.shape == made.shape and all(torch.equal(still[:, :, k], made[:, :, 0]) for k in range(3))
    assert torch.equal(pooled(mask[:, :, 0], 0, 4, 6), made[:, :, 0])
