"""How fast what a program makes is played."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..types.types import Tensor
from .family import Family
from .ops import ROLE, STAGE
from .values import Value, every_value


def rate_of(made: Value, families: Mapping[str, Family]) -> int | None:
    """How many frames or samples of sound a second a value of pixels or a wave has; None where no stage says so."""
    kind = made.type.kind if isinstance(made.type, Tensor) else ""
    return rates_of([made], families).get(kind)


def rates_of(made: Iterable[Value], families: Mapping[str, Family]) -> dict[str, int]:
    """Frames of "pixels" and samples of a "wave" a second, as the stages declare that decode them; a kind of which none
    does is left out."""
    found: dict[str, int] = {}
    for v in every_value(made):
        family = families.get(ROLE.of(v).name) if v.op == "stage" else None
        stage = family.stages.get(STAGE.of(v)) if family is not None else None
        if stage is None or not isinstance(stage.result.type, Tensor) or stage.result.rate is None:
            continue
        rate = stage.result.rate.constant
        if rate is not None:
            found.setdefault(stage.result.type.kind, rate)
    return found
