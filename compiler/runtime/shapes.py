"""Sample data: short clips of one coloured shape that moves in one of four directions, with captions.

The clips are drawn, not downloaded, so a first run needs no data of the user's own; they land on disk as
ordinary `.mp4` and `.txt` files and are read back through the same loader as anybody's folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

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
RADIUS = 0.22
TRAVEL = 0.4
_OVERSAMPLE = 4
_RATE = 8
_FORMAT = 1


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

    def only(table: dict[str, object], kind: str) -> str:
        found = [word for word in words if word in table]
        if len(found) != 1:
            raise ValueError(f"the caption {caption!r} names {len(found)} {kind}s; one of {', '.join(table)}")
        return found[0]

    return Attributes(
        only({**SHAPES}, "shape"), only({**COLOURS}, "colour"), only({**DIRECTIONS}, "direction")
    )


def every_attributes() -> tuple[Attributes, ...]:
    """All combinations in a fixed order; neighbours differ in shape first, then direction, then colour."""
    return tuple(
        Attributes(shape, colour, direction)
        for colour in COLOURS
        for direction in DIRECTIONS
        for shape in SHAPES
    )


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

    The combinations take turns, so every block of 64 clips holds each once; the place is random.
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


def encode_mp4(path: Path, clip: Clip) -> None:
    """Writes a clip [F, H, W, 3] as H.264 at constant quality 1 with full chroma: errors of a few levels of 255.

    Decoded through RGB, the largest error comes from the 8-bit YUV conversion, not from the codec.
    """
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=Fraction(_RATE))
        stream.width, stream.height = clip.shape[2], clip.shape[1]
        stream.pix_fmt = "yuv444p"
        stream.options = {"qp": "0", "preset": "ultrafast"}
        stream.codec_context.thread_count = 1
        for pixels in clip:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
