"""Schedulers of diffusers that step at entries of a table of noise: those at which a few-step student was trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .....stages import schedules
from ....program.grids import Betas
from .own_levels import OwnLevels

Config = Mapping[str, Any]


def entries_of(table: Betas, levels: Sequence[float]) -> tuple[int, ...] | None:
    """The entries of these noise levels, which fall; None where one is none, or is the first, of which schedulers make no
    guess."""
    found = [schedules.entry_of(level, *table.numbers) for level in levels]
    if any(entry != int(entry) or entry < 1 for entry in found):
        return None
    return tuple(int(entry) for entry in found)


def at_entries(own: OwnLevels, entries: tuple[int, ...], said: Config) -> tuple[Config, bool]:
    """A config with its class, and whether it spreads as many steps as there are over exactly these entries; where it does
    not, the scheduler takes them as `timesteps`. `said` is what configs say of the table and the prediction.

    LCMScheduler guesses clean data and noises the guess again (Luo et al., "Latent consistency models", 2023, algorithm 3);
    DDIMScheduler follows the slope down a spacing that has a name, EulerDiscreteScheduler down any entries, from latents
    that are noise where its spacing leads.
    """
    count = int(said["num_train_timesteps"])
    if own.renoised:
        base = {"_class_name": "LCMScheduler", **said, "timestep_scaling": KEEPS_GUESSES}
        for steps in range(len(entries), count + 1):
            if _of_consistency(steps, len(entries), count) == entries:
                return {**base, "original_inference_steps": steps}, True
        return base, False
    for spacing, offset, spread in _of_ddim(len(entries), count):
        if spread == entries:
            named = {"timestep_spacing": spacing, "steps_offset": offset, "set_alpha_to_one": True}
            return {"_class_name": "DDIMScheduler", **said, "clip_sample": False, **named}, True
    return {
        "_class_name": "EulerDiscreteScheduler",
        **said,
        "timestep_spacing": "leading",
        "steps_offset": 1,
    }, False


KEEPS_GUESSES = 1e4
"""A `timestep_scaling` of LCMScheduler at which its boundary condition leaves guesses as they are, but at the first entry."""


def _of_consistency(original: int, steps: int, count: int) -> tuple[int, ...]:
    """How LCMScheduler spreads steps over every so many entries of a table."""
    apart = count // original
    return tuple((original - k * original // steps) * apart - 1 for k in range(steps))


def _of_ddim(steps: int, count: int) -> Iterator[tuple[str, int, tuple[int, ...]]]:
    """How DDIMScheduler spreads them, by the names of its spacings; from each entry it steps to the one `count // steps`
    below."""
    apart = count // steps
    for offset in (0, 1):
        yield "leading", offset, tuple(apart * k + offset for k in reversed(range(steps)))
    if count % steps == 0:
        yield "trailing", 0, tuple(count - apart * k - 1 for k in range(steps))
