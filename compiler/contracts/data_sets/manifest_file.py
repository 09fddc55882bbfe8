"""The entries of a data set's `manifest.json`, typed. Only programs that read or write a data set import this."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StrictInt, StrictStr, ValidationError
from pydantic import Field as Bounds

from .dataset_manifest import Manifest, Part, Shard, SpaceOf, StoredField, constant

VERSION = 1

Whole = Annotated[StrictInt, Bounds(ge=0, lt=1 << 63)]


class UnfitManifest(Exception):
    """An entry of a manifest that is not what it should be; the text names it."""


class ManifestEntry(BaseModel):
    """One mapping; keys that are not known are passed over, keys without a value are not written."""

    model_config = ConfigDict(frozen=True)


class PartEntry(ManifestEntry):
    dtype: StrictStr
    dims: list[Whole | StrictStr]
    pad: StrictStr | None = None


class SpaceEntry(ManifestEntry):
    name: StrictStr
    declaration: StrictStr
    codec: StrictStr
    normalize: StrictStr
    constants: dict[str, Any] = {}


class FieldEntry(ManifestEntry):
    kind: StrictStr
    quantity: StrictStr | None = None
    space: SpaceEntry | None = None
    parts: dict[str, PartEntry] = {}
    weights: dict[str, StrictStr] = {}
    rate: Whole | None = None


class ShardEntry(ManifestEntry):
    file: StrictStr
    samples: Whole
    bytes: Whole
    sha256: StrictStr


class ManifestFile(ManifestEntry):
    version: int
    program: StrictStr
    count: Whole
    sizes: dict[str, Whole]
    fields: dict[str, FieldEntry]
    made: dict[str, Any]
    shards: list[ShardEntry]


_WRONG = {
    "missing": "is missing",
    "dict_type": "is not a mapping",
    "model_type": "is not a mapping",
    "list_type": "is not a list",
    "string_type": "is not a text",
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "greater_than_equal": "is not a whole number",
    "less_than": "is not a whole number",
}
"""What pydantic finds, in words that follow the name of an entry."""


def _first_fault(e: ValidationError) -> str:
    """The first entry at fault, by its path."""
    first = e.errors(include_url=False, include_context=False, include_input=False)[0]
    path = ".".join(str(step) for step in first["loc"] if step not in _UNION_STEPS)
    return f"`{path}` {_WRONG.get(first['type'], first['msg'])}"


_UNION_STEPS = ("constrained-int", "str")
"""Steps by which pydantic names the alternatives of `dims`, which are no entries."""


def parsed(text: bytes) -> Manifest:
    """A manifest from its JSON; raises `UnfitManifest`."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise UnfitManifest("there is no JSON") from None
    if not isinstance(found, dict):
        raise UnfitManifest("the whole is not a mapping")
    version = found.get("version")
    if version is None and "described" in found:
        raise UnfitManifest(
            "there is no version: an older fdc wrote it, without all that latents are known by"
        )
    if version is None or "fields" not in found:
        raise UnfitManifest("there is no data set that `produce` wrote")
    if version != VERSION or isinstance(version, bool):
        raise UnfitManifest(f"the version is not {VERSION}, which is the one that this fdc reads")
    try:
        file = ManifestFile.model_validate(found)
    except ValidationError as e:
        raise UnfitManifest(_first_fault(e)) from None
    shards = tuple(map(_shard, file.shards))
    manifest = Manifest(
        program=file.program,
        fields={n: _field(f, n) for n, f in file.fields.items()},
        sizes=file.sizes,
        count=file.count,
        made=file.made,
        shards=shards,
    )
    if sum(s.samples for s in shards) != manifest.count:
        raise UnfitManifest("the shards do not hold as many samples as `count` says")
    return manifest


def written(m: Manifest) -> dict[str, Any]:
    """A manifest as JSON; `parsed` is the way back."""
    file = ManifestFile(
        version=VERSION,
        program=m.program,
        count=m.count,
        sizes=dict(m.sizes),
        fields={name: _field_entry(f) for name, f in m.fields.items()},
        made=dict(m.made),
        shards=[ShardEntry(**vars(s)) for s in m.shards],
    )
    return file.model_dump(mode="json", exclude_unset=True)


def _field_entry(f: StoredField) -> FieldEntry:
    """What a field has; an entry that would be empty is left out."""
    space = SpaceEntry(**{**vars(f.space), "constants": dict(f.space.constants)}) if f.space else None
    parts = {n: _part_entry(p) for n, p in f.parts.items()}
    given = {
        "quantity": f.quantity,
        "space": space,
        "parts": parts,
        "weights": dict(f.weights),
        "rate": f.rate,
    }
    return FieldEntry.model_validate({"kind": f.kind, **{n: v for n, v in given.items() if v}})


def _part_entry(p: Part) -> PartEntry:
    pad = {} if p.pad is None else {"pad": p.pad}
    return PartEntry(dtype=p.dtype, dims=list(p.dims), **pad)


KINDS = ("text", "int", "float", "bool", "tensor", "latent", "record")


def _field(entry: FieldEntry, name: str) -> StoredField:
    kind, parts = entry.kind, {n: Part(p.dtype, tuple(p.dims), p.pad) for n, p in entry.parts.items()}
    if kind not in KINDS or (kind == "tensor" and list(parts) != [""]) or (kind == "latent" and not parts):
        raise UnfitManifest(f"field `{name}` is of no kind that is known")
    if kind != "latent":
        return StoredField(kind, parts, weights=entry.weights, rate=entry.rate)
    if entry.space is None or entry.quantity is None:
        missing = "space" if entry.space is None else "quantity"
        raise UnfitManifest(f"`fields.{name}.{missing}` is missing")
    return StoredField(kind, parts, entry.quantity, _space(entry.space), entry.weights)


def _space(entry: SpaceEntry) -> SpaceOf:
    constants = {n: c for n, v in entry.constants.items() if (c := constant(v)) is not None}
    return SpaceOf(entry.name, entry.declaration, entry.codec, entry.normalize, constants)


def _shard(entry: ShardEntry) -> Shard:
    name = entry.file
    if name in ("", ".", "..") or "\0" in name or Path(name).name != name:
        raise UnfitManifest("a shard lies outside of the folder")
    return Shard(name, entry.samples, entry.bytes, entry.sha256)
