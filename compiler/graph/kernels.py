"""Fused groups and refused fusions on the cards whose arithmetic they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from ..base.frozen import struct
from ..emit.triton_kernels import kernels as kernel_lines
from ..ir.graph import Function, Plan
from ..passes.fusion.fuse import FusedGroup, fuse
from ..passes.fusion.group import arithmetic, latent_size
from ..passes.fusion.partition import WhyNot
from .document import Card, Kernel, Refusal
from .reading.places import place


@struct(eq=False)
class Kernels:
    """What fusion makes of a plan: its groups by the function that they stand in, and the pairs that stay apart."""

    made: Mapping[str, tuple[FusedGroup, ...]]
    refused: Mapping[str, tuple[WhyNot, ...]]

    def groups(self, function: str) -> Mapping[int, object]:
        """By a node, the group that it is in."""
        return {m: k for k, g in enumerate(self.made.get(function, ())) for m in g.members}

    def drawn(
        self, function: Function, cards: Iterable[Card]
    ) -> tuple[tuple[Kernel, ...], tuple[Refusal, ...]]:
        card_of = {i: c.id for c in cards for i in c.plan}
        kernels = tuple(
            _kernel(f"k{k}", g, tuple(dict.fromkeys(card_of[m] for m in sorted(g.members) if m in card_of)))
            for k, g in enumerate(self.made.get(function.name, ()))
        )
        refused: dict[tuple[tuple[str, ...], str], Refusal] = {}
        for why in self.refused.get(function.name, ()):
            spans = [s for s in (why.before, why.after) if s is not None]
            nodes = tuple(dict.fromkeys(card_of[i] for i in why.nodes if i in card_of))
            if len(nodes) == 2:
                refused.setdefault((nodes, why.reason), Refusal(nodes, why.reason, tuple(map(place, spans))))
        return kernels, tuple(refused.values())


def kernels_of(plan: Plan) -> Kernels:
    """What `fuse` makes of a plan."""
    found = fuse(plan)
    made: dict[str, list[FusedGroup]] = defaultdict(list)
    refused: dict[str, list[WhyNot]] = defaultdict(list)
    for g in found.groups:
        made[g.inside].append(g)
    for why in found.refused:
        refused[why.inside].append(why)
    return Kernels({k: tuple(v) for k, v in made.items()}, {k: tuple(v) for k, v in refused.items()})


def _kernel(id: str, g: FusedGroup, nodes: tuple[str, ...]) -> Kernel:
    group = arithmetic(g.function)
    size = latent_size(g.function)
    saved = sum(a.moved - b.moved for a, b in zip(group.unfused_traffic, group.traffic))
    spans = dict.fromkeys(s for n in g.function.graph.nodes for s in n.spans[:1] if n.op != "param")
    return Kernel(
        id,
        g.function.name,
        nodes,
        round(size * saved),
        g.function.about,
        _source(g.function),
        tuple(map(place, spans)),
    )


def _source(function: Function) -> str:
    return "\n".join(line.text for line in kernel_lines(function, set()))
