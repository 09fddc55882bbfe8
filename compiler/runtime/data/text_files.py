"""Texts of a data set: files and lines read as UTF-8, and the keys of their content."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ..base.errors import Place, RunError


def read_text(path: Path, place: Place | None) -> str:
    """A text file as UTF-8, a byte order mark dropped. RunError when it is missing or is not UTF-8."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise RunError("missing-file", f"{path} cannot be read ({error.strerror})", place=place) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise RunError(
            "data-mismatch",
            f"{path}:{line}: byte 0x{error.object[error.start]:02x} is not UTF-8",
            help="save the file as UTF-8",
            place=place,
        ) from error


def read_lines(path: Path, place: Place | None) -> list[tuple[int, str]]:
    """Lines that hold text, stripped, with their numbers from 1. RunError as `read_text`."""
    numbered = enumerate(read_text(path, place).split("\n"), start=1)
    return [(number, line.strip()) for number, line in numbered if line.strip()]


def text_key(text: str) -> str:
    """The content key of a text, the same from every source."""
    return hashlib.sha256(text.encode()).hexdigest()


def json_hash(value: Any) -> str:
    return text_key(json.dumps(value, sort_keys=True))
