"""Rows of Parquet files, found by their place: whole row groups are read, of the columns that a program declares."""

from __future__ import annotations

import hashlib
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Set
from itertools import accumulate
from pathlib import Path
from typing import Any

from ...base.errors import Place, Report, RunError
from ...base.media.clips_and_images import MediaError
from ..folders.listing.captions import Texts
from ..text_files import json_hash
from .absent_library import absent
from .columns import columns_of
from .store import Row
from .store_fields import StoreField, with_small
from .store_files import store_files
from .table_rows import row_of, texts_in

_KEPT = 512 << 20
"""Bytes of row groups that are kept in memory, beside the one that is read."""

_LARGE = 64 << 20
"""Bytes of a row group of several rows that are worth a word: all of it is read for each of them."""


class ParquetFiles:
    """The rows of Parquet files of one schema. `stated` are the columns that fields state.

    RunError for files that are missing or damaged, and for columns that are not as declared.
    """

    what = "rows"

    def __init__(
        self,
        path: str,
        fields: Mapping[str, StoreField],
        stated: Mapping[str, str],
        place: Place | None,
        report: Report,
    ) -> None:
        try:
            import pyarrow.parquet as parquet
        except ImportError as error:
            raise absent("pyarrow", "parquet", place, error) from error
        self.where, self._fields = path, fields
        self._paths = store_files(path, (".parquet",), place)
        self._files: list[Any] = []
        for file in self._paths:
            try:
                self._files.append(parquet.ParquetFile(file, memory_map=True))
            except Exception as error:  # pyarrow has errors of its own for damaged files
                message = f"{file} is no whole Parquet file ({str(error).splitlines()[0]})"
                raise RunError("data-mismatch", message, "write or copy it again", place, 2) from error
        schema = self._files[0].schema_arrow
        self._columns = columns_of(fields, stated, schema, str(self._paths[0]), place)
        for file, found in zip(self._paths, self._files):
            columns_of(fields, stated, found.schema_arrow, str(file), place)
        self._groups = [(n, g) for n, f in enumerate(self._files) for g in range(f.metadata.num_row_groups)]
        sizes = [self._files[n].metadata.row_group(g).num_rows for n, g in self._groups]
        self._starts: list[int] = [0, *accumulate(sizes)]
        self._firsts = [0, *accumulate(f.metadata.num_rows for f in self._files)]
        if not self._starts[-1]:
            raise RunError("data-mismatch", f"{path} holds no rows", place=place)
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, tuple[str, ...]], Any] = OrderedDict()
        self._tell_large_groups(sizes, report)

    def __len__(self) -> int:
        return self._starts[-1]

    def label(self, index: int) -> str:
        group = bisect_right(self._starts, index) - 1
        n, _ = self._groups[group]
        return f"{self._paths[n]}:{index - self._firsts[n]}"

    def row(self, index: int, read: Set[str] | None) -> Row:
        group = bisect_right(self._starts, index) - 1
        columns = tuple(self._columns.read(with_small(self._fields, read)))
        table = self._group(group, columns, index)
        n, _ = self._groups[group]
        one = table.slice(index - self._starts[group], 1)
        return row_of(one, self._fields, self._columns, self.label(index), self._paths[n].parent, read)

    def texts(self, field: str) -> Iterator[tuple[int, Texts]]:
        column, index = self._columns.of[field], 0
        for group in range(len(self._groups)):
            try:
                cells = self._group(group, (column,), index).column(column)
            except MediaError:
                cells = []  # told when a row of it is met
            yield from texts_in(cells, index)
            index = self._starts[group + 1]

    def contents(self) -> Iterator[str]:
        """Files end in a footer, which lists where each column's bytes lie, with their bounds: it stands for all rows."""
        for path, file in zip(self._paths, self._files):
            whole = json_hash([path.stat().st_size, _footer(path), dict(self._columns.of)])[:24]
            yield from (f"{whole} {row}" for row in range(file.metadata.num_rows))

    def _group(self, group: int, columns: tuple[str, ...], index: int) -> Any:
        with self._lock:  # a file is read by one thread at a time, which pyarrow shares out by columns
            key = (group, columns)
            found = self._kept.get(key)
            if found is None:
                n, g = self._groups[group]
                there = [c for c in columns if c in self._files[n].schema_arrow.names]
                try:
                    found = self._files[n].read_row_group(g, columns=there)
                except Exception as error:  # pyarrow has errors of its own for damaged files
                    reason = f"cannot be read ({str(error).splitlines()[0]})"
                    raise MediaError(Path(self.label(index)), reason) from error
                self._kept[key] = found
                while len(self._kept) > 1 and sum(t.nbytes for t in self._kept.values()) > _KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return found

    def _tell_large_groups(self, sizes: list[int], report: Report) -> None:
        wanted = set(self._columns.read(None))
        large, rows = 0, 0
        for (n, g), size in zip(self._groups, sizes):
            group = self._files[n].metadata.row_group(g)
            columns = [group.column(c) for c in range(group.num_columns)]
            held = sum(c.total_uncompressed_size for c in columns if c.path_in_schema.split(".")[0] in wanted)
            if size > 1 and held > large:
                large, rows = held, size
        if large > _LARGE:
            report(
                f"{self.where} has row groups of {rows} rows and {large >> 20} MiB, of which all is read for each row; "
                "written with a row_group_size of 1, rows are read alone"
            )


def _footer(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(-8, 2)
        length = int.from_bytes(file.read(4), "little")
        file.seek(-8 - length, 2)
        return hashlib.sha256(file.read(length)).hexdigest()
