"""A written data set as a source: rows of safetensors shards, read through memory maps and checked as they are read.

A shard's metadata holds the texts of its samples, and a hash of every row of every tensor. The manifest holds the hash
of that metadata. So a row is known to be the one that was written once its own bytes are hashed, and nobody reads a
shard from end to end to trust one sample of it.
"""

from __future__ import annotations

import hashlib
import json
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ...contracts.data_sets import dataset_manifest, manifest_io
from ...contracts.data_sets.dataset_manifest import Manifest, Shard, StoredField
from ...contracts.data_sets.manifest_io import NoDataSet
from ..base.errors import Place, RunError
from ..base.records import ShardContents, parse_record
from .samples import FieldValue, Sample, order
from .text_files import text_key

OPEN = 64
"""Shards that are kept mapped at a time."""


def row_hash(row: Tensor) -> str:
    """128 bits over the bytes of one sample's tensor, as it is stored."""
    flat = row.contiguous().reshape(-1).view(torch.uint8)
    return hashlib.sha256(flat.numpy().data).hexdigest()[:32]


def metadata(texts: Mapping[str, Sequence[str]], rows: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """What a shard says beside its tensors: texts by field, and hashes of rows by tensor.

    In one entry: the order of several in a file is another in every process.
    """
    return {_ENTRY: json.dumps({"texts": texts, "rows": rows}, ensure_ascii=False, sort_keys=True)}


_ENTRY = "fdc"


def _contents(found: Mapping[str, str] | None) -> tuple[ShardContents, str]:
    """What `metadata` wrote, and its hash. Raises KeyError or ValueError for anything else."""
    text = (found or {})[_ENTRY]
    contents = parse_record(ShardContents, json.loads(text), "metadata")
    return contents, hashlib.sha256(text.encode()).hexdigest()


def shard_of(path: Path, samples: int) -> Shard | None:
    """A shard that was written before, as the manifest lists it; None if it is not whole."""
    try:
        with safe_open(path, framework="pt") as file:
            contents, digest = _contents(file.metadata())
            lengths = {file.get_slice(name).get_shape()[0] for name in file.keys()}  # noqa: SIM118, no mapping
        size = path.stat().st_size
    except (SafetensorError, OSError, KeyError, ValueError, TypeError, IndexError):
        return None
    if lengths | {len(r) for r in (*contents.texts.values(), *contents.rows.values())} != {samples}:
        return None
    return Shard(path.name, samples, size, digest)


@dataclass(frozen=True)
class _Opened:
    name: str
    file: Any  # safetensors gives its handles no public type
    texts: Mapping[str, Sequence[str]]
    rows: Mapping[str, Sequence[str]]


class Shards:
    """The declared fields of a data set that `produce` wrote.

    Floating tensors come in float32, whatever they are stored in; others as they are stored. RunError for a data set
    that is not there, is not what is declared, or lacks a shard; and from `sample` for a row that is not as written.
    """

    def __init__(
        self,
        root: Path,
        fields: Mapping[str, StoredField],
        sizes: Mapping[str, int],
        seed: int | None,
        place: Place | None,
    ) -> None:
        self._root, self._fields, self._seed, self._place = root, fields, seed, place
        try:
            self.manifest: Manifest = manifest_io.read(str(root))
        except NoDataSet as e:
            raise RunError(e.code, e.message, e.help, place) from None
        for d in dataset_manifest.differences(fields, self.manifest, sizes, str(root)):
            raise RunError("data-mismatch", d.message, d.help, place, facts=d.facts)
        if not self.manifest.count:
            raise RunError("data-mismatch", f"`{root}` holds no samples", None, place)
        for shard in self.manifest.shards:
            self._stands(shard)
        self._starts = [0, *accumulate(s.samples for s in self.manifest.shards)]
        self._opened: OrderedDict[int, _Opened] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return self.manifest.count

    def sample(self, position: int) -> Sample:
        epoch, offset = divmod(position, len(self))
        index = int(order(self._seed, epoch, len(self))[offset])
        number = bisect_right(self._starts, index) - 1
        row = index - self._starts[number]
        shard = self._shard(number)
        fields: dict[str, FieldValue] = {}
        keys: dict[str, str] = {}
        for name, field in self._fields.items():
            if field.kind == "text":
                text = shard.texts[name][row]
                fields[name], keys[name] = text, text_key(text)
                continue
            parts = {
                part: self._row(shard, f"{name}.{part}" if part else name, row) for part in _parts(field)
            }
            tensors = {part: tensor for part, (tensor, _) in parts.items()}
            fields[name] = tensors.get("", tensors)
            keys[name] = " ".join(key for _, key in parts.values())
        return Sample(position, index, f"{shard.name}:{row}", fields, keys)

    def fingerprint(self) -> str:
        names = [*self._fields, *(s.sha256 for s in self.manifest.shards)]
        return hashlib.sha256(json.dumps(names).encode()).hexdigest()

    def _row(self, shard: _Opened, name: str, row: int) -> tuple[Tensor, str]:
        """One sample's tensor and its hash, which is what the shard says it is."""
        try:
            found: Tensor = shard.file.get_slice(name)[row : row + 1][0]
        except (SafetensorError, OSError) as e:
            raise self._damaged(shard.name, f"`{name}` of sample {row} cannot be read ({e})") from None
        key = row_hash(found)
        if key != shard.rows[name][row]:
            raise self._damaged(shard.name, f"`{name}` of sample {row} is not what was written")
        return (found.float() if found.is_floating_point() else found), key

    def _shard(self, number: int) -> _Opened:
        with self._lock:
            found = self._opened.get(number)
            if found is None:
                found = self._opened[number] = self._open(self.manifest.shards[number])
                while len(self._opened) > OPEN:
                    self._opened.popitem(last=False)
            self._opened.move_to_end(number)
            return found

    def _open(self, shard: Shard) -> _Opened:
        path = self._root / shard.file
        self._stands(shard)
        try:
            file: Any = safe_open(path, framework="pt")
            contents, digest = _contents(file.metadata())
            if digest != shard.sha256:
                raise self._damaged(shard.file, "it is not the one that the manifest lists")
            opened = _Opened(shard.file, file, contents.texts, contents.rows)
            for name, field in self._fields.items():
                for part, declared in field.parts.items():
                    tensor = f"{name}.{part}" if part else name
                    shape = file.get_slice(tensor).get_shape()
                    if shape != [shard.samples, *declared.dims]:
                        raise self._damaged(shard.file, f"`{tensor}` has the shape {shape}")
        except (SafetensorError, OSError, KeyError, ValueError, TypeError) as e:
            raise self._damaged(shard.file, f"it cannot be read ({e})") from None
        return opened

    def _stands(self, shard: Shard) -> None:
        """The file is there, in the size that it was written in."""
        try:
            size = (self._root / shard.file).stat().st_size
        except OSError as e:
            raise RunError(
                "missing-file",
                f"`{self._root}` lacks {shard.file}, which its manifest lists ({e.strerror})",
                self._help,
                self._place,
            ) from None
        if size != shard.bytes:
            raise self._damaged(shard.file, f"it has {size} bytes, and was written with {shard.bytes}")

    def _damaged(self, file: str, why: str) -> RunError:
        return RunError("data-mismatch", f"{self._root / file} is damaged: {why}", self._help, self._place)

    @property
    def _help(self) -> str:
        return f"remove that file and run program `{self.manifest.program}`, which writes it again"


def _parts(field: StoredField) -> Sequence[str]:
    return tuple(field.parts) or ("",)
