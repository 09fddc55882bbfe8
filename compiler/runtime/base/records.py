"""What a run writes beside tensors: the JSON files of its folder, typed. Keys that are not known are kept as they come."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError


class JsonRecord(BaseModel):
    """One JSON object. A key that was not given is not written."""

    model_config = ConfigDict(frozen=True, extra="allow")

    def json_value(self) -> dict[str, Any]:
        """What stands in the file; `parse_record` is the way back."""
        return self.model_dump(mode="json", exclude_unset=True)

    def text(self, sort_keys: bool = False) -> str:
        return json.dumps(self.json_value(), indent=1, sort_keys=sort_keys)


class PlanRecord(JsonRecord):
    """The module that ran: its hash, the fdc that wrote it, where it was built, whether it was edited since."""

    sha256: str
    version: str
    built: str | None
    edited: bool


class Leg(JsonRecord):
    """A part of a run: from which step on, by which program, fdc and command, and what was changed from the part before."""

    from_step: int
    program: str
    fdc: str
    command: str
    changes: tuple[str, ...] = ()


class Lock(JsonRecord):
    """`lock.json`: how the run was made. `program` is a hash of what its program means, which `meaning`, `launch` and `words`
    tell fact by fact (`driver/meaning.py`). `hashes` are those of the data and of all frozen weights."""

    program: str
    command: str
    python: str
    versions: Mapping[str, str | None]
    settings: Mapping[str, Any]
    hashes: Mapping[str, str]
    name: str = ""
    source: str = ""
    plan: PlanRecord | None = None
    meaning: Mapping[str, str] = {}
    launch: Mapping[str, str] = {}
    words: Mapping[str, str] = {}
    legs: tuple[Leg, ...] = ()

    @property
    def programs(self) -> frozenset[str]:
        """Those whose checkpoints the run may hold."""
        return frozenset((self.program, *(leg.program for leg in self.legs)))


class Finished(JsonRecord):
    """`finished.json`: that a run is done. A program that only produces has no steps."""

    program: str
    table: str = ""
    steps: int | None = None
    seconds: float | None = None


class CheckpointManifest(JsonRecord):
    """`manifest.json` of a checkpoint: every file with its SHA-256."""

    format: int
    step: int
    program: str
    files: Mapping[str, str]


class OptimizerRecord(JsonRecord):
    """Names of an optimizer's tensors and its plain values, each `parameter::key`. `kind` is its word, "" where an earlier
    fdc wrote it."""

    numbers: Mapping[str, Any]
    tensors: tuple[str, ...]
    kind: str = ""


class TrainingState(JsonRecord):
    """`state.json` of a checkpoint: what the next step depends on beside tensors.

    `updates` are counted by role, `averages` by group of tensors; `state` are carried values that are no tensors. `left_out`
    are items of the data that could not be used. `position` is that of the next sample, None where an earlier fdc wrote it,
    which had one batch from the first step on.
    """

    step: int
    skipped: int
    updates: Mapping[str, int]
    averages: Mapping[str, int]
    optimizer: Mapping[str, OptimizerRecord]
    state: Mapping[str, Any]
    left_out: tuple[str, ...] = ()
    position: int | None = None


class SegmentRecord(JsonRecord):
    """From a position on, at which this epoch begins, the data have items of these names. Of data in buckets each is read at
    one of the `sizes`, in batches of `batch`."""

    first: int
    epoch: int
    names: tuple[str, ...]
    buckets: tuple[int, ...] = ()
    sizes: tuple[str, ...] = ()
    batch: int = 0


class DataRecord(JsonRecord):
    """`data.json`: the items of the data that a run trains on, with a hash of each as it was last. `served` are the names of
    those that were used before a `position`."""

    segments: tuple[SegmentRecord, ...]
    contents: Mapping[str, str]
    position: int = 0
    served: tuple[str, ...] = ()


class ExportRecord(JsonRecord):
    """`fdc.json` of an export: which weights these are, and the folder of each component.

    An adapter's has no components: `files` are its own, `base` names the checkpoint that it belongs to (a hub name, a
    folder, or `tiny(seed = 0)`), `overlays` the files that were laid over its components, and `adapters` those that were
    merged into it before.
    """

    role: str
    weights: str
    components: Mapping[str, str] = {}
    program: str | None = None
    step: int | None = None
    base: str | None = None
    files: tuple[str, ...] = ()
    adapters: tuple[str, ...] = ()
    overlays: Mapping[str, str] = {}
    lora: str | None = None


class ShardContents(JsonRecord):
    """What a shard of a data set holds beside tensors: texts by field, hashes of rows by tensor."""

    texts: Mapping[str, tuple[str, ...]]
    rows: Mapping[str, tuple[str, ...]]


class ShapesManifest(JsonRecord):
    """`manifest.json` of a folder of drawn clips; `complete` says that all of them are there."""

    format: int
    frames: int
    height: int
    width: int
    seed: int
    count: int
    complete: bool


RecordType = TypeVar("RecordType", bound=JsonRecord)


def parse_record(kind: type[RecordType], value: object, what: str) -> RecordType:
    """Raises ValueError that names the first entry at fault."""
    try:
        return kind.model_validate(value)
    except ValidationError as e:
        first = e.errors()[0]
        entry = ".".join(map(str, first["loc"]))
        raise ValueError(
            f"{what}: `{entry}`: {first['msg']}" if entry else f"{what}: {first['msg']}"
        ) from None


def read_record(kind: type[RecordType], path: Path) -> RecordType:
    """Raises OSError, or ValueError for a file that is no such record."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        raise ValueError(f"{path.name}: it is nested too deeply") from None
    return parse_record(kind, value, path.name)


def record_or_none(kind: type[RecordType], path: Path) -> RecordType | None:
    """The record, if the file is there and is one."""
    try:
        return read_record(kind, path)
    except (OSError, ValueError):
        return None
