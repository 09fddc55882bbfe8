"""Liveness: large values that are read for the last time long before their function ends are let go there.

Valid plan in, valid plan out: nodes stay as they are, and functions say which values the module deletes.
"""

from __future__ import annotations

from ..base.frozen import replace
from ..ir.graph import Array, Function, Graph, Plan

LARGE = 1 << 22
"""Numbers of one sample, 16 MiB in float32, from which on a value is worth a line of the module: pixels of a video are,
latents are not."""


def liveness(plan: Plan) -> Plan:
    """Marks large values that are no result. Where each was read for the last time, the module deletes it."""
    return plan.map(lambda f: f if f.kind in ("stage", "fused") else replace(f, freed=_freed(plan, f)))


def _freed(plan: Plan, f: Function) -> tuple[int, ...]:
    kept = {i for _, i in f.graph.outputs} | _started(f.graph)
    large = [n.id for n in f.graph.nodes if isinstance(n.type, Array) and plan.most(n.type.dims[1:]) >= LARGE]
    return tuple(i for i in large if i not in kept)


def _started(graph: Graph) -> set[int]:
    """What loops start from: it goes by the name of what they carry."""
    return {i for n in graph.nodes if n.op == "loop" for i in n.inputs}
