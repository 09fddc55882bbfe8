"""`metadata.jsonl` and `metadata.csv` of a folder: what stands there of each file, by its name."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from ....base.errors import Place, RunError
from ...text_files import read_lines, read_text
from ..file_fields import FileField, Number
from .passed_over import METADATA

LINES, TABLE = METADATA

Entry = Mapping[str, Any]
"""What stands of one file by key: texts, stripped, numbers, truth values, lists of texts."""

_Row = tuple[int, Mapping[str, Any]]


def metadata_name(root: Path) -> str:
    """The file that holds the folder's metadata, or would."""
    return TABLE if (root / TABLE).exists() and not (root / LINES).exists() else LINES


def read_metadata(
    root: Path, known: set[str], fields: Mapping[str, FileField], place: Place | None
) -> dict[str, Entry]:
    """The entries by file; none without a file of metadata. RunError for a line that is no entry of a `known` file."""
    entries: dict[str, Entry] = {}
    for path, rows in ((root / LINES, _objects), (root / TABLE, _cells)):
        if not path.exists():
            continue
        for number, entry in rows(path, fields, place):
            name = PurePosixPath(entry["file_name"]).as_posix()
            if name not in known:
                raise RunError(
                    "missing-file",
                    f"{path}:{number}: {name} is not a clip, image or sound in {root}",
                    None,
                    place,
                )
            if name in entries:
                raise _refused(path, number, f"{name} is described twice", place)
            entries[name] = {key: _stripped(value) for key, value in entry.items()}
    return entries


def _objects(path: Path, fields: Mapping[str, FileField], place: Place | None) -> Iterator[_Row]:
    for number, line in read_lines(path, place):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _refused(path, number, f"not JSON ({error})", place) from error
        if not isinstance(entry, dict) or not isinstance(entry.get("file_name"), str):
            raise _refused(path, number, "no `file_name`", place)
        yield number, entry


def _cells(path: Path, fields: Mapping[str, FileField], place: Place | None) -> Iterator[_Row]:
    """Rows by the names of the first one; columns of number fields as numbers, where they are some."""
    reader = csv.reader(io.StringIO(read_text(path, place), newline=""), strict=True)
    try:
        head = [name.strip() for name in next(reader, [])]
        if "file_name" not in head or len(set(head)) < len(head):
            raise _refused(path, 1, "its columns need names of their own, one of them `file_name`", place)
        for cells in reader:
            if len(cells) not in (0, len(head)):
                what = f"{len(cells)} cells in {len(head)} columns"
                raise _refused(path, reader.line_num, what, place)
            if cells:
                row = zip(head, cells, strict=True)
                yield reader.line_num, {name: _cell(cell, fields.get(name)) for name, cell in row}
    except csv.Error as error:
        raise _refused(path, reader.line_num, f"not CSV ({error})", place) from error


def _cell(text: str, field: FileField | None) -> Any:
    if not isinstance(field, Number):
        return text
    try:
        if field.kind == "bool":
            return {"true": True, "false": False}[text.strip().lower()]
        return int(text) if field.kind == "int" else float(text)
    except (ValueError, KeyError):
        return text


def _stripped(value: Any) -> Any:
    if isinstance(value, list):
        return [_stripped(part) for part in value]
    return value.strip() if isinstance(value, str) else value


def _refused(path: Path, number: int, what: str, place: Place | None) -> RunError:
    form = {
        ".jsonl": 'each line is one JSON object: {"file_name": "a.mp4", "prompt": "..."}',
        ".csv": 'the first line names the columns, `file_name,prompt`, and each other is a file\'s: a.mp4,"..."',
    }
    return RunError("data-mismatch", f"{path}:{number}: {what}", form[path.suffix], place)
