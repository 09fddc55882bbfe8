"""A data set's `manifest.json`, read and written.

It is somebody's file: it is read up to a size, every entry is looked at before it is believed, and what is wrong with
it is said in words.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..base import limits
from ..base.source import NotAFile, contents
from .dataset_manifest import Field, Manifest, Part, Shard, SpaceOf, constant

FILE = "manifest.json"
BEGUN = "described.json"
"""Stands in a folder while its data set is being written; the manifest takes its place."""
VERSION = 1


class NoDataSet(Exception):
    """A folder that cannot be read as a data set: `code`, why, and what to do."""

    def __init__(self, code: str, message: str, help: str) -> None:
        super().__init__(message)
        self.code, self.message, self.help = code, message, help


class _Unfit(Exception):
    """An entry of a manifest that is not what it should be; the text names it."""


def size(folder: str) -> int:
    """How many bytes the manifest of a folder has; 0 where there is none."""
    try:
        return os.path.getsize(os.path.join(folder, FILE))
    except (OSError, ValueError):
        return 0


def read(folder: str, most: int = limits.MANIFEST_BYTES) -> Manifest:
    """The manifest of a folder, of at most so many bytes; raises `NoDataSet`."""
    again = "run the program that produces it"
    try:
        if not stat.S_ISDIR(os.stat(folder).st_mode):
            raise NoDataSet("missing-file", f"`{folder}` is not a folder", "name the folder of a data set")
        path = os.path.join(folder, FILE)
        if not os.path.exists(path):
            if os.path.exists(os.path.join(folder, BEGUN)):
                raise NoDataSet(
                    "missing-file",
                    f"`{folder}` holds part of a data set: it was not written to the end",
                    f"{again} again; it goes on where it stopped",
                )
            raise NoDataSet(
                "missing-file",
                f"`{folder}` holds no data set: there is no {FILE} in it",
                'a data set is written by `produce NAME = ... to shards("folder")`',
            )
        text = contents(path, most + 1)
    except NotAFile:
        raise NoDataSet("missing-file", f"`{path}` is not a regular file", again) from None
    except FileNotFoundError:
        raise NoDataSet(
            "missing-file", f"there is no data set `{folder}`", f"{again}, or correct the path"
        ) from None
    except (OSError, ValueError) as e:
        why = getattr(e, "strerror", None) or e
        raise NoDataSet("missing-file", f"`{folder}` cannot be read: {why}", "correct the path") from None
    try:
        if len(text) > most:
            others = ", with the other manifests that are read" if most < limits.MANIFEST_BYTES else ""
            raise _Unfit(f"it holds more than {limits.MANIFEST_BYTES:,} bytes{others}")
        return parsed(_json(text))
    except _Unfit as e:
        raise NoDataSet(
            "data-mismatch",
            f"`{folder}` cannot be used: in its {FILE}, {e}",
            f"{again}, to a new folder",
        ) from None


def _json(text: bytes) -> Mapping[str, Any]:

    import json  # only where there is a data set to look at

    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise _Unfit("there is no JSON") from None
    return _mapping(found, "the whole")


def parsed(found: Mapping[str, Any]) -> Manifest:
    """Raises `_Unfit`."""
    version = found.get("version")
    if version is None and "described" in found:
        raise _Unfit("there is no version: an older fdc wrote it, without all that latents are known by")
    if version is None or "fields" not in found:
        raise _Unfit("there is no data set that `produce` wrote")
    if version != VERSION or isinstance(version, bool):
        raise _Unfit(f"the version is not {VERSION}, which is the one that this fdc reads")
    shards = tuple(_shard(s) for s in _get(found, "shards", _list))
    manifest = Manifest(
        program=_get(found, "program", _text),
        fields={n: _field(f, n) for n, f in _get(found, "fields", _mapping).items()},
        sizes={n: _whole(v, f"the size `{n}`") for n, v in _get(found, "sizes", _mapping).items()},
        count=_get(found, "count", _whole),
        made=_get(found, "made", _mapping),
        shards=shards,
    )
    if sum(s.samples for s in shards) != manifest.count:
        raise _Unfit("the shards do not hold as many samples as `count` says")
    return manifest


def written(m: Manifest) -> dict[str, Any]:
    """A manifest as JSON; `parsed` is the way back."""
    return {
        "version": VERSION,
        "program": m.program,
        "count": m.count,
        "sizes": dict(m.sizes),
        "fields": {name: _field_out(f) for name, f in m.fields.items()},
        "made": dict(m.made),
        "shards": [vars(s) for s in m.shards],
    }


def _field_out(f: Field) -> dict[str, Any]:
    out: dict[str, Any] = {"kind": f.kind}
    if f.quantity:
        out["quantity"] = f.quantity
    if f.space is not None:
        out["space"] = {**vars(f.space), "constants": dict(f.space.constants)}
    if f.parts:
        out["parts"] = {
            name: {
                "dtype": p.dtype,
                "dims": list(p.dims),
                **({"pad": p.pad} if p.pad is not None else {}),
            }
            for name, p in f.parts.items()
        }
    if f.weights:
        out["weights"] = dict(f.weights)
    return out


KINDS = ("text", "int", "float", "bool", "tensor", "latent", "record")


def _field(value: Any, name: str) -> Field:
    found = _mapping(value, f"field `{name}`")
    kind = _get(found, "kind", _text)
    parts = {n: _read_part(p, name) for n, p in _mapping(found.get("parts", {}), "`parts`").items()}
    weights = {n: _text(h, "a hash") for n, h in _mapping(found.get("weights", {}), "`weights`").items()}
    if kind not in KINDS or (kind == "tensor" and list(parts) != [""]) or (kind == "latent" and not parts):
        raise _Unfit(f"field `{name}` is of no kind that is known")
    space = _space(found.get("space")) if kind == "latent" else None
    quantity = _get(found, "quantity", _text) if kind == "latent" else ""
    return Field(kind, parts, quantity, space, weights)


def _read_part(value: Any, name: str) -> Part:
    found = _mapping(value, f"field `{name}`")
    dims = tuple(d if isinstance(d, str) else _whole(d, "a dim") for d in _get(found, "dims", _list))
    pad = found.get("pad")
    return Part(_get(found, "dtype", _text), dims, None if pad is None else _text(pad, "`pad`"))


def _space(value: Any) -> SpaceOf:
    found = _mapping(value, "`space`")
    constants = {n: constant(v) for n, v in _mapping(found.get("constants", {}), "`constants`").items()}
    name, declaration, codec, rule = (
        _get(found, n, _text) for n in ("name", "declaration", "codec", "normalize")
    )
    known = {n: c for n, c in constants.items() if c is not None}
    return SpaceOf(name, declaration, codec, rule, known)


def _shard(value: Any) -> Shard:
    found = _mapping(value, "a shard")
    name = _get(found, "file", _text)
    if name in ("", ".", "..") or "\0" in name or Path(name).name != name:
        raise _Unfit("a shard lies outside of the folder")
    return Shard(
        name, _get(found, "samples", _whole), _get(found, "bytes", _whole), _get(found, "sha256", _text)
    )


def _get(found: Mapping[str, Any], name: str, of: Callable[[Any, str], Any]) -> Any:
    if name not in found:
        raise _Unfit(f"`{name}` is missing")
    return of(found[name], f"`{name}`")


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _Unfit(f"{what} is not a mapping")
    return value


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise _Unfit(f"{what} is not a list")
    return value


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise _Unfit(f"{what} is not a text")
    return value


def _whole(value: Any, what: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 63:
        raise _Unfit(f"{what} is not a whole number")
    return value
