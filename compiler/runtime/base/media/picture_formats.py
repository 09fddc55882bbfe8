"""The formats of pictures that Pillow reads, by itself and through an extra, and what to install for the others."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PIL import Image, features

# Pillow tells formats apart by content, and some of its readers start other programs.
_FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
_HEIF = (".heic", ".heif", ".hif")

ENDINGS = (
    *(".gif", ".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"),
    *((".avif",) if features.check("avif") else ()),
    *(_HEIF if find_spec("pillow_heif") is not None else ()),
)
"""Of pictures that can be read here."""
TO_READ: Mapping[str, str] = {
    **dict.fromkeys(_HEIF, 'pip install "fdc[heic]"'),
    ".avif": 'pip install "pillow>=11.3"',
}
"""What reads a kind of picture that is not among the endings."""


def open_picture(path: Path) -> Image.Image:
    """A picture of which no more than its header is read yet."""
    if path.suffix.lower() not in _HEIF:
        return Image.open(path, formats=_FORMATS)
    _register_heif()
    return Image.open(path, formats=("HEIF",))


@cache
def _register_heif() -> None:
    from pillow_heif import register_heif_opener  # most data have no such picture

    register_heif_opener(thumbnails=False)
