"""The store that a program names, opened by its kind."""

from __future__ import annotations

from collections.abc import Mapping, Set
from pathlib import Path

from ....types.types import Type
from ...base.errors import Place, Report
from ...base.settings import HubOptions, ParquetOptions, StoreOptions, WebdatasetOptions
from ..folders.cuts.frame_picks import Pace
from ..folders.file_fields import framings, limited
from .hub_set import HubSet
from .parquet_files import ParquetFiles
from .store import Store
from .store_fields import StoreField, store_field
from .store_source import StoreSource
from .web_shards import WebShards


def open_store(
    declared: Mapping[str, Type],
    stated: Mapping[str, Mapping[str, object]],
    options: StoreOptions,
    seed: int | None,
    place: Place | None,
    report: Report,
    kept: Path | None,
    read: Set[str] | None,
) -> StoreSource:
    """A store as a source of fields of the `declared` types, with what they have `stated` of where they lie. Without a seed
    its samples come in its own order. Raises RunError."""
    fields = {name: field for name, type_ in declared.items() if (field := store_field(type_)) is not None}
    assert fields.keys() == declared.keys(), "the checker knows what a store holds"
    fields = {name: limited(field, options.max_pixels, options.max_upscale) for name, field in fields.items()}
    made = framings(stated)
    held = {name: field for name, field in fields.items() if name not in made}
    store = _opened(stated, options, held, place, report, kept)
    pace = Pace(options.fps, options.stride, options.cut)
    return StoreSource(store, held | made, seed, place, report, options.may_fail, options.rate, pace, read)


def _opened(
    stated: Mapping[str, Mapping[str, object]],
    options: StoreOptions,
    fields: Mapping[str, StoreField],
    place: Place | None,
    report: Report,
    kept: Path | None,
) -> Store:
    match options:
        case WebdatasetOptions(path=path):
            return WebShards(path, fields, _stated(stated, "file"), place, kept)
        case ParquetOptions(path=path):
            return ParquetFiles(path, fields, _stated(stated, "column"), place, report)
        case HubOptions():
            return HubSet(options, fields, _stated(stated, "column"), place)
    raise AssertionError(f"no store has {type(options).__name__}")


def _stated(stated: Mapping[str, Mapping[str, object]], entry: str) -> dict[str, str]:
    """What fields state of where they lie."""
    return {name: str(said[entry]) for name, said in stated.items() if entry in said}
