"""EDM's preconditioning (Karras et al., 2022, table 1), where a family's process and stage say it: what its network predicts,
by what its input is scaled, and what it is told of a level. `EDMEulerScheduler` of diffusers does all three itself.
"""

from __future__ import annotations

import math
from fractions import Fraction

from ...stages.table import HANDED, OPS
from ..base.frozen import struct
from ..program.family import Family, Stage
from ..program.ops import NAME, VALUE
from ..program.process import NOW, Process
from ..program.values import Value, every_value
from ..types.coefficients import const, read, square_root
from ..types.quantity import CLEAN, NOISE
from .handed import calls

TRIED = (0.002, 0.05, 1.0, 7.0, 80.0)
"""Sigmas at which what a stage hands over is compared."""
NEAR = 1e-6


@struct
class Preconditioning:
    """`deviation` is that of the data. `prediction` is what the schedulers call the sign of what the network says."""

    deviation: float
    prediction: str


def preconditioning(family: Family) -> Preconditioning | None:
    """None where the network is no such network, where it is called by Python, or where something is said otherwise."""
    stage = family.stages.get(family.denoise) if family.denoise else None
    if stage is None or family.process.kind != "edm":
        return None
    found = _predicted(family.process)
    if found is None or not _tells_a_quarter_of_the_log(family.process):
        return None
    wanted = [1 / math.hypot(s, found.deviation) for s in TRIED]
    return found if any(_near(scales, wanted) for scales in _scales(stage)) else None


def _predicted(process: Process) -> Preconditioning | None:
    """Of `(s*x0 - d**2*eps)/(d*sqrt(s**2 + d**2))` the deviation d, and of its negative."""
    said, s = process.predicted(NOW), read("sigma", "edm", NOW)
    if said.a.is_zero:
        return None
    somewhere = (-(said.b / said.a) * s).points[0]
    if not somewhere.is_finite() or somewhere <= 0:
        return None
    squared = Fraction(somewhere).limit_denominator(10**6)
    square = const(squared)
    mix = (CLEAN.scale(s) - NOISE.scale(square)).divide(square_root(square) * square_root(s * s + square))
    for name, sign in (("epsilon", 1), ("v_prediction", -1)):
        if said == mix.scale(const(sign)):
            return Preconditioning(math.sqrt(squared), name)
    return None


def _tells_a_quarter_of_the_log(process: Process) -> bool:
    if process.ticks is None:
        return False
    told = [_number(process.ticks.result, s) for s in TRIED]
    return _near(told, [0.25 * math.log(s) for s in TRIED])


def _scales(stage: Stage) -> list[list[float | None]]:
    """By what noisy latents are multiplied on their way into a component, at the sigmas that are tried."""
    noisy = {i.name for i in stage.inputs if i.declared.kind == "noisy"}
    handed = [h.value for _, _, given in calls(stage) for h in given]
    read = [v for v in handed if any(p.op == "param" and NAME.find(p) in noisy for p in every_value([v]))]
    return [[_number(v, s, noisy) for s in TRIED] for v in read]


def _number(v: Value, sigma: float, noisy: frozenset[str] | set[str] = frozenset()) -> float | None:
    """What a value is where noisy latents are 1, at a sigma; None for what else a stage is given. Of a choice by a mask it is
    the side that latents go through."""
    match v.op:
        case "param" if NAME.find(v) in noisy:
            return 1.0
        case "param" | "sigma":
            return None if v.op == "param" and noisy else sigma
        case "const":
            value = VALUE.find(v)
            return float(value) if isinstance(value, (int, Fraction)) else None
        case "select":
            sides = [n for n in (_number(a, sigma, noisy) for a in v.args[1:]) if n is not None]
            return sides[0] if len(sides) == 1 else None
        case op if op in HANDED:
            return _number(v.args[0], sigma, noisy)
    compute = OPS[v.op].python if v.op in OPS else None
    numbers = [_number(a, sigma, noisy) for a in v.args]
    if compute is None or not numbers or None in numbers:
        return None
    try:
        return float(compute(*numbers))
    except (ArithmeticError, ValueError):
        return None


def _near(found: list[float | None], wanted: list[float]) -> bool:
    return all(a is not None and abs(a - b) <= NEAR * abs(b) for a, b in zip(found, wanted, strict=True))
