"""`metadata.jsonl` and `metadata.csv` of a folder: what stands there of each file, by its name."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from ....base.errors import Place, Report, RunError, several
from ...text_files import read_lines, read_text
from ..file_fields import FileField, Number
from .passed_over import METADATA, some

LINES, TABLE = METADATA

Entry = Mapping[str, Any]
"""What stands of one file by key: texts, stripped, numbers, truth values, lists of texts."""

_Row = tuple[int, Mapping[str, Any] | RunError]
"""A line's number, with its entry, or what is wrong with it."""


def metadata_name(root: Path) -> str:
    """The file that holds the folder's metadata, or would."""
    return TABLE if (root / TABLE).exists() and not (root / LINES).exists() else LINES


def read_metadata(
    root: Path, known: set[str], fields: Mapping[str, FileField], place: Place | None, report: Report
) -> dict[str, Entry]:
    """The entries by file; none without a file of metadata. Those of files that are not among the `known` go to `report`;
    where all are, and for lines that are no entry, RunError."""
    entries: dict[str, Entry] = {}
    for path, rows in ((root / LINES, _objects), (root / TABLE, _cells)):
        if not path.exists():
            continue
        wrong: list[RunError] = []
        strangers: list[str] = []
        count = 0
        for number, entry in rows(path, fields, place):
            count += 1
            if isinstance(entry, RunError):
                wrong.append(entry)
                continue
            name = PurePosixPath(entry["file_name"]).as_posix()
            if name not in known:
                strangers.append(name)
            elif name in entries:
                wrong.append(_refused(path, number, f"{name} is described twice", place))
            else:
                entries[name] = {key: _stripped(value) for key, value in entry.items()}
        if wrong:
            raise several(wrong, f"lines of {path} cannot be used")
        if strangers:
            what = f"{len(strangers)} of {count} entries of {path} are of no clip, image or sound in {root}"
            if len(strangers) == count:
                raise RunError("missing-file", f"{what}: {some(strangers)}", place=place)
            report(f"{what}, and are not used: {some(strangers)}")
    return entries


def _objects(path: Path, fields: Mapping[str, FileField], place: Place | None) -> Iterator[_Row]:
    for number, line in read_lines(path, place):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield number, _refused(path, number, f"not JSON ({error})", place)
            continue
        found = _with_name(entry, fields) if isinstance(entry, dict) else {}
        named = isinstance(found.get("file_name"), str)
        yield number, found if named else _refused(path, number, "no `file_name`", place)


def _cells(path: Path, fields: Mapping[str, FileField], place: Place | None) -> Iterator[_Row]:
    """Rows by the names of the first one; columns of number fields as numbers, where they are some."""
    reader = csv.reader(io.StringIO(read_text(path, place), newline=""), strict=True)
    try:
        head = [name.strip() for name in next(reader, [])]
        if "file_name" not in _with_name(dict.fromkeys(head, ""), fields) or len(set(head)) < len(head):
            raise _refused(path, 1, "its columns need names of their own, one of them `file_name`", place)
        for cells in reader:
            if len(cells) not in (0, len(head)):
                what = f"{len(cells)} cells in {len(head)} columns"
                yield reader.line_num, _refused(path, reader.line_num, what, place)
            elif cells:
                row = zip(head, cells, strict=True)
                entry = {name: _cell(cell, fields.get(name)) for name, cell in row}
                yield reader.line_num, _with_name(entry, fields)
    except csv.Error as error:
        yield reader.line_num, _refused(path, reader.line_num, f"not CSV ({error})", place)


def _with_name(entry: Mapping[str, Any], fields: Mapping[str, FileField]) -> Mapping[str, Any]:
    """An entry that names the files of all its fields, `input_file_name` and `target_file_name` as Hugging Face's folders do
    or under the fields' own names, is of the file of the first declared."""
    files = [name for name, field in fields.items() if field != "str" and not isinstance(field, Number)]
    named = {n: entry[f"{n}_file_name"] for n in files if f"{n}_file_name" in entry}
    if "file_name" not in entry:
        first = next(
            (named.get(n, entry.get(n)) for n in files if isinstance(named.get(n, entry.get(n)), str)), None
        )
        named |= {"file_name": first} if first is not None else {}
    return {**named, **entry} if named else entry


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
