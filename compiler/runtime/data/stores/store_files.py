"""The files of a store: one, all of a folder, or those of a pattern such as `shards/{000..099}.tar`."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from ...base.errors import NAMED, Place, RunError

_BRACES = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"(\d+)\.\.(\d+)")


def store_files(path: str, endings: Sequence[str], place: Place | None) -> list[Path]:
    """The files that a path names, in its own order; of a folder or a pattern with `*` in the order of their names. Raises
    RunError where there are none, or where one that is named lies missing."""
    found: list[Path] = []
    missing: list[str] = []
    for text in expanded(path):
        if os.path.isdir(text):
            found += sorted(
                p for p in Path(text).rglob("*") if p.name.endswith(tuple(endings)) and p.is_file()
            )
        elif any(c in text for c in "*?["):
            found += sorted(map(Path, glob.glob(text, recursive=True)))
        elif os.path.isfile(text):
            found.append(Path(text))
        else:
            missing.append(text)
    if missing:
        listed = ", ".join(missing[:NAMED]) + (
            f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
        )
        what = "does not exist" if len(missing) == 1 else "do not exist"
        raise RunError("missing-file", f"{listed} {what}", place=place)
    if not found:
        raise RunError("missing-file", f"{path} has no files that end in {' or '.join(endings)}", place=place)
    return found


def expanded(path: str) -> Iterator[str]:
    """`{000..003}` written out, with as many digits, and `{a,b}`; the first braces change slowest."""
    match = _BRACES.search(path)
    if match is None:
        yield path
        return
    numbers = _RANGE.fullmatch(match[1])
    if numbers is None:
        words = match[1].split(",")
    else:
        low, high = int(numbers[1]), int(numbers[2])
        words = [str(n).zfill(len(numbers[1])) for n in range(low, high + 1)]
    for word in words:
        for rest in expanded(path[match.end() :]):
            yield path[: match.start()] + word + rest
