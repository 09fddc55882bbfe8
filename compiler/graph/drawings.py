"""All graphs of a program, as they are after each pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..base.frozen import struct
from ..ir.graph import Function, Plan
from ..passes.optimise import PassRecord
from ..passes.pass_list import PASSES
from ..program.typed_program import TypedProgram
from ..program.values import Value
from .document import Card, Drawing, Edge, Loss, RoleCost, Snapshot
from .kernels import Kernels, kernels_of
from .plan_lines import PlanLines, placed, plan_lines
from .reading.cards import drawn
from .reading.forwards import forwards
from .reading.steps import Steps, Values
from .reading.words import naming

LOWERED = ("lowered", "as it was checked, before any pass")
KINDS: Mapping[str, str] = {
    "update": "update",
    "numbers": "part",
    "shared": "part",
    "state": "part",
    "sample": "validation",
    "produce": "produce",
    "stage": "stage-graph",
}
"""By kind of function, that of its drawing."""


@struct
class Stand:
    """A plan after a pass. Where kernels were made, it is the plan before them, with what they are made of."""

    name: str
    words: str
    plan: Plan
    kernels: Kernels | None = None


def stands(records: Iterable[PassRecord]) -> Iterator[Stand]:
    """The plan before all passes, and after each."""
    fused: Stand | None = None
    for k, r in enumerate(records):
        if k == 0:
            yield Stand(*LOWERED, r.before)
        if r.name == "fuse":
            fused = Stand(r.name, PASSES[r.name], r.before, kernels_of(r.before))
            yield fused
        elif fused is None:
            yield Stand(r.name, PASSES[r.name], r.after)


def drawings(
    program: TypedProgram, records: Iterable[PassRecord], text: str | None = None
) -> tuple[Drawing, ...]:
    """A drawing for each function that the first plan has, in the program's order; `text` is that of the module."""
    found = list(stands(records))
    first = found[0].plan if found else None
    if first is None:
        return ()
    order = sorted(first.functions, key=lambda f: (list(KINDS).index(f.kind), first.functions.index(f)))
    lines = plan_lines(text) if text is not None else None
    return tuple(_drawing(program, f, found, lines) for f in order)


def _drawing(
    program: TypedProgram, function: Function, found: Iterable[Stand], lines: PlanLines | None
) -> Drawing:
    values = Values.of(_roots(program, function))
    at = naming({n: r.family for n, r in program.roles.items()}, values.all)
    snapshots: list[Snapshot] = []
    losses: tuple[Loss, ...] = ()
    asked: tuple[RoleCost, ...] = ()
    waiting: list[str] = []
    before: Steps | None = None
    shared: frozenset[int] = frozenset()
    for stand in found:
        f = next((f for f in stand.plan.functions if f.name == function.name), None)
        waiting.append(stand.name)
        if f is None:
            continue
        steps = Steps(f, {s.name: s for s in stand.plan.of_kind("stage")}, values)
        apart = stand.kernels.groups(f.name) if stand.kernels is not None else {}
        if stand.name == "share" and before is not None:
            shared = _more_read(before, steps)
        now = drawn(steps, at, apart, shared)
        before = steps
        losses = now.losses
        nodes = placed(now.cards, f.name, lines)
        asked = forwards(steps)
        groups, refused = stand.kernels.drawn(f, now.cards) if stand.kernels is not None else ((), ())
        made = Snapshot(stand.name, stand.words, tuple(waiting), nodes, now.edges, groups, refused)
        if snapshots and _same(snapshots[-1], made):
            continue
        snapshots.append(made)
        waiting = []
    kind = KINDS[function.kind]
    title, every = _title(program, function)
    return Drawing(function.name, kind, title, every, function.roles, tuple(snapshots), losses, asked)


def _more_read(before: Steps, after: Steps) -> frozenset[int]:
    """Nodes that others gave way to: more nodes read them than did."""
    then = {i: len(set(found)) for i, found in before.readers.items()}
    return frozenset(i for i, found in after.readers.items() if len(set(found)) > then.get(i, 0))


def _same(a: Snapshot, b: Snapshot) -> bool:
    """Whether nothing that is drawn has changed."""
    left: tuple[tuple[Card, ...], tuple[Edge, ...]] = (a.nodes, a.edges)
    return left == (b.nodes, b.edges) and not b.groups


def _roots(program: TypedProgram, function: Function) -> list[Value]:
    """The typed values that a function was made from."""
    name = function.name
    if function.kind == "shared":
        return [v for n, v in program.shared if f"shared_{n}" == name]
    if function.kind == "state":
        return [s.initial for s in program.states if f"initial_{s.name}" == name]
    if function.kind == "sample":
        return [v for n, v in program.samples.items() if n == name]
    if function.kind == "produce":
        return [v for p in program.produce if f"produce_{p.name}" == name for _, v in p.fields]
    if function.kind in ("update", "numbers"):
        return [v for u in program.updates if u.roles == function.roles for v in u.outputs]
    return []


def _title(program: TypedProgram, function: Function) -> tuple[str, str]:
    if function.kind == "update":
        return f"update {', '.join(function.roles)}", function.schedule.often
    if function.kind == "sample":
        validation = next((v for v in program.validations if v.function == function.name), None)
        every = validation.settings.get("every") if validation is not None else None
        named = f" `{validation.name}`" if validation is not None and validation.name else ""
        return f"validation{named}", f"every {every} steps" if isinstance(every, int) else ""
    if function.kind == "produce":
        return f"produce {function.name.removeprefix('produce_')}", ""
    if function.kind == "stage":
        role = function.role[0] if function.role is not None else ""
        return f"{role}.{function.stage}" if role else function.name, ""
    return function.about or function.name, ""
