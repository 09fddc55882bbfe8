"""The lines of `events.jsonl`, one kind of event each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Event(BaseModel):
    """What happened; the log adds the kind and the time."""

    model_config = ConfigDict(frozen=True)

    kind: ClassVar[str]


class BeginEvent(Event):
    """Training begins or goes on, after `step` steps."""

    kind = "begin"
    step: int
    command: str


class StepEvent(Event):
    """A step: losses and logged numbers (None where one is not finite), norms and rates by role, its seconds."""

    kind = "step"
    step: int
    losses: Mapping[str, float | None] = {}
    logs: Mapping[str, float | None] = {}
    grad_norm: Mapping[str, float] = {}
    lr: Mapping[str, float] = {}
    seconds: float = 0.0
    samples_per_second: float = 0.0


class SkippedEvent(Event):
    """An update that was left out because something was not finite."""

    kind = "skipped"
    step: int
    reason: str
    so_far: int


class WarningEvent(Event):
    """Something that is no error and should not be: a gradient of exactly zero."""

    kind = "warning"
    step: int
    message: str


class DataEvent(Event):
    """What was found in the data: files that are not read, captions that disagree, a file left out."""

    kind = "data"
    message: str


class CheckpointEvent(Event):
    kind = "checkpoint"
    step: int
    path: str


class SamplesEvent(Event):
    """Validation wrote a sheet of samples, `path` below the run's folder."""

    kind = "samples"
    step: int
    path: str


class ValidationEvent(Event):
    """Losses over held-out data, by `validate/NAME`."""

    kind = "validation"
    step: int
    losses: Mapping[str, float]


class InterruptedEvent(Event):
    kind = "interrupted"
    step: int
    signal: str


class FailedEvent(Event):
    """Training ended with a diagnostic."""

    kind = "failed"
    step: int
    code: str
    message: str


class DoneEvent(Event):
    """The run is done; rows of encoders that were read from disk, and computed."""

    kind = "done"
    cache_hits: int
    cache_misses: int


EVENTS: Mapping[str, type[Event]] = {
    e.kind: e
    for e in (
        BeginEvent,
        StepEvent,
        SkippedEvent,
        WarningEvent,
        DataEvent,
        CheckpointEvent,
        SamplesEvent,
        ValidationEvent,
        InterruptedEvent,
        FailedEvent,
        DoneEvent,
    )
}
