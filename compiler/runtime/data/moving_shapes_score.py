"""How well generated clips of moving shapes show what their captions say, and how close they are to real.

Everything is fixed arithmetic on pixels, no network: the shapes are known, so a clip can be compared with a
drawing of each of them at each place. Two kinds of number come out: shares of clips whose shape, colour and
direction are the caption's, and a Frechet distance between the features of generated and of real clips.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .moving_shapes import BACKGROUND, COLOURS, DIRECTIONS, RADIUS, SHAPES, Attributes, attributes, draw_mask

Floats = NDArray[np.float64]

# A clip shows a shape clearly when its frames correlate this well with a drawing of it. At 16 x 16 real clips
# lie above 0.97 at every sub-pixel place, one shape on another's drawing and a round blob below 0.94.
CLEAR = 0.94


@dataclass(frozen=True)
class Seen:
    """What a clip shows: the best match of each kind, and how well the shape matches (correlation, -1..1)."""

    attributes: Attributes
    match: float


@dataclass(frozen=True)
class Score:
    """Shares of `clips` clips in 0..1, and the distance to real clips (0 is equal, lower is better).

    `shape`, `colour` and `direction` count the caption's word being the best match, so noise scores about a
    quarter. `joint` counts clips that get all three right, `clear` those that show any shape clearly, and
    `exact` those that are joint and clear.
    """

    clips: int
    shape: float
    colour: float
    direction: float
    joint: float
    clear: float
    exact: float
    distance: float


@lru_cache(maxsize=8)
def _drawings(height: int, width: int) -> tuple[Floats, Floats]:
    """Every shape at every half pixel: unit vectors [shapes, places, H*W], zero mean, places (x, y)."""
    radius = RADIUS * min(height, width)
    xs = np.arange(radius, width - radius + 0.25, 0.5)
    ys = np.arange(radius, height - radius + 0.25, 0.5)
    places = np.array([(x, y) for y in ys for x in xs])
    masks = np.array(
        [[draw_mask(shape, x, y, radius, height, width) for x, y in places] for shape in SHAPES]
    ).reshape(len(SHAPES), len(places), height * width)
    masks -= masks.mean(axis=-1, keepdims=True)
    return masks / np.linalg.norm(masks, axis=-1, keepdims=True), places


def look(clip: NDArray[np.uint8]) -> Seen:
    """The attributes that a clip [F, H, W, 3] shows best, each decided on its own."""
    frames, height, width, _ = clip.shape
    light = clip.astype(np.float64) - np.array(BACKGROUND)
    strength = np.abs(light).max(axis=-1)
    drawings, places = _drawings(height, width)
    flat = strength.reshape(frames, -1)
    flat = flat - flat.mean(axis=-1, keepdims=True)
    flat /= np.maximum(np.linalg.norm(flat, axis=-1, keepdims=True), 1e-9)
    matches = np.einsum("spk,fk->sfp", drawings, flat, optimize=True)
    best = matches.max(axis=-1).mean(axis=-1)
    shape = int(best.argmax())
    path = places[matches[shape].argmax(axis=-1)]
    # The least-squares slope of the place over time, up to a positive factor.
    slope = (np.arange(frames) - (frames - 1) / 2) @ path
    direction = int((np.array(list(DIRECTIONS.values())) @ slope).argmax())
    ink = (light * strength[..., None]).sum(axis=(0, 1, 2))
    inks = np.array(list(COLOURS.values()), dtype=np.float64) - np.array(BACKGROUND)
    colour = int((inks @ ink / np.linalg.norm(inks, axis=-1)).argmax())
    return Seen(
        Attributes(list(SHAPES)[shape], list(COLOURS)[colour], list(DIRECTIONS)[direction]),
        float(best[shape]),
    )


def features(clips: NDArray[np.uint8]) -> Floats:
    """Fixed features [N, 16*F + 3*F + F + (F - 1)] of clips [N, F, H, W, 3].

    Per frame a 4 x 4 picture of brightness and the mean colour, then the mean strength of edges and the mean
    squared change to the next frame, which blur and flicker alter while coarse pixels hardly do.
    """
    x = clips.astype(np.float64) / 255.0
    count, _, height, width, _ = x.shape
    bright = x.max(axis=-1)
    rows, columns = np.arange(height) * 4 // height, np.arange(width) * 4 // width
    pool_rows = (rows[None, :] == np.arange(4)[:, None]) / np.bincount(rows, minlength=4)[:, None]
    pool_columns = (columns[None, :] == np.arange(4)[:, None]) / np.bincount(columns, minlength=4)[:, None]
    coarse = np.einsum("rh,nfhw,cw->nfrc", pool_rows, bright, pool_columns, optimize=True)
    colour = x.mean(axis=(2, 3))
    edges = (np.diff(bright, axis=2) ** 2).mean(axis=(2, 3)) + (np.diff(bright, axis=3) ** 2).mean(
        axis=(2, 3)
    )
    change = (np.diff(bright, axis=1) ** 2).mean(axis=(2, 3))
    return np.concatenate([part.reshape(count, -1) for part in (coarse, colour, edges, change)], axis=1)


def frechet(a: Floats, b: Floats) -> float:
    """Frechet distance between Gaussians fitted to two sets of features [N, D] (Dowson and Landau, 1982):
    |mean_a - mean_b|^2 + tr(A + B - 2 (A^1/2 B A^1/2)^1/2), both sets in units of b's standard deviations.
    """
    scale = b.std(axis=0) + 1e-3
    a, b = a / scale, b / scale
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    values, vectors = np.linalg.eigh(cov_a)
    root = (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T
    cross = np.sqrt(np.clip(np.linalg.eigvalsh(root @ cov_b @ root), 0.0, None)).sum()
    return float(
        ((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum() + np.trace(cov_a) + np.trace(cov_b) - 2 * cross
    )


def score(clips: NDArray[np.uint8], captions: Sequence[str], real: NDArray[np.uint8]) -> Score:
    """Compares clips [N, F, H, W, 3] with their captions, and with real clips [M, F, H, W, 3] as a whole.

    Raises `ValueError` if the counts differ, if a caption is not of this data, or if there are fewer than two
    clips of either kind (a covariance needs two).
    """
    if len(clips) != len(captions):
        raise ValueError(f"{len(clips)} clips and {len(captions)} captions")
    if min(len(clips), len(real)) < 2:
        raise ValueError("the distance needs at least two generated and two real clips")
    said = [attributes(caption) for caption in captions]
    seen = [look(clip) for clip in clips]

    def share(hits: list[bool]) -> float:
        return float(np.mean(hits))

    return Score(
        clips=len(clips),
        shape=share([a.shape == b.attributes.shape for a, b in zip(said, seen)]),
        colour=share([a.colour == b.attributes.colour for a, b in zip(said, seen)]),
        direction=share([a.direction == b.attributes.direction for a, b in zip(said, seen)]),
        joint=share([a == b.attributes for a, b in zip(said, seen)]),
        clear=share([b.match >= CLEAR for b in seen]),
        exact=share([a == b.attributes and b.match >= CLEAR for a, b in zip(said, seen)]),
        distance=frechet(features(clips), features(real)),
    )
