"""Sample data: short clips of one coloured shape that moves in one of four directions, with captions.

The clips are drawn, not downloaded, so a first run needs no data of the user's own; they land on disk as
ordinary `.mp4` and `.txt` files and are read back through the same loader as anybody's folder.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ..base.errors import RunError
from ..base.media.clips_and_images import aside, write_mp4
from ..base.records import ShapesManifest, record_or_none

Clip = NDArray[np.uint8]
Mask = NDArray[np.float64]
Grid = NDArray[np.float64]

# Each shape covers [-1, 1] in both directions; x points right and y down, as in a picture.
SHAPES: dict[str, Callable[[Grid, Grid], NDArray[np.bool_]]] = {
    "circle": lambda x, y: x * x + y * y <= 1.0,
    "square": lambda x, y: np.maximum(np.abs(x), np.abs(y)) <= 0.88,
    "triangle": lambda x, y: (np.abs(y) <= 1.0) & (np.abs(x) <= 0.5 * (y + 1.0)),
    "cross": lambda x, y: (
        (np.minimum(np.abs(x), np.abs(y)) <= 0.32) & (np.maximum(np.abs(x), np.abs(y)) <= 1.0)
    ),
}
COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (235, 50, 50),
    "green": (50, 205, 70),
    "blue": (60, 90, 245),
    "yellow": (240, 215, 50),
}
# Unit steps (x, y).
DIRECTIONS: dict[str, tuple[int, int]] = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}

BACKGROUND: tuple[int, int, int] = (16, 16, 20)
# Of the shorter side: half the shape's width, and the way it travels from the first frame to the last.
RADIUS = 0.3
TRAVEL = 0.36
_OVERSAMPLE = 4
_RATE = 8
# Raised whenever the same seed and index give another clip.
_FORMAT = 1
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Attributes:
    """What a caption says: one shape, one colour, one direction, each a key of the tables above."""

    shape: str
    colour: str
    direction: str

    @property
    def caption(self) -> str:
        return f"a {self.colour} {self.shape} moving {self.direction}"


def attributes(caption: str) -> Attributes:
    """The attributes that a caption of this data names.

    Raises `ValueError` if a word is missing, or if the caption names two shapes, colours or directions.
    """
    words = caption.lower().replace(".", " ").replace(",", " ").split()

    def only(table: Mapping[str, object], kind: str) -> str:
        found = [word for word in words if word in table]
        if len(found) != 1:
            raise ValueError(f"the caption {caption!r} names {len(found)} {kind}s; one of {', '.join(table)}")
        return found[0]

    return Attributes(only(SHAPES, "shape"), only(COLOURS, "colour"), only(DIRECTIONS, "direction"))


def every_attributes() -> tuple[Attributes, ...]:
    """All combinations in a fixed order: a shape has a colour of its own; neighbours differ in shape first."""
    own = dict(zip(SHAPES, COLOURS))
    return tuple(Attributes(shape, own[shape], direction) for direction in DIRECTIONS for shape in SHAPES)


def draw_mask(shape: str, x: float, y: float, radius: float, height: int, width: int) -> Mask:
    """Coverage [H, W] in 0..1 of `shape` centred at (x, y) pixels from the top left corner."""
    offset = (np.arange(_OVERSAMPLE) + 0.5) / _OVERSAMPLE
    columns = (np.arange(width)[:, None] + offset).reshape(-1)
    rows = (np.arange(height)[:, None] + offset).reshape(-1)
    inside = SHAPES[shape]((columns[None, :] - x) / radius, (rows[:, None] - y) / radius)
    tiles = inside.reshape(height, _OVERSAMPLE, width, _OVERSAMPLE)
    return np.asarray(tiles.mean(axis=(1, 3)), dtype=np.float64)


def make_clip(seed: int, index: int, frames: int, height: int, width: int) -> tuple[Clip, str, Attributes]:
    """Clip `index` of the endless sequence `seed`: pixels [F, H, W, 3], its caption and its attributes.

    The combinations take turns, so every block of 16 clips holds each once; the place is random.
    """
    combinations = every_attributes()
    said = combinations[index % len(combinations)]
    random = np.random.default_rng([seed, index])
    side = min(height, width)
    radius = RADIUS * side
    step = np.array(DIRECTIONS[said.direction], dtype=np.float64)
    half_way = np.abs(step) * TRAVEL * side / 2
    room = np.array([width, height]) / 2 - radius - half_way
    middle = np.array([width, height]) / 2 + random.uniform(-1.0, 1.0, size=2) * room
    ink = np.array(COLOURS[said.colour], dtype=np.float64)
    paper = np.array(BACKGROUND, dtype=np.float64)
    clip = np.empty((frames, height, width, 3), dtype=np.uint8)
    for number, phase in enumerate(np.linspace(-1.0, 1.0, frames) if frames > 1 else np.zeros(1)):
        x, y = middle + phase * step * TRAVEL * side / 2
        mask = draw_mask(said.shape, float(x), float(y), radius, height, width)[..., None]
        clip[number] = np.rint(paper + mask * (ink - paper)).astype(np.uint8)
    return clip, said.caption, said


def write_clips(folder: Path, count: int, frames: int, height: int, width: int, seed: int = 0) -> None:
    """Writes clips 0 .. count as `00000.mp4` (lossless) with `00000.txt` beside it, and `manifest.json`.

    The manifest says last that all is there: a folder that holds these very clips is left alone, and one that
    an interrupted or different call left is written anew, without its further clips. Raises `RunError` for a
    folder that holds anything but such clips, `ValueError` for sizes that make no clip.
    """
    if min(count, frames, height, width) < 1:
        raise ValueError(f"{count} clips of {frames} frames of {height} x {width} pixels cannot be written")
    whole = ShapesManifest(
        format=_FORMAT, frames=frames, height=height, width=width, seed=seed, count=count, complete=True
    )
    found = record_or_none(ShapesManifest, folder / MANIFEST)
    if found == whole and all(path.is_file() for index in range(count) for path in _files(folder, index)):
        return
    if found is None and folder.is_dir() and any(folder.iterdir()):
        raise RunError(
            "data-mismatch",
            f"sample clips would be written to {folder}, which holds other files",
            help="name a folder of their own for them",
        )
    # Written first as well, so that whatever stops this call, the next one knows whose files these are.
    most = max(count, found.count if found else 0)
    _write_manifest(folder / MANIFEST, whole.model_copy(update={"count": most, "complete": False}))
    for index in range(most):
        clip_path, caption_path = _files(folder, index)
        if index >= count:
            clip_path.unlink(missing_ok=True)
            caption_path.unlink(missing_ok=True)
            continue
        clip, caption, _ = make_clip(seed, index, frames, height, width)
        write_mp4(clip_path, torch.from_numpy(clip), fps=_RATE, lossless=True)
        with aside(caption_path) as part:
            part.write_text(caption + "\n", encoding="utf-8")
    _write_manifest(folder / MANIFEST, whole)


def _files(folder: Path, index: int) -> tuple[Path, Path]:
    return folder / f"{index:05d}.mp4", folder / f"{index:05d}.txt"


def _write_manifest(path: Path, content: ShapesManifest) -> None:
    with aside(path) as part:
        part.write_text(json.dumps(content.json_value(), indent=2) + "\n", encoding="utf-8")
