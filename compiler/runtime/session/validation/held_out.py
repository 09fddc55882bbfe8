"""A loss of an update over held-out data, by fixed draws: the same rows, noise and times at every validation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ....base.frozen import replace
from ....program.typed_program import Validation
from ...api.components import Role
from ...api.run_context import Update
from ...base.errors import RunError
from ...base.settings import ValidateSettings
from ...data.open_data import open_feed
from ...data.prefetch import Feed
from ...data.samples import Sparing
from ...random.streams import Streams
from ...train import batch_numbers
from ...train.micro_batches import MicroBatches
from ..plans.fields_read import field_uses
from ..prepare import CACHE, Prepared

ROWS = 64
"""How many rows of the data a loss is taken over where nothing says it; all, where there are fewer."""


@dataclass(frozen=True)
class HeldOut:
    """What a loss is taken over: rows 0 to `count` of a feed, `size` at a time, with the draws of `seed`."""

    update: Update
    name: str
    feed: Feed
    count: int
    size: int
    seed: int

    def loss(self, p: Prepared, roles: Mapping[str, Role], step: int, state: Mapping[str, Any]) -> float:
        """The mean over all rows, of these weights; nothing is trained."""
        runs, positions = [], []
        for first in range(0, self.count, self.size):
            rows = range(first, min(first + self.size, self.count))
            draws = Streams(self.seed, 0, tuple(rows), p.request.device)
            run = p.make_run(draws=draws, step=step, batch_size=len(rows), state=state)
            run.roles = roles
            runs.append(run)
            positions.append(rows)
        parts = MicroBatches(runs, positions, self.feed, again=bool(self.update.before))
        batch_numbers.joined(self.update.before, parts, lambda part: None)
        total = 0.0
        for k, run in enumerate(runs):
            with torch.enable_grad():  # a loss may hold a gradient of its own
                value = self.update.losses(run, dict(parts[k][1]))[self.name]
            total += float(value.detach()) * run.batch_size
        return total / self.count


def open_held_out(p: Prepared, v: Validation, asked: ValidateSettings) -> HeldOut:
    """The data of a block's `loss`; the program's own, in order, where it names none. Raises RunError."""
    assert v.loss is not None and p.request.settings.train is not None
    r, train = p.request, p.request.settings.train
    program = r.program if v.data is None else replace(r.program, data=v.data, buckets=())
    assert program.data is not None
    read = field_uses(p.text, program.data.fields).read
    feed = open_feed(program, r.device, r.say, shuffled=False, kept=r.options.runs / CACHE, read=read)
    assert feed is not None
    if isinstance(feed.source, Sparing):
        feed.source.spare(p.known)
    there = len(feed.source)
    if asked.count is not None and asked.count > there:
        span = v.places["count"]
        raise RunError(
            "bad-setting",
            f"`count` asks for {asked.count} rows of held-out data, and there are {there}",
            help="leave `count` out to take them all, 64 at most",
            place=(Path(span.source.path), span.line),
        )
    update = next(u for u in p.plan.UPDATES if u.name == v.loss[0])
    count = asked.count or min(ROWS, there)
    feed.end = count
    size = asked.batch or max(1, train.batch // train.accumulate)
    return HeldOut(update, v.loss[1], feed, count, min(size, count), asked.seed)
