"""A picture of many clips, for people to compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from .clips_and_images import save_png

_GAP, _TEXT, _SMALLEST = 8, 13, 64
_INK, _PAPER = (32, 32, 32), (255, 255, 255)


def contact_sheet(
    path: Path, rows: Mapping[str, Sequence[Tensor]], titles: Sequence[str] = (), shown: int = 4
) -> None:
    """A picture of many clips: one row of clips (uint8 [F, H, W, 3]) for each label, titles over the columns.

    A clip is a strip of up to `shown` evenly spaced frames; small ones are enlarged by whole numbers. `rows`
    holds at least one clip.
    """
    strips = {label: [_strip(clip, shown) for clip in clips] for label, clips in rows.items()}
    every = [strip for row in strips.values() for strip in row]
    wide, tall = max(strip.width for strip in every), max(strip.height for strip in every)
    columns = max(len(row) for row in strips.values())
    font = _font()
    labels = max(_size(label, font)[0] for label in rows)
    heads = [_wrapped(title, font, wide) for title in titles[:columns]]
    head = max((_size(text, font)[1] + _GAP for text in heads), default=0)
    size = (
        labels + 2 * _GAP + columns * (wide + _GAP),
        head + _GAP + len(rows) * (max(tall, _TEXT) + _GAP),
    )
    sheet = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    left, top = labels + 2 * _GAP, head + _GAP
    for column, text in enumerate(heads):
        draw.multiline_text((left + column * (wide + _GAP), _GAP // 2), text, _INK, font)
    for row, (label, clips) in enumerate(strips.items()):
        y = top + row * (max(tall, _TEXT) + _GAP)
        draw.multiline_text((_GAP, y), label, _INK, font)
        for column, strip in enumerate(clips):
            sheet.paste(strip, (left + column * (wide + _GAP), y))
    save_png(path, sheet)


def _strip(clip: Tensor, shown: int) -> Image.Image:
    count = min(shown, len(clip))
    picked = clip[torch.linspace(0, len(clip) - 1, count).round().long()]
    factor = max(1, -(-_SMALLEST // clip.shape[1]))
    frames = picked.repeat_interleave(factor, 1).repeat_interleave(factor, 2)
    return Image.fromarray(torch.cat(list(frames), dim=1).numpy())


def _font() -> Any:
    # The plotting library's font knows far more letters than Pillow's own.
    import matplotlib

    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"), _TEXT)


def _size(text: str, font: Any) -> tuple[int, int]:
    box = ImageDraw.Draw(Image.new("RGB", (1, 1))).multiline_textbbox((0, 0), text, font)
    return round(box[2]), round(box[3])


def _wrapped(text: str, font: Any, width: int) -> str:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _size(longer, font)[0] > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)
