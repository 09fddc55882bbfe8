"""Roles whose weights lie in a folder of this machine: a checkpoint, or the export of an adapter, which names its base."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ..base import limits
from ..base.frozen import struct
from ..base.source import Span
from ..program.family import Component, Family
from .config_files import BadConfig, Reader

EXPORT = "fdc.json"
"""What an export says of itself."""
TINY = re.compile(r"tiny\(seed = (\d{1,20})\)")
"""A base of random weights."""

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


def within(folder: Path, text: str | None) -> Path | None:
    """The folder that a component's `fallback` names inside of its checkpoint, `folder`; None where there is none such."""
    if text is None or len(text) > limits.PATH_CHARACTERS or text.startswith(("/", "~")):
        return None
    path = folder / text
    return path if ".." not in path.parts and os.path.isdir(path) else None


@struct
class AdapterExport:
    """`files` of a folder are adapters of a checkpoint, `base`, over which the files of `overlays` were laid, by component,
    and into which those of `adapters` were merged before."""

    base: str
    files: tuple[str, ...]
    adapters: tuple[str, ...]
    overlays: tuple[tuple[str, str], ...] = ()


def adapter_export(folder: Path, read: Reader | None = None) -> AdapterExport | None:
    """What the export of an adapter says of itself; None for any other folder."""
    if not os.path.isfile(folder / EXPORT):
        return None
    try:
        said = (read or Reader())(folder / EXPORT) or {}
    except BadConfig:
        return None
    base, files, adapters = said.get("base"), said.get("files"), said.get("adapters", [])
    lists = [v for v in (files, adapters) if isinstance(v, list) and all(isinstance(t, str) for t in v)]
    over = said.get("overlays", {})
    if not isinstance(base, str) or len(lists) != 2 or not isinstance(over, dict):
        return None
    overlays = tuple(sorted((c, p) for c, p in over.items() if isinstance(p, str)))
    return AdapterExport(base, tuple(lists[0]), tuple(lists[1]), overlays)
