"""State: what a step hands to the next, beside weights.

All updates of a step read what a state held before the step; what an update makes of it counts from the next step on. A
state with a row for each sample is handed to the parts of a batch row by row, and joined from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from ..random.streams import Streams
from .training import Training


def initial(t: Training) -> dict[str, Any]:
    """What every state begins with; one that reads the batch, with that of the first step."""
    if not t.states:
        return {}
    size, rounds = t.settings.batch, t.settings.accumulate
    per_part = size // rounds
    parts: list[dict[str, Any]] = []
    for k in range(rounds):
        positions = range(k * per_part, (k + 1) * per_part)
        draws = Streams(t.settings.seed, 0, tuple(positions), t.device)
        place = {"first": k * per_part, "whole": size}
        run = t.make_run(draws=draws, step=0, batch_size=per_part, state={}, **place, **t.of_batch(positions))
        batch = t.data.on_device(t.data.host(positions))
        with torch.no_grad():
            parts.append({name: s.initial(run, batch) for name, s in t.states.items()})
    return {name: joined(t, name, [p[name] for p in parts]) for name in t.states}


def of_part(t: Training, rows: range) -> Mapping[str, Any]:
    """The states as these rows of a batch see them."""
    return {
        name: value[rows.start : rows.stop] if t.states[name].of_samples else value
        for name, value in t.state.items()
    }


def joined(t: Training, name: str, parts: Sequence[Any]) -> Any:
    """A state's value from those of the batch's parts: rows after one another; a number is one in all of them."""
    if t.states[name].of_samples:
        return torch.cat([p.detach() for p in parts])
    value = parts[0]
    if isinstance(value, Tensor):
        return value.detach().clone()
    kind = {float: torch.float32, bool: torch.bool}.get(type(value))
    return value if kind is None else torch.tensor(value, dtype=kind, device=t.device)
