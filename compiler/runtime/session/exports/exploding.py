"""The scheduler of an exploding process: EDM's, which scales what its network is given and makes data of what it says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ....contracts.preconditioning import Preconditioning
from ....program.grids import BadGrid
from ....program.process import Process, sigma_of_level

CLASSES = ("EDMEulerScheduler", "EDMDPMSolverMultistepScheduler")
STEPS, RHO = 10, 7.0
"""Steps of the grids that are compared, and the exponent of the schedulers' own (Karras et al., 2022, equation 5)."""
NEAR = 1e-5
DEFAULTS: Mapping[str, Any] = {
    "sigma_min": 0.002,
    "sigma_max": 80.0,
    "sigma_data": 0.5,
    "sigma_schedule": "karras",
    "rho": RHO,
    "prediction_type": "epsilon",
}
"""Of the schedulers, where a config is silent."""


def config_of(
    process: Process, network: Preconditioning, theirs: Mapping[str, Any] | None
) -> tuple[Mapping[str, Any] | None, str]:
    """What goes into the export's config, None where the checkpoint's own means the same; and what it cannot say, or ""."""
    said = {"sigma_data": network.deviation, "prediction_type": network.prediction}
    grid, note = _grid(process)
    base = (
        theirs if theirs is not None and theirs.get("_class_name") in CLASSES else {"_class_name": CLASSES[0]}
    )
    wanted = {**said, **grid}
    if base is theirs and all(_same(base.get(k, DEFAULTS[k]), v) for k, v in wanted.items()):
        return None, note
    return {**base, **wanted}, note


def _grid(process: Process) -> tuple[dict[str, Any], str]:
    """The ends and the spacing of the process's grids, as the schedulers have them."""
    try:
        levels = process.grid_levels(STEPS)[:-1] if process.grid is not None else ()
    except BadGrid:
        levels = ()
    sigmas = [sigma_of_level("edm", x) for x in levels]
    if sigmas:
        high, low = sigmas[0], sigmas[-1]
        for name, there, back in (
            ("karras", lambda s: s ** (1 / RHO), lambda x: x**RHO),
            ("exponential", math.log, math.exp),
        ):
            ends = there(high), there(low)
            made = [back(ends[0] + k / (STEPS - 1) * (ends[1] - ends[0])) for k in range(STEPS)]
            if all(_same(a, b) for a, b in zip(made, sigmas, strict=True)):
                return {
                    "sigma_min": float(f"{low:.7g}"),
                    "sigma_max": float(f"{high:.7g}"),
                    "sigma_schedule": name,
                    "rho": RHO,
                }, ""
    return {}, (
        f"the levels of the grids of process `{process.name}` are no spacing of `{CLASSES[0]}`, which has its own"
    )


def _same(a: object, b: object) -> bool:
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return math.isclose(a, b, rel_tol=NEAR)
    return a == b
