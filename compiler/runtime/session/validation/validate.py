"""A program's blocks `validate`: samples made and losses taken while it trains, which leave training as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ....program.averaging import Averaging
from ....program.playing import rates_of
from ....program.typed_program import TypedProgram, Validation, text_fields
from ....program.values import Value
from ...api.components import Role
from ...base.errors import Place, RunError
from ...base.event_records import SamplesEvent, ValidationEvent
from ...base.events import Log, Tracker
from ...base.settings import AveragedWeights, ValidateSettings
from ...data.buckets.bucketed import Bucketed
from ...data.folders.clip_folder import ClipFolder
from ...data.mixed import Mixed
from ...data.open_data import open_feed
from ...data.prefetch import Feed, chosen_rows
from ...data.stores.store_source import StoreSource
from ...data.text_files import read_lines
from ...random.streams import Streams
from ...train import validation
from ...train.ema import Average
from ..plans.load_plan import errors_placed
from ..prepare import CACHE, Prepared
from .held_out import HeldOut, open_held_out
from .own_sizes import module_name

RATE = 8
"""Frames a second of the clips that are written, where the data do not tell."""
SAMPLES = 4
"""How many samples are made where nothing says it."""


@dataclass(frozen=True)
class Block:
    """A block `validate`, with the program that it runs, the batch that its samples are made from (None if it makes none)
    and its held-out data."""

    p: Prepared
    of: Validation
    settings: ValidateSettings
    batch: Mapping[str, Any] | None
    held_out: HeldOut | None

    @property
    def module(self) -> Path:
        folder = self.p.folder.path
        return folder / (module_name(self.of.name) if self.of.sized is not None else "plan.py")

    @property
    def folder(self) -> str:
        return f"{self.of.name}/" if self.of.name else ""


def validator(
    p: Prepared, feed: Feed, log: Log, trackers: Sequence[Tracker]
) -> Callable[[int, Mapping[str, Any]], Sequence[str]] | None:
    """Does what is due after a step, given its carried state, and gives lines to be told; None where nothing ever is.

    Prompts and held-out data are read here, before the first step. Raises RunError.
    """
    blocks = [_opened(p, feed, v) for v in p.request.program.validations]
    if not blocks:
        return None

    def validate(step: int, state: Mapping[str, Any]) -> list[str]:
        told: list[str] = []
        for block in blocks:
            if not block.settings.due(step):
                continue
            own = block.p
            with validation.undisturbed(p.roles), errors_placed(block.module, own.request.checked):
                weights = block.settings.weights
                shown = {n: _sized(own, validated_role(n, p.roles, p.averages, weights)[0]) for n in p.roles}
                if block.batch is not None:
                    _show(block, block.batch, shown, step, feed, log, trackers)
                if block.held_out is not None:
                    told += _measure(block, block.held_out, shown, step, state, log, trackers)
        return told

    return validate


def _opened(p: Prepared, feed: Feed, v: Validation) -> Block:
    settings = ValidateSettings.model_validate(v.settings)
    own = p.sized.get(v.name, p)
    batch = _sample_batch(own, v, settings, feed) if v.sample is not None else None
    (at_sizes,) = v.sized.validations if v.sized is not None else (v,)
    held_out = open_held_out(own, at_sizes, settings) if v.loss is not None else None
    return Block(own, v, settings, batch, held_out)


def _sized(p: Prepared, role: Role) -> Role:
    """A role at the sizes of the program that a block runs."""
    sizes = p.request.program.roles[role.name].family.sizes
    return role if role.sizes == sizes else replace(role, sizes=sizes)


def _show(
    block: Block,
    batch: Mapping[str, Any],
    shown: Mapping[str, Role],
    step: int,
    feed: Feed,
    log: Log,
    trackers: Sequence[Tracker],
) -> None:
    """Makes the block's samples, so many at a time as it says, and writes them below the run's folder."""
    p = block.p
    make = getattr(p.plan, block.of.function)
    text = _text_field(batch)
    count = _rows(batch)
    captions = batch[text] if text is not None else [""] * count
    size = block.settings.batch or count
    parts: list[Any] = []
    for first in range(0, count, size):
        rows = range(first, min(first + size, count))
        draws = Streams(block.settings.seed, 0, tuple(rows), p.request.device)
        run = p.make_run(draws=draws, step=step, batch_size=len(rows))
        run.roles = shown
        part = feed.on_device({name: chosen_rows(value, rows) for name, value in batch.items()})
        parts.append(_kept(make(run, part)))
    folder = p.folder.samples / f"{block.folder}step-{step}"
    rates = played(p.request.program, [] if block.of.sample is None else [block.of.sample], feed)
    sheet = validation.write_samples(folder, _joined(parts), captions, *rates)
    log.write(SamplesEvent(step=step, path=str(sheet.relative_to(p.folder.path))))
    for tracker in trackers if sheet != folder else ():
        tracker.picture(step, f"samples{f'/{block.of.name}' if block.of.name else ''}", sheet)


def _measure(
    block: Block,
    held_out: HeldOut,
    shown: Mapping[str, Role],
    step: int,
    state: Mapping[str, Any],
    log: Log,
    trackers: Sequence[Tracker],
) -> list[str]:
    assert block.of.loss is not None
    p = block.p
    found = held_out.loss(p, shown, step, state)
    name = f"validate/{block.folder}{block.of.loss[1]}"
    log.write(ValidationEvent(step=step, losses={name: found}))
    for tracker in trackers:
        tracker.scalars(step, {name: found})
    return [f"{p.request.program.name}: step {step}: {name} {found:.6g}"]


def played(program: TypedProgram, made: Iterable[Value], feed: Feed | None) -> tuple[float, int]:
    """Frames and samples of sound a second of what is made: as the families say, else as the data has them."""
    said = rates_of(made, {n: r.family for n, r in program.roles.items()})
    return said.get("pixels") or frame_rate(feed, RATE), said.get("wave") or sound_rate(feed)


def frame_rate(feed: Feed | None, otherwise: float) -> float:
    """Frames a second: those of the data, where they have one rate."""
    source = feed.source if feed is not None else None
    found = source.frame_rate if isinstance(source, (ClipFolder, Mixed, Bucketed, StoreSource)) else None
    return found or otherwise


def sound_rate(feed: Feed | None) -> int:
    """Samples of sound a second: those of the data, where it has sound."""
    source = feed.source if feed is not None else None
    found = source.rate if isinstance(source, (ClipFolder, Mixed, Bucketed, StoreSource)) else None
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


def _sample_batch(p: Prepared, v: Validation, asked: ValidateSettings, feed: Feed) -> dict[str, Any]:
    """Rows of the data, in the processor's memory, with the texts of `prompts` in place of their own where there are any."""
    place = _place(v, "prompts")
    prompts = asked.prompts
    if isinstance(prompts, str):
        prompts = tuple(line for _, line in read_lines(Path(prompts), place))
        if not prompts:
            raise RunError("missing-file", f"{asked.prompts} holds no prompts", place=place)
    if prompts and asked.count is not None:
        if asked.count > len(prompts):
            raise RunError(
                "bad-setting",
                f"`count` asks for {asked.count} samples, and there are {len(prompts)} prompts",
                help="leave `count` out to take them all",
                place=_place(v, "count"),
            )
        prompts = prompts[: asked.count]
    batch = _rows_of_data(p, v, feed, range(len(prompts) if prompts else asked.count or SAMPLES))
    if prompts:
        name = _text_field(batch)
        if name is None:
            raise RunError(
                "data-mismatch", "`prompts` are given, and the data has no field of text", place=place
            )
        batch[name] = list(prompts)
        batch[f"{name}.key"] = list(prompts)
    return batch


