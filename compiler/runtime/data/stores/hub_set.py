"""A data set of the Hugging Face hub, or one that its library saved on this machine, read as Arrow tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any

from ...base.errors import Place, RunError
from ...base.settings import HubOptions
from ..folders.listing.captions import Texts
from ..text_files import json_hash
from .absent_library import absent
from .columns import columns_of
from .store import Row
from .store_fields import StoreField, with_small
from .table_rows import row_of, texts_in


class HubSet:
    """The rows of one split. `stated` are the columns that fields state. Nothing is decoded by the library: media come as the
    bytes or paths that are stored. RunError for what cannot be loaded, and for columns that are not as declared."""

    what = "rows"

    def __init__(
        self,
        options: HubOptions,
        fields: Mapping[str, StoreField],
        stated: Mapping[str, str],
        place: Place | None,
    ) -> None:
        try:
            import datasets
        except ImportError as error:
            raise absent("datasets", "hub", place, error) from error
        self.where, self._fields = options.name, fields
        found = _loaded(datasets, options, place)
        self._rows: Any = found.with_format("arrow")
        self._print = [str(found._fingerprint), len(found)]
        schema = self._rows.features.arrow_schema
        self._columns = columns_of(fields, stated, schema, options.name, place)
        if not len(self):
            raise RunError("data-mismatch", f"`{options.name}` holds no rows", place=place)
        self._selected: dict[tuple[str, ...], Any] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def label(self, index: int) -> str:
        return f"{self.where}:{index}"

    def row(self, index: int, read: Set[str] | None) -> Row:
        columns = tuple(
            c for c in self._columns.read(with_small(self._fields, read)) if c in self._rows.column_names
        )
        if columns not in self._selected:
            self._selected[columns] = self._rows.select_columns(list(columns))
        table = self._selected[columns][index : index + 1]
        return row_of(table, self._fields, self._columns, self.label(index), Path(), read)

    def texts(self, field: str) -> Iterator[tuple[int, Texts]]:
        column, first = self._columns.of[field], 0
        for batch in self._rows.select_columns([column]).iter(1024):
            yield from texts_in(batch.column(column), first)
            first += len(batch)

    def contents(self) -> Iterator[str]:
        """The library's own fingerprint, which stands for all rows."""
        whole = json_hash([self._print, dict(self._columns.of)])[:24]
        yield from (f"{whole} {row}" for row in range(len(self)))


def _loaded(library: Any, options: HubOptions, place: Place | None) -> Any:
    """The split that is asked for."""
    folder = Path(options.name)
    saved = any((folder / name).is_file() for name in ("state.json", "dataset_dict.json"))
    try:
        found = (
            library.load_from_disk(options.name)
            if saved
            else library.load_dataset(
                options.name, options.subset, split=options.split, revision=options.revision
            )
        )
    except Exception as error:  # the library has errors of its own for every step of a download
        raise RunError(
            "missing-file",
            f"`{options.name}` cannot be loaded ({str(error).splitlines()[0]})",
            help="a name on the hub, or a folder that `save_to_disk` wrote",
            place=place,
        ) from error
    if isinstance(found, library.DatasetDict):
        if options.split not in found:
            raise RunError(
                "data-mismatch",
                f"`{options.name}` has no split `{options.split}`: it has {', '.join(found)}",
                place=place,
            )
        found = found[options.split]
    return found
