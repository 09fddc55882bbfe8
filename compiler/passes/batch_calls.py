"""Batching: calls of one stage on the same latents, with and without a condition, become one call of both.

Valid plan in, valid plan out, after `freeze`: without its marks nothing is batched. Each sample keeps its result but for
the rounding of sums. Draws are not touched.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import networkx as nx

from ..base.frozen import replace
from ..ir.graph import Fields, Function, Graph, Node, Plan, Results, Type

EVALUATING = frozenset({"sample", "produce"})
"""Functions in which trained roles do not train: their dropout is off, and no layer takes statistics of the batch."""


def batch(plan: Plan) -> Plan:
    """Two calls are joined if they are of the same denoiser, see the same latents and levels, differ in records of equal
    dims and in noise that each call draws for itself, and nothing is recorded of either. Recorded calls stay apart: where
    their backward pass ran out of memory, nothing could be called one by one instead. So do calls of a denoiser that is
    being trained, whose dropout would draw other numbers. A stage in Python is never called with more samples than it would
    be.

    Each sample gets what it would get alone, but for the rounding of sums: a matrix product over more rows may add up
    in another order. Results stand in the order of the calls. Where memory allows no joined call, the run makes them one
    by one (`Run.batched`).
    """
    stages = {f.name: f for f in plan.of_kind("stage")}

    def change(f: Function) -> Function:
        if f.kind == "stage":
            return f
        fresh = itertools.count(max((n.id for n in f.graph.walk()), default=-1) + 1)
        types = {n.id: n.type for n in f.graph.walk()}
        still = {
            name for name, stage in stages.items() if _joins(stage) and (stage.frozen or f.kind in EVALUATING)
        }
        return replace(f, graph=_batched(f.graph, still, types, fresh))

    return plan.map(change)


def _joins(stage: Function) -> bool:
    return stage.stage_kind == "denoise" and all(i.op != "python" for i in stage.graph.walk())


def _batched(graph: Graph, stages: set[str], types: dict[int, Type], fresh: Iterator[int]) -> Graph:
    inner = graph.with_nodes(
        replace(n, body=_batched(n.body, stages, types, fresh)) if n.body else n for n in graph.nodes
    )
    while calls := _alike(inner, stages, types):
        inner = _joined(inner, calls, next(fresh))
    return inner


def _alike(graph: Graph, stages: set[str], types: dict[int, Type]) -> list[Node]:
    """The first calls that may be joined, none of which needs another; [] if there are none. Joining some may make
    others need each other."""
    found: dict[object, list[Node]] = {}
    for n in graph.nodes:
        if n.op != "stage" or n["function"] not in stages or n.grad == "tape":
            continue
        key = tuple(
            ("a record", types[i])
            if _is_record(types[i])
            else ("a draw", types[i])
            if _is_own_draw(graph, i)
            else i
            for i in n.inputs
        )
        calls = found.setdefault((n["function"], key), [])
        needed = nx.ancestors(graph.dag, n.id)
        if all(c.id not in needed and c.inputs != n.inputs for c in calls):
            calls.append(n)
    return next((calls for calls in found.values() if len(calls) > 1), [])


def _is_own_draw(graph: Graph, i: int) -> bool:
    """Whether this is noise that nothing reads but one call."""
    return i in graph and graph[i].op == "normal" and graph.dag.out_degree(i) == 1


def _is_record(type: Type) -> bool:
    return isinstance(type, Fields) and not type.latents


def _joined(graph: Graph, calls: list[Node], id: int) -> Graph:
    first, last = calls[0], calls[-1]
    spans = tuple(dict.fromkeys(s for c in calls for s in c.spans))
    together = replace(
        last,
        id=id,
        op="batched",
        inputs=tuple(i for c in calls for i in c.inputs),
        type=Results(tuple(c.type for c in calls)),
        attributes=(("function", first["function"]), ("width", len(first.inputs))),
        spans=spans,
        name="",
        notes=(*last.notes, f"one call for {len(calls)} conditions, which see the same latents and levels"),
    )
    parts = [
        replace(c, op="part", inputs=(id,), attributes=(("index", k),), notes=()) for k, c in enumerate(calls)
    ]
    gone = {c.id for c in calls}
    whole = graph.with_nodes([*(n for n in graph.nodes if n.id not in gone), together, *parts])
    return whole.with_nodes(whole[i] for i in nx.topological_sort(whole.dag))