def _rows_of_data(p: Prepared, v: Validation, feed: Feed, rows: range) -> dict[str, Any]:
    """Rows of the data; where the block has sizes of its own and reads more than texts, the data are read at these."""
    program = p.request.program
    if v.sized is None or program.data is None:
        return feed.own_host(rows)
    texts = frozenset(text_fields(program.data))
    (inside,) = v.sized.validations
    read = inside.fields
    if read <= texts:
        found = feed.own_host(rows)
        return {n: value for n, value in found.items() if n.removesuffix(".key") in texts}
    r = p.request
    at_sizes = open_feed(program, r.device, r.say, kept=r.options.runs / CACHE, read=read)
    assert at_sizes is not None
    try:
        return at_sizes.host(rows)
    finally:
        at_sizes.close()


def _place(v: Validation, entry: str) -> Place:
    span = v.places.get(entry, v.span)
    return Path(span.source.path), span.line


def _text_field(batch: Mapping[str, Any]) -> str | None:
    """The first field of texts."""
    return next((n for n, v in batch.items() if isinstance(v, list) and not n.endswith(".key")), None)


def _rows(batch: Mapping[str, Any]) -> int:
    return next(len(keys) for name, keys in batch.items() if name.endswith(".key"))


def _kept(made: Any) -> tuple[Tensor, ...]:
    """A part's results on the processor, where they wait for the others."""
    return tuple(m.cpu() for m in (made if isinstance(made, (tuple, list)) else (made,)))


def _joined(parts: Sequence[tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
    return tuple(torch.cat(several) for several in zip(*parts, strict=True))
