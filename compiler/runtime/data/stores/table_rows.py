"""One row of an Arrow table as a sample."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path
from typing import Any

from ...base.media.clips_and_images import MediaError
from ..folders.file_fields import Number, Values
from ..folders.listing.captions import Texts
from ..samples import FieldValue
from .arrow_cells import array_of, blob_of, value_of
from .columns import Columns
from .field_values import Given, record_of, tensor_key, tensor_of
from .store import Row, number_of, own_media, texts_of
from .store_fields import RecordValues, StoreField


def row_of(
    table: Any,
    fields: Mapping[str, StoreField],
    columns: Columns,
    label: str,
    root: Path,
    read: Set[str] | None,
) -> Row:
    """The only row of a table. Paths of media are from `root` on. Raises MediaError."""
    texts: dict[str, Texts] = {}
    numbers: dict[str, int | float | bool] = {}
    media: dict[str, str] = {}
    tensors: dict[str, FieldValue] = {}
    keys: dict[str, str] = {}
    for name, field in fields.items():
        column = columns.of.get(name, "")
        if field == "str":
            texts[name] = texts_of(value_of(table, column), name, label)
            continue
        if isinstance(field, Number):
            number = number_of(value_of(table, column), field.kind)
            if number is None:
                raise MediaError(Path(label), f"has no {field.kind} for `{name}`")
            numbers[name] = number
            continue
        if read is not None and name not in read:
            continue
        if isinstance(field, RecordValues):
            parts = record_of(_record(table, name, field, columns, label), name, field, label)
            tensors[name], keys[name] = parts, tensor_key(parts)
        elif isinstance(field, Values):
            tensor = tensor_of(array_of(table, column, column in columns.split, label), name, field, label)
            tensors[name], keys[name] = tensor, tensor_key({"": tensor})
        else:
            media[name] = column
    main = own_media(media, fields)
    blobs = {c: blob_of(value_of(table, c), c, label, root) for c in media.values()}
    beside = {name: blobs[column] for name, column in media.items() if column != main}
    return Row(texts, numbers, blobs[main] if main is not None else None, beside, tensors, keys)


def texts_in(cells: Iterable[Any], first: int) -> Iterator[tuple[int, Texts]]:
    """The texts of a column from the row `first` on; rows without any are left out."""
    for index, cell in enumerate(cells, first):
        try:
            yield index, texts_of(cell.as_py(), "", "")
        except MediaError:
            continue  # told when the row is met


def _record(table: Any, name: str, field: RecordValues, columns: Columns, label: str) -> Mapping[str, Given]:
    """A record's parts, of their own columns; or the first part, which is the one column of the field."""
    if name in columns.of:
        first = next(iter(field.parts))
        return {first: array_of(table, columns.of[name], columns.of[name] in columns.split, label)}
    return {
        part: array_of(table, columns.of[f"{name}.{part}"], False, label)
        for part in field.parts
        if f"{name}.{part}" in columns.of
    }
