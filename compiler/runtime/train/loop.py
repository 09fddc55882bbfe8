"""The training loop: steps until the last one, with a log, trackers, checkpoints and validation on their steps."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...modules.given_settings import Duration
from ..base.errors import RunError
from ..base.event_records import (
    CheckpointEvent,
    FailedEvent,
    InterruptedEvent,
    SkippedEvent,
    StepEvent,
    WarningEvent,
)
from ..base.events import Log, Progress, Tracker
from ..base.settings import CheckpointSettings
from ..base.signals import Signals
from . import checkpoints, optimizers
from .resume import snapshot
from .training import Training
from .training_step import Stepped, one_step


@dataclass(frozen=True)
class TrainingResult:
    """How training ended: `interrupted` tells that a signal stopped it after a checkpoint."""

    step: int
    interrupted: bool
    seconds: float
    losses: Mapping[str, float]


def train(
    t: Training,
    *,
    folder: Path,
    program: str,
    name: str,
    log: Log,
    trackers: Sequence[Tracker],
    checkpoint: CheckpointSettings,
    validate: Callable[[int, Mapping[str, Any]], Sequence[str]] | None,
) -> TrainingResult:
    """Trains to the last step, with checkpoints on their steps.

    `validate` is called before the first step and after each, with the carried state; what it gives is told. `folder`
    keeps the checkpoints. A signal ends it after the current step, with a checkpoint.
    """
    steps, turn = t.settings.length, _Turn(checkpoint.every)
    progress = Progress(name, t.step, steps)
    began = time.monotonic()
    last: Stepped | None = None
    try:
        with Signals() as signals:
            if t.step == 0:
                _validate(t, validate, progress)
            while t.step < steps:
                start = time.monotonic()
                last = one_step(t)
                seconds = time.monotonic() - start
                speed = t.settings.batch / max(seconds, 1e-9)
                log.write(
                    StepEvent(
                        step=t.step,
                        losses=_finite(last.losses),
                        logs=_finite(last.logs),
                        grad_norm=last.norms,
                        lr=last.rates,
                        seconds=round(seconds, 4),
                        samples_per_second=round(speed, 2),
                    )
                )
                for tracker in trackers:
                    scalars = {f"loss/{k}": v for k, v in last.losses.items()}
                    scalars.update({f"log/{k}": v for k, v in last.logs.items()})
                    scalars.update({f"grad_norm/{k}": v for k, v in last.norms.items()})
                    scalars.update({f"lr/{k}": v for k, v in last.rates.items()})
                    tracker.scalars(t.step, scalars)
                for problem in last.skipped:
                    log.write(SkippedEvent(step=t.step, reason=problem, so_far=t.skipped))
                    progress.say(f"{name}: {problem}; passed over")
                for warning in last.warnings:
                    log.write(WarningEvent(step=t.step, message=warning))
                    progress.say(f"{name}: warning: {warning}")
                progress.step(t.step, {**last.losses, **last.logs})
                if turn.due(t.step) or signals.received or t.step == steps:
                    path = checkpoints.save(folder, snapshot(t), program, checkpoint.keep)
                    log.write(CheckpointEvent(step=t.step, path=path.name))
                    turn.took()
                if signals.received:
                    progress.say(
                        f"{name}: stopped by {signals.received} after step {t.step}; a checkpoint is written"
                    )
                    log.write(InterruptedEvent(step=t.step, signal=signals.received))
                    return TrainingResult(t.step, True, time.monotonic() - began, last.losses)
                _validate(t, validate, progress)
    except RunError as e:
        log.write(FailedEvent(step=t.step, code=e.code, message=e.message))
        raise
    finally:
        progress.close()
    return TrainingResult(t.step, False, time.monotonic() - began, last.losses if last else {})


def _validate(
    t: Training, validate: Callable[[int, Mapping[str, Any]], Sequence[str]] | None, progress: Progress
) -> None:
    if validate is None:
        return
    with optimizers.settled(t.trained.values()):
        lines = validate(t.step, t.state)
    for line in lines:
        progress.say(line)


class _Turn:
    """When a checkpoint is due: on every so many steps, or so long after the last one; 0 is never."""

    def __init__(self, every: int | Duration) -> None:
        self.every = every
        self.took()

    def took(self) -> None:
        self._last = time.monotonic()

    def due(self, step: int) -> bool:
        if isinstance(self.every, Duration):
            return time.monotonic() - self._last >= self.every.seconds
        return self.every > 0 and step % self.every == 0


def _finite(values: Mapping[str, float]) -> dict[str, float | None]:
    return {k: v if math.isfinite(v) else None for k, v in values.items()}
