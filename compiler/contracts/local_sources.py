"""Roles whose weights lie in a folder of this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ..base import limits
from ..base.frozen import struct
from ..base.source import Span
from ..program.family import Component, Family

Variants = Iterator[tuple[str, Mapping[str, Component]]]
"""The variants of a family by name, each with its components."""


@struct
class LocalCheckpoint:
    """A role's folder: the path as written and where, and where the program names the family.

    `variants` gives those of the family, for a suggestion where the checkpoint is another than was named.
    """

    family: Family
    variants: Callable[[], Variants]
    text: str
    folder: Path
    span: Span
    named_at: Span
    trained: bool


def local_folder(text: str, *bases: Path) -> Path | None:
    """The first of `BASE/text` that is a folder; a hub name is none."""
    if len(text) > limits.PATH_CHARACTERS:
        return None
    for base in bases:
        try:
            path = base / Path(text).expanduser()
        except RuntimeError:  # `~` of nobody
            continue
        if os.path.isdir(path):
            return path
    return None
