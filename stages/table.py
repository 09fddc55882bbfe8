"""The table of all ops, and the sets of them that the compiler asks for by name.

An op is added by one entry in one file of this folder; nothing here or in the compiler lists it again.
"""

from __future__ import annotations

from collections.abc import Mapping

from . import (
    arithmetic,
    calls,
    channels,
    layout,
    losses,
    noise,
    pixels,
    predictions,
    samplers,
    schedules,
    statistics,
    structure,
    times,
)
from .op import Op

OPS: Mapping[str, Op] = {
    op.name: op
    for file in (
        structure,
        arithmetic,
        channels,
        statistics,
        times,
        schedules,
        samplers,
        noise,
        predictions,
        losses,
        pixels,
        layout,
        calls,
    )
    for op in file.OPS
}

GRAPH_OPS: Mapping[str, Op] = {name: op for name, op in OPS.items() if op.kind != "expanded"}
"""Those that a graph may hold; all others are expanded by lowering."""

FUNCTIONS: Mapping[str, Op] = {
    name: op for name, op in OPS.items() if f"{name}(" in op.form and not op.of_role
}
"""Those that a program calls by their name."""

ROLE_FUNCTIONS: Mapping[str, Op] = {name: op for name, op in OPS.items() if op.of_role}
"""Those that a program calls of a role: `student.predict(x, t, c)`."""

HANDED: Mapping[str, Op] = {op.name: op for op in layout.OPS}
"""Those that stand in what a stage hands to a component, and nowhere else."""

IN_STAGES: Mapping[str, Op] = {**HANDED, "hidden": OPS["hidden"]}
"""Those that stand behind `by` of a stage, and nowhere else."""

OPERATORS: Mapping[str, Op] = {op.sign: op for op in OPS.values() if op.sign and op.arity == 2}
"""Those that a program writes between two values, by their signs."""

TIME_PARTS: Mapping[str, str] = {name: op.time_part for name, op in OPS.items() if op.time_part}
"""What a program may read of a time, each with what it is."""

DISTRIBUTIONS: Mapping[str, Op] = {name: op for name, op in OPS.items() if op.distribution}
"""What may stand behind `~`."""

ELSEWHERE: Mapping[str, Op] = {name: op for op in FUNCTIONS.values() for name in op.elsewhere}
"""Functions by the names that other libraries have for them."""
