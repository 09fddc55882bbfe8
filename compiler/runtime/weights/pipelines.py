"""Pipelines of diffusers: which class runs an export, and at which levels its schedulers of flows step."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any


def pipeline_class(index: Mapping[str, Any]) -> type[Any] | None:
    """The class that a `model_index.json` names; None where there is none, or a component that it needs is no class of a
    library."""
    import diffusers

    cls = getattr(diffusers, str(index.get("_class_name")), None)
    if not inspect.isclass(cls) or cls is diffusers.DiffusionPipeline:
        return None
    needed = [
        n
        for n, p in inspect.signature(cls.__init__).parameters.items()
        if n != "self" and p.default is inspect.Parameter.empty
    ]
    lists = {n: v for n, v in index.items() if isinstance(v, list)}
    return cls if all(None not in lists.get(n, [None]) for n in needed) else None


GIVES_LEVELS = "GIVES_LEVELS"
"""What a family's binding states where its pipeline gives the scheduler the levels 1, (n - 1)/n, ..., 1/n of n steps, which
it shifts; other pipelines leave the scheduler to spread them."""


def flow_levels(config: Mapping[str, Any], steps: int, gives_levels: bool = False) -> list[float]:
    """The noise levels of so many steps under a config of diffusers' schedulers of flows."""
    from diffusers import FlowMatchLCMScheduler

    cls: Any = FlowMatchLCMScheduler
    made = cls(**config)
    if gives_levels:
        made.set_timesteps(sigmas=[1 - k / steps for k in range(steps)])
    else:
        made.set_timesteps(steps)
    return [float(x) for x in made.sigmas[:steps]]
