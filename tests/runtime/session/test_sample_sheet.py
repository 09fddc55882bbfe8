"""Clips of a sheet's samples in one file."""

from __future__ import annotations

import torch

from fdc.compiler.runtime.session.sample_sheet import _tiled


def test_every_clip_is_in_the_tiles_and_small_ones_are_enlarged() -> None:
    clips = [torch.full((2, 32, 48, 3), n + 1, dtype=torch.uint8) for n in range(5)]
    for count, rows, columns in ((1, 1, 1), (2, 1, 2), (3, 2, 2), (5, 2, 3)):
        made = _tiled(clips[:count])
        assert made.shape == (2, 64 * rows, 96 * columns, 3)
        assert set(made.unique().tolist()) - {0} == set(range(1, count + 1))
        assert bool((made == 0).any()) == (rows * columns > count)


def test_large_clips_keep_their_size() -> None:
    assert _tiled([torch.zeros(1, 64, 96, 3, dtype=torch.uint8)]).shape == (1, 64, 96, 3)
