"""What each pass changed and why, as text: `fdc graph --why`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from ..base.source import Span
from ..ir.graph import Function, Node, Plan
from ..ir.places import places
from ..passes.fusion.fuse import FusionResult, fuse
from ..passes.fusion.group import arithmetic, latent_size
from ..passes.fusion.traffic import Traffic
from ..passes.optimise import PassRecord
from ..passes.pass_list import PASSES


def changes(records: Iterable[PassRecord]) -> Iterator[str]:
    """Lines for all passes, in order."""
    for record in records:
        yield f"{record.name}: {PASSES[record.name]}"
        found = list(_changed(record.before, record.after))
        yield from (f"  {line}" for line in found or ["nothing to do"])
        if record.name == "fuse":
            yield from (f"  {line}" for line in groups(fuse(record.before)))


def _changed(before: Plan, after: Plan) -> Iterator[str]:
    then, now = ({f.name: f for f in plan.functions} for plan in (before, after))
    gone = [name for name in then if name not in now]
    if gone:
        yield f"functions that nothing calls any more: {', '.join(gone)}"
    for name, f in now.items():
        if name in then:
            yield from (f"{name}: {line}" for line in _differences(then[name], f))


def _differences(before: Function, after: Function) -> Iterator[str]:
    then, now = _counted(before), _counted(after)
    for what in dict.fromkeys((*then, *now)):
        if len(then.get(what, ())) != len(now.get(what, ())):
            spans = [s for n in (then.get(what) or now[what]) for s in n.spans[:1]]
            where = f" ({places(spans)})" if spans else ""
            yield f"{what} {len(then.get(what, ()))} → {len(now.get(what, ()))}{where}"
    recorded = [sum(n.grad == "tape" for n in f.graph.walk()) for f in (before, after)]
    sizes = [sum(1 for _ in f.graph.walk()) for f in (before, after)]
    if sizes[0] != sizes[1]:
        yield f"values {sizes[0]} → {sizes[1]}"
    if recorded[0] != recorded[1] and recorded != sizes:  # until it is known what must be, all are
        yield f"values recorded for the backward pass {recorded[0]} → {recorded[1]}"
    if after.freed != before.freed:
        nodes = {n.id: n for n in after.graph.walk()}
        spans = [s for i in after.freed for s in nodes[i].spans[:1]]
        yield f"values that are let go early {len(before.freed)} → {len(after.freed)} ({places(spans)})"


def _costs(n: Node) -> bool:
    """Whether a pass that makes fewer of these, or puts others in their place, makes a difference.

    A value that functions share is counted where it is made.
    """
    called = n.op_info.calls and n.op != "shared"
    return called or n.op_info.kind == "random" or n.body is not None


def _counted(f: Function) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for n in f.graph.walk():
        if _costs(n):
            attributes = dict(n.attributes)
            of = attributes.get("function") or attributes.get("callee") or attributes.get("site") or ""
            found.setdefault(f"{n.op} {of}".strip(), []).append(n)
    return found


def groups(made: FusionResult) -> Iterator[str]:
    """The groups with the memory that they move, then every pair that was not merged, with both places."""
    for g in {g.function.name: g for g in made.groups}.values():  # updates may have one in common
        yield f"{g.function.name}: {g.ops} op{'s' if g.ops > 1 else ''}; {_memory(g.function)}"
    reasons = Counter((w.reason, _at(w.before), _at(w.after)) for w in made.refused)
    if reasons:
        yield "not in one kernel:"
    for (reason, before, after), count in reasons.items():
        times = f", {count} times" if count > 1 else ""
        yield f"  {before} and {after}: {reason}{times}"


def _memory(function: Function) -> str:
    """`forward 207.9 + 136.0 → 72.0 + 8.0, backward 16.0 + 16.0 → 8.0 + 8.0 MiB loaded + stored a sample; 8.0 MiB kept
    for the backward`."""
    group = arithmetic(function)
    size = latent_size(function)
    unit, name = (2**20, "MiB") if size * group.unfused_traffic[0].moved >= 2**20 else (2**10, "KiB")

    def amount(bytes: int) -> str:
        return f"{size * bytes / unit:.1f}"

    def both(traffic: Traffic) -> str:
        return f"{amount(traffic.loaded)} + {amount(traffic.stored)}"

    directions = zip(("forward", "backward"), group.unfused_traffic, group.traffic)
    counts = ", ".join(
        f"{way} {both(apart)} → {both(kernels)}" for way, apart, kernels in directions if apart.moved
    )
    kept = f"; {amount(group.held)} {name} kept for the backward" if group.held else ""
    return f"{counts} {name} loaded + stored a sample{kept}"


def _at(span: Span | None) -> str:
    return places([span]) if span is not None else "the program"
