"""Which columns of a table feed which fields, compared with its schema before a row is read."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

from ....base.diagnostics import nearest
from ...base.errors import Place, RunError
from ..folders.file_fields import Number, Pixels, Wave
from ..folders.listing.captions import KEYS
from .arrow_cells import PARTS, is_listed
from .store_fields import RecordValues, StoreField


@dataclass(frozen=True)
class Columns:
    """The column of each field, and the columns of tensors that are stored as bytes with a shape, by their common name."""

    of: Mapping[str, str]
    split: Set[str]

    def read(self, fields: Set[str] | None) -> list[str]:
        """The table's columns that these fields need, or all fields."""
        wanted = dict.fromkeys(
            c for n, c in self.of.items() if fields is None or n.partition(".")[0] in fields
        )
        return [
            c for name in wanted for c in ([f"{name}_{p}" for p in PARTS] if name in self.split else [name])
        ]


def columns_of(
    fields: Mapping[str, StoreField],
    stated: Mapping[str, str],
    schema: Any,
    where: str,
    place: Place | None,
) -> Columns:
    """Which columns of a schema the fields are read from: those that they state, or of their own names; a single text also
    from `prompt`, `caption` or `text`, a record's parts from `FIELD.PART`. RunError where there is none, or another kind."""
    names = list(schema.names)
    split = {
        n.removesuffix("_bytes")
        for n in names
        if n.endswith("_bytes") and f"{n.removesuffix('_bytes')}_shape" in names
    }
    alone = list(fields.values()).count("str") == 1
    found: dict[str, str] = {}
    for name, field in fields.items():
        tried = (stated[name],) if name in stated else (name, *(KEYS if field == "str" and alone else ()))
        column = next((t for t in tried if t in names or t in split), None)
        if column is None and isinstance(field, RecordValues):
            parts = {f"{name}.{p}": f"{tried[0]}.{p}" for p in field.parts if f"{tried[0]}.{p}" in names}
            if parts:
                found |= parts
                continue
        if column is None:
            near = nearest(tried[0], [*names, *split])
            listed = ", ".join([*sorted(split), *(n for n in names if not _is_part(n, split))])
            raise RunError(
                "data-mismatch",
                f"{where} has no column `{tried[0]}` for the field `{name}`",
                help=f'did you mean `{name}: ... {{ column = "{near}" }}`?'
                if near
                else f"its columns are {listed}",
                place=place,
            )
        if column not in split and (problem := _unlike(field, schema.field(column).type)):
            raise RunError(
                "data-mismatch",
                f"the column `{column}` of {where} is {schema.field(column).type}, and `{name}` is {problem}",
                place=place,
            )
        found[name] = column
    _require_apart(found, fields, where, place)
    return Columns(found, split & set(found.values()))


def _is_part(name: str, split: Set[str]) -> bool:
    return any(name == f"{s}_{p}" for s in split for p in PARTS)


def _require_apart(
    found: Mapping[str, str], fields: Mapping[str, StoreField], where: str, place: Place | None
) -> None:
    """Two fields of pixels of one size are not read from one column."""
    pixels = [(n, c, fields[n]) for n, c in found.items() if isinstance(fields.get(n), Pixels)]
    for name, column, field in pixels:
        first = next(n for n, c, f in pixels if (c, f) == (column, field))
        if first != name:
            message = f"`{first}` and `{name}` are both the column `{column}` of {where}, in one size"
            raise RunError("data-mismatch", message, place=place)


def _unlike(field: StoreField, type_: Any) -> str:
    """What a field is that a column of this type cannot hold; empty where it may."""
    import pyarrow.types as kinds

    def is_text(type_: Any) -> bool:
        return bool(kinds.is_string(type_) or kinds.is_large_string(type_))

    match field:
        case "str":
            wordings = is_listed(type_) and is_text(type_.value_type)
            return "" if is_text(type_) or wordings else "a text"
        case Number(kind=kind):
            fits = {
                "int": kinds.is_integer(type_),
                "float": kinds.is_floating(type_) or kinds.is_integer(type_),
                "bool": kinds.is_boolean(type_),
            }
            return "" if fits[kind] else f"a number, {kind}"
        case Pixels() | Wave():
            held = (
                kinds.is_binary(type_)
                or kinds.is_large_binary(type_)
                or kinds.is_struct(type_)
                or is_text(type_)
            )
            return "" if held else "media: bytes of files, or their paths"
        case _:
            held = is_listed(getattr(type_, "storage_type", type_))
            return "" if held else "a tensor: lists of numbers, or columns `_bytes` and `_shape`"
