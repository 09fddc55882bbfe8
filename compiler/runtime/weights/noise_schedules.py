"""The table of noise that a checkpoint's scheduler states, for processes whose ticks are its entries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from ...contracts.schedulers import FILE
from ...program.process import Process
from ...program.typed_program import TypedRole
from ..api.schedule import Schedule
from ..base.errors import Place, RunError
from .role_sources import WeightSource

LATENT_DIFFUSION: Mapping[str, Any] = {
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "num_train_timesteps": 1000,
}
"""The schedule of Rombach et al. (2022), which networks of random weights take."""

_READ = (
    "beta_schedule",
    "beta_start",
    "beta_end",
    "num_train_timesteps",
    "trained_betas",
    "rescale_betas_zero_snr",
)


def noise_schedule(role: TypedRole, source: WeightSource, place: Place) -> Schedule | None:
    """The schedule of a role's checkpoint; None where its process says by itself what ticks are. Raises RunError."""
    process = role.family.process
    if not process.scheduled:
        return None
    if source.folder is None:
        return table(process, LATENT_DIFFUSION)
    path = source.folder / "scheduler" / FILE
    try:
        values = json.loads(path.read_text("utf-8"))
    except OSError:
        raise RunError(
            "missing-file",
            f"`{role.name}` takes its ticks from the schedule of its checkpoint, which has no scheduler/{FILE}",
            help=f"put it into {source.folder}, or write `ticks` of process `{process.name}` as a formula",
            place=place,
        ) from None
    except ValueError as error:
        raise RunError("config-mismatch", f"{path} cannot be read ({error})", place=place) from None
    return table(process, values if isinstance(values, dict) else {})


def table(process: Process, config: Mapping[str, Any]) -> Schedule:
    """By the keys of a scheduler of diffusers; those that are left out have the values of DDIM's.

    In a flow, ticks are proportional to the level.
    """
    from diffusers import DDIMScheduler

    count = int(config.get("num_train_timesteps", 1000))
    if process.kind == "flow":
        return Schedule(tuple(k / count for k in range(count + 1)))
    make: Any = DDIMScheduler
    made = make(**{k: config[k] for k in _READ if config.get(k) is not None})
    signal: Tensor = made.alphas_cumprod.double()
    alpha, sigma = signal.sqrt(), (1 - signal).sqrt()
    return Schedule(tuple((sigma / (alpha + sigma)).tolist()))
