"""Samples laid out for people: a sheet, one clip a field, and a table of scores where they can be computed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..base.media.clips_and_images import to_uint8, write_mp4
from ..base.media.contact_sheet import contact_sheet
from ..base.media.waves import write_wav
from ..base.run_folder import write_text
from ..base.settings import ProduceSettings
from ..train.validation import pixels_of, sound_of
from .write_dataset import Make


def write_sheet(
    folder: Path,
    settings: ProduceSettings,
    make: Make,
    media: Sequence[str],
    scored: bool,
    rate: float,
    sound_rate: int,
) -> str:
    """Samples of every field side by side: `sheet.png`, one mp4 a field, of sound one wav a sample, and a table of scores
    where they can be told.

    `media` are the data's fields of pixels. `scored` says that the data are drawn shapes, whose captions can be
    compared with what is seen.
    """
    count, batch = settings.count, settings.batch
    clips: dict[str, list[Tensor]] = {}
    sounds: dict[str, list[Tensor]] = {}
    captions: list[str] = []
    real: list[Tensor] = []
    for first in range(0, count, batch):
        source, fields = make(range(first, min(first + batch, count)))
        texts = [v for n, v in source.items() if isinstance(v, list) and not n.endswith(".key")]
        captions.extend(texts[0] if texts else [""] * min(batch, count - first))
        for name in media:
            real.extend(_clips(source[name]))
        for name, value in fields.items():
            clips.setdefault(name, []).extend(_clips(value))
            heard = sound_of(value)
            sounds.setdefault(name, []).extend(heard if heard is not None else ())
    clips = {name: found for name, found in clips.items() if found}
    folder.mkdir(parents=True, exist_ok=True)
    for name, waves in sounds.items():
        for i, sound in enumerate(waves):
            write_wav(folder / f"{name}-{i:02d}.wav", sound, sound_rate)
    columns = 6
    shown = {name.replace("_", " "): found[:columns] for name, found in clips.items()}
    if real:
        shown = {"data": real[:columns], **shown}
    if shown:
        contact_sheet(folder / "sheet.png", shown, captions[:columns])
    for name, found in clips.items():
        write_mp4(folder / f"{name}.mp4", _tiled(found[:16]), rate)
    if not scored or not clips:
        return ""
    table = score_table(clips, captions, real)
    write_text(folder / "scores.txt", table + "\n")
    return table


def _clips(value: Any) -> list[Tensor]:
    """uint8 clips [F, H, W, 3] of what holds pixels."""
    pixels = pixels_of(value)
    return [to_uint8(clip) for clip in pixels] if pixels is not None else []


SMALLEST = 64
"""Pixels of the shorter side below which frames are enlarged."""


def _tiled(clips: Sequence[Tensor]) -> Tensor:
    """Clips [F, H, W, 3] side by side in rows, in a square or a little less, small ones enlarged."""
    columns = math.isqrt(len(clips) - 1) + 1
    rows = -(-len(clips) // columns)
    first = clips[0]
    filled = [*clips, *[torch.zeros_like(first)] * (rows * columns - len(clips))]
    lines = [torch.cat(filled[r * columns : (r + 1) * columns], dim=2) for r in range(rows)]
    scale = -(-SMALLEST // min(first.shape[1:3]))
    return torch.cat(lines, dim=1).repeat_interleave(scale, dim=1).repeat_interleave(scale, dim=2)


def score_table(
    clips: Mapping[str, Sequence[Tensor]], captions: Sequence[str], real: Sequence[Tensor]
) -> str:
    """One line a field: shares of clips that show what their caption says, and the distance to real clips.

    `clearly` counts the clips that show all three and whose shape is sharp.
    """
    import numpy as np

    from ..data.moving_shapes_score import score

    reference = np.stack([c.numpy() for c in real])
    head = (
        f"{'':<24}{'shape':>8}{'colour':>8}{'direction':>11}{'all three':>11}{'clearly':>9}{'distance':>10}"
    )
    lines = [head]
    for name, found in {"data": real, **clips}.items():
        s = score(np.stack([c.numpy() for c in found]), captions, reference)
        lines.append(
            f"{name.replace('_', ' '):<24}{s.shape:>8.0%}{s.colour:>8.0%}{s.direction:>11.0%}{s.joint:>11.0%}"
            f"{s.exact:>9.0%}{abs(s.distance):>10.1f}"
        )
    return "\n".join(lines)
