"""The files that ship with fdc as parameters of tests."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import Any

import pytest
from paths import ROOT

FIRST = ("mini", "wan")
LATER = {p.stem for p in (ROOT / "families").glob("*/*.fdl")} - {*FIRST}


def is_later(file: str | Path) -> bool:
    """Whether it is a family beside the first ones, or a program of one."""
    parts = PurePath(file).stem.split("_")
    return any("_".join(parts[:n]) in LATER for n in range(1, len(parts) + 1))


def later_slow(files: Iterable[Any]) -> list[Any]:
    """Files, or tuples that end in one: the later families are many, differ little from the first, and are slow."""
    found = []
    for f in files:
        values = f if isinstance(f, tuple) else (f,)
        found.append(pytest.param(*values, marks=[pytest.mark.slow] * is_later(values[-1])))
    return found
