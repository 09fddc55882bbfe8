"""`metadata.jsonl` of a folder: what stands there of each file, by its name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from ..base.errors import Place, RunError
from .text_files import read_lines

FILE = "metadata.jsonl"

Entry = Mapping[str, str | int | float | bool]
"""The texts, stripped, numbers and truth values of one file by key."""


def read_metadata(root: Path, known: set[str], place: Place | None) -> dict[str, Entry]:
    """The entries by file; none without a `metadata.jsonl`. RunError for a line that is no entry of a `known` file."""
    path = root / FILE
    if not path.exists():
        return {}
    entries: dict[str, Entry] = {}
    for number, line in read_lines(path, place):

        def refuse(what: str, number: int = number) -> RunError:
            help = 'each line is one JSON object: {"file_name": "a.mp4", "prompt": "..."}'
            return RunError("data-mismatch", f"{path}:{number}: {what}", help, place)

        try:
            entry = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise refuse(f"not JSON ({error})") from error
        if not isinstance(entry, dict) or not isinstance(entry.get("file_name"), str):
            raise refuse("no `file_name`")
        name = PurePosixPath(entry["file_name"]).as_posix()
        if name not in known:
            raise RunError(
                "missing-file",
                f"{path}:{number}: {name} is not a clip, image or sound in {root}",
                None,
                place,
            )
        if name in entries:
            raise refuse(f"{name} is described twice")
        entries[name] = {
            key: value.strip() if isinstance(value, str) else value
            for key, value in entry.items()
            if isinstance(value, (str, int, float))
        }
    return entries
