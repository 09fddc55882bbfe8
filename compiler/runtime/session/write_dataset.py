"""A data set written as safetensors shards with a manifest, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from ...contracts.data_sets import manifest_file, manifest_io
from ...contracts.data_sets.dataset_manifest import Manifest, Part, Shard, StoredField
from ...contracts.data_sets.manifest_io import NoDataSet
from ..api.components import DTYPES
from ..base.errors import Place, RunError
from ..base.media.clips_and_images import aside
from ..base.run_folder import write_text
from ..data.shards import metadata, row_hash, shard_of

SHARD = 256

Make = Callable[[Sequence[int]], tuple[Mapping[str, Any], Mapping[str, Any]]]
"""Positions to (the batch, the produced fields)."""


def write_shards(
    folder: Path,
    manifest: Manifest,
    batch: int,
    make: Make,
    names: Callable[[Sequence[int]], Sequence[str]],
    place: Place,
) -> int:
    """Writes the samples that a manifest without shards calls for; gives how many were new.

    Shards that are there and whole are kept: an interrupted run goes on. The manifest is written last, with the
    shards in it. `names` tells where samples come from, for messages.
    """
    path = folder / manifest_io.FILE
    if path.exists() and not _same_data(_found(folder, place), manifest):
        raise RunError(
            "data-mismatch",
            f"{folder} holds another data set",
            help="name another folder in `shards(...)`, or remove this one",
            place=place,
            exit_status=2,
        )
    wanted = manifest.count
    if path.exists() and is_complete(folder, manifest):
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / manifest_io.BEGUN
    text = _json(_without_shards(manifest))
    if mark.exists() and mark.read_text(encoding="utf-8") != text:
        raise RunError(
            "data-mismatch",
            f"{folder} holds part of another data set",
            help="remove it, or name another folder",
            place=place,
        )
    write_text(mark, text)
    shards: list[Shard] = []
    new = 0
    for start in range(0, wanted, SHARD):
        end = min(start + SHARD, wanted)
        file = folder / f"shard-{start // SHARD:05d}.safetensors"
        shard = shard_of(file, end - start) if file.exists() else None
        if shard is None:
            _write_shard(file, manifest.fields, range(start, end), batch, make, names, place)
            shard = shard_of(file, end - start)
            assert shard is not None
            new += end - start
        shards.append(shard)
    write_text(path, _json(manifest_file.written(replace(manifest, shards=tuple(shards)))))
    mark.unlink()
    return new


def _write_shard(
    file: Path,
    fields: Mapping[str, StoredField],
    positions: range,
    batch: int,
    make: Make,
    names: Callable[[Sequence[int]], Sequence[str]],
    place: Place,
) -> None:
    rows: dict[str, list[Tensor]] = {}
    texts: dict[str, list[str]] = {}
    for first in range(positions.start, positions.stop, batch):
        some = range(first, min(first + batch, positions.stop))
        source, made = make(some)
        for name, field in fields.items():
            value = made[name] if name in made else source[name]
            if field.kind == "text":
                texts.setdefault(name, []).extend(value)
                continue
            for part, declared in (field.parts or {"": Part(field.kind, ())}).items():
                tensor = _rows(value[part] if part else value, declared, len(some))
                shown = f"{name}.{part}" if part else name
                _all_finite(shown, tensor, some, names, place)
                rows.setdefault(shown, []).append(tensor)
    tensors = {name: torch.cat(_alike(rows.pop(name))).contiguous() for name in list(rows)}
    hashes = {name: [row_hash(row) for row in tensor] for name, tensor in tensors.items()}
    with aside(file) as part_:
        save_file(tensors, part_, metadata(texts, hashes))


_NUMBERS = {"int": torch.int64, "float": torch.float32, "bool": torch.bool}


def _rows(value: Any, declared: Part, count: int) -> Tensor:
    """One row for each sample, in the declared dtype where that loses nothing."""
    if not isinstance(value, Tensor):  # a number that is the same for all
        return torch.full((count,), value, dtype=_NUMBERS[declared.dtype])
    tensor: Tensor = value.detach().cpu()
    if declared.dtype in DTYPES and tensor.is_floating_point():
        narrow = tensor.to(DTYPES[declared.dtype])
        if torch.equal(narrow.to(tensor.dtype), tensor):
            return narrow
    return tensor


def _alike(parts: Sequence[Tensor]) -> list[Tensor]:
    """Of one dtype: the widest among them."""
    dtype = parts[0].dtype
    for part in parts:
        dtype = torch.promote_types(dtype, part.dtype)
    return [part.to(dtype) for part in parts]


def _all_finite(
    shown: str,
    tensor: Tensor,
    positions: Sequence[int],
    names: Callable[[Sequence[int]], Sequence[str]],
    place: Place,
) -> None:
    if not tensor.is_floating_point() or tensor.isfinite().all():
        return
    bad = [p for p, row in zip(positions, tensor) if not row.isfinite().all()]
    raise RunError(
        "non-finite",
        f"`{shown}` is not finite for {', '.join(names(bad)[:8])}",
        help="nothing of this shard was written; take these samples out, or produce with `precision = f32`",
        place=place,
    )


def _found(folder: Path, place: Place) -> Manifest:
    try:
        return manifest_io.read(str(folder))
    except NoDataSet as e:
        raise RunError(
            e.code, e.message, "remove the folder, or name another", place, exit_status=2
        ) from None


def _json(value: object) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)


def _without_shards(m: Manifest) -> dict[str, Any]:
    """What makes two data sets the same; the version of fdc does not."""
    made = {name: value for name, value in m.made.items() if name != "fdc"}
    plain: dict[str, Any] = json.loads(_json(manifest_file.written(replace(m, shards=(), made=made))))
    return plain


def _same_data(a: Manifest, b: Manifest) -> bool:
    return _without_shards(a) == _without_shards(b)


def is_complete(folder: Path, wanted: Manifest | None = None) -> bool:
    """Whether a manifest is there, and every shard that it lists in its size."""
    try:
        found = manifest_io.read(str(folder))
        sizes = [(folder / s.file).stat().st_size for s in found.shards]
    except (NoDataSet, OSError):
        return False
    return sizes == [s.bytes for s in found.shards] and (wanted is None or found.count == wanted.count)
