"""Samples of a program's `validate`, made while it trains."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...program.averaging import Averaging
from ..api.components import Role
from ..base.errors import RunError
from ..base.event_records import SamplesEvent
from ..base.events import Log, Tracker
from ..base.settings import AveragedWeights, ValidateSettings
from ..data.folders.clip_folder import ClipFolder
from ..data.mixed import Mixed
from ..data.prefetch import Feed
from ..data.stores.store_source import StoreSource
from ..data.text_files import read_lines
from ..random.streams import Streams
from ..train import validation
from ..train.ema import Average
from .prepare import Prepared

RATE = 8
"""Frames a second of the clips that are written, where the data do not tell."""


def validator(p: Prepared, feed: Feed, log: Log, trackers: Sequence[Tracker]) -> Callable[[int], None] | None:
    """Makes samples after a step and writes them below the run's folder; None for a program that makes none."""
    asked = p.request.settings.validation
    if asked is None or not hasattr(p.plan, "sample"):
        return None
    batch = _validation_batch(asked, feed)
    text = _text_field(batch)
    count = len(batch[text]) if text is not None else asked.count
    captions = batch[text] if text is not None else [""] * count

    def validate(step: int) -> None:
        with validation.undisturbed(p.roles):
            shown = {n: validated_role(n, p.roles, p.averages, asked.weights)[0] for n in p.roles}
            draws = Streams(asked.seed, 0, tuple(range(count)), p.request.device)
            run = p.make_run(draws=draws, step=step, batch_size=count)
            run.roles = shown
            folder, made = p.folder.samples / f"step-{step}", p.plan.sample(run, batch)
            sheet = validation.write_samples(folder, made, captions, frame_rate(feed, RATE), sound_rate(feed))
            log.write(SamplesEvent(step=step, path=str(sheet.relative_to(p.folder.path))))
            for tracker in trackers if sheet != folder else ():
                tracker.picture(step, "samples", sheet)

    return validate


def frame_rate(feed: Feed | None, otherwise: float) -> float:
    """Frames a second: those of the data, where they have one rate."""
    source = feed.source if feed is not None else None
    found = source.frame_rate if isinstance(source, (ClipFolder, Mixed, StoreSource)) else None
    return found or otherwise


def sound_rate(feed: Feed | None) -> int:
    """Samples of sound a second: those of the data, where it has sound."""
    source = feed.source if feed is not None else None
    found = source.rate if isinstance(source, (ClipFolder, Mixed, StoreSource)) else None
    return found or validation.SOUND_RATE


def validated_role(
    name: str,
    roles: Mapping[str, Role],
    averages: Mapping[tuple[str, Averaging], Average],
    weights: str | AveragedWeights,
) -> tuple[Role, str]:
    """The weights of a role that validation and export use, and what they are called."""
    if isinstance(weights, AveragedWeights) and weights.role in (None, name):
        average = averages.get((name, weights.averaging))
        if average is not None and average.updates:
            return average.role, f"average({weights.averaging.written})"
    return roles[name], "live"


def _validation_batch(asked: ValidateSettings, feed: Feed) -> dict[str, Any]:
    prompts = asked.prompts
    if isinstance(prompts, str):
        prompts = tuple(line for _, line in read_lines(Path(prompts), None))
        if not prompts:
            raise RunError("missing-file", f"{asked.prompts} holds no prompts")
    batch = feed.batch(range(len(prompts) if prompts else asked.count))
    if prompts:
        name = _text_field(batch)
        if name is None:
            raise RunError("data-mismatch", "`prompts` are given, and the data has no field of text")
        batch[name] = list(prompts)
        batch[f"{name}.key"] = list(prompts)
    return batch


def _text_field(batch: Mapping[str, Any]) -> str | None:
    """The first field of texts."""
    return next((n for n, v in batch.items() if isinstance(v, list) and not n.endswith(".key")), None)
