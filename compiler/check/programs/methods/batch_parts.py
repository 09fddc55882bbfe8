"""What updates ask of a step's batch as a whole, against the parts in which `train` takes it."""

from __future__ import annotations

from collections.abc import Iterable

from .....stages.table import OPS
from ....base.diagnostics import Label
from ....base.source import Span
from ....program.ops import OVER, REGION, SAMPLES
from ....program.typed_program import TypedUpdate
from ....program.values import Region, Value, every_value
from ....syntax import ast
from ..program_state import ProgramState


def check_parts(state: ProgramState, updates: Iterable[TypedUpdate]) -> None:
    blocks: list[ast.SettingsDecl] = state.members(ast.SettingsDecl)
    block = next((d for d in blocks if d.kind.id == "train"), None)
    train = state.blocks.get("train")
    if block is None or train is None:
        return

    def place(entry: str) -> Span:
        return next((e.span for e in block.entries if e.name == entry), block.kind.span)

    batch, parts, each = train["batch"], train["accumulate"], train["each"]
    if batch % parts == 0 and batch % (parts * each):
        part = f"a part of the batch has {batch // parts}" if parts > 1 else f"a batch has {batch}"
        state.bag.error(
            "bad-setting",
            f"{each} samples of each prompt do not stand together: {part}",
            place("each"),
            labels=(Label(place("batch"), f"{batch} samples"),),
            help=f"`batch` is a multiple of {parts * each}",
        )
    outputs = [v for u in updates for v in u.outputs]
    beyond = next((v for v in every_value(outputs) if (SAMPLES.find(v) or (0, 0))[1] > batch), None)
    if beyond is not None:
        low, high = SAMPLES.find(beyond) or (0, 0)
        state.bag.error(
            "bad-setting",
            f"a loss is of the samples from {low} to before {high}, and a batch has {batch}",
            place("batch"),
            labels=(Label(beyond.span, f"up to sample {high - 1}"),),
            help=f"a batch of {high} or more, or a smaller part",
        )
    if each == 1:
        alone = next((v for v in every_value(outputs) if OVER.find(v) == "prompt"), None)
        if alone is not None:
            state.bag.error(
                "bad-setting",
                "every prompt has one sample in a batch, and an update goes over the samples of a prompt",
                place("each"),
                "each sample has a prompt of its own",
                labels=(Label(alone.span, "over the samples of a prompt"),),
                help="`train { each = 8 }` puts 8 samples of each prompt side by side",
            )
    if parts > 1:
        for v in _in_rounds(outputs):
            state.bag.error(
                "bad-setting",
                f"{_named(v)} over the batch in each round of a loop, and the batch is taken in {parts} parts",
                place("accumulate"),
                "every round would wait for all parts",
                labels=(Label(v.span, "in a loop"),),
                help="take the batch as a whole, `accumulate = 1`, or move it out of the loop",
            )
            return


def _named(v: Value) -> str:
    """The function that a program calls."""
    return f"`{v.span.text.partition('(')[0].strip()}`"


def _in_rounds(roots: list[Value]) -> list[Value]:
    """Numbers of the whole batch that differ from round to round of a loop."""
    found: set[int] = set()
    order = list(every_value(roots))
    loops = [r for v in order if isinstance(r := REGION.find(v), Region)]
    inside = {id(p) for r in loops for p in (r.index, *r.items, *r.carried)}
    known: dict[int, bool] = {}
    stack = list(order)
    while stack:
        v = stack[-1]
        waiting = [a for a in v.args if id(a) not in known]
        if id(v) in known or not waiting:
            stack.pop()
            own = id(v) in inside or any(known[id(a)] for a in v.args)
            known[id(v)] = own and v.op != "loop"
            if known[id(v)] and OPS[v.op].kind == "reduction" and OVER.find(v) == "batch":
                found.add(id(v))
            continue
        stack += waiting
    return [v for v in order if id(v) in found]
