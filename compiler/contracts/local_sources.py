"""Roles whose weights lie in a folder of this machine."""

from __future__ import annotations

import os
from pathlib import Path

from ..base.frozen import struct
from ..base.source import Span
from ..check.core.family_model import FamilyModel
from ..modules.imports import MAX_PATH
from ..syntax import ast


@struct
class Source:
    """A role's folder: the path as written and where, and where its family is named."""

    model: FamilyModel
    text: str
    folder: Path
    span: Span
    family: Span
    trained: bool


def local_folder(text: str, *bases: Path) -> Path | None:
    """The first of `BASE/text` that is a folder; a hub name is none."""
    if len(text) > MAX_PATH:
        return None
    for base in bases:
        try:
            path = base / Path(text).expanduser()
        except RuntimeError:  # `~` of nobody
            continue
        if os.path.isdir(path):
            return path
    return None


def named(d: ast.RoleDecl, model: FamilyModel, trained: bool, beside: Path) -> Source | None:
    """A role's source, if it is a path that leads to a folder from the working folder or from `beside`.

    One that is not there may be a hub name, or lie on another machine.
    """
    if not isinstance(d.source, ast.Call):
        return None
    first = next((a.value for a in d.source.args if a.name is None), None)
    if not isinstance(first, ast.String):
        return None
    folder = local_folder(first.value, Path(), beside)
    if folder is None:
        return None
    return Source(model, first.value, folder, first.span, d.source.func.span, trained)
