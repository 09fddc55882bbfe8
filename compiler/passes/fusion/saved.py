"""What a group's forward keeps for its backward: inputs that are read again, or latents that the forward stores.

The choice is the one with the fewest bytes, held until the backward and moved on the way there and back: a minimum cut
between the inputs and the gradients, over the latents that the backward would compute again. A cut through an input
costs holding and loading it, through a value that the forward makes storing it too; a draw is made again for nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import networkx as nx

from .scalar_autodiff import ScalarGraph, needs
from .traffic import FLOAT, width


def latents_to_keep(
    s: ScalarGraph,
    outputs: Sequence[int],
    gradients: Sequence[int],
    there: frozenset[int],
    booleans: Collection[int] = (),
) -> tuple[int, ...]:
    """Latents of the forward to store for the backward; () where reading inputs again costs no more.

    `outputs` are the values that the forward makes, `gradients` those of the backward, `there` the small values that the
    forward leaves in any case.
    """
    made = needs(s, outputs)
    latents = {i for i in needs(s, gradients, there) if s.level(i) == 2}
    small = {i for i in needs(s, gradients, there) if s.level(i) < 2 and i not in there}
    ends = set(gradients) | {a for i in small for a in s[i].args}
    network = nx.DiGraph()
    network.add_nodes_from(("inputs", "gradients"))
    for id in sorted(latents):
        cost = _cost(s, id, outputs, booleans) if id in made else None
        network.add_edge((id, "before"), (id, "after"), **({} if cost is None else {"capacity": cost}))
        if s[id].op in ("load", "normal") and id in made:
            network.add_edge("inputs", (id, "before"))
        for a in s[id].args:
            if a in latents:
                network.add_edge((a, "after"), (id, "before"))
        if id in ends:
            network.add_edge((id, "after"), "gradients")
    _, (before, _) = nx.minimum_cut(network, "inputs", "gradients")
    cut = {id for id in latents if (id, "before") in before and (id, "after") not in before}
    return tuple(sorted(id for id in cut if s[id].op not in ("load", "normal")))


def _cost(s: ScalarGraph, id: int, outputs: Collection[int], booleans: Collection[int]) -> int | None:
    """Bytes of an element to have a latent in the backward without what it is made of; None where that cannot be."""
    size = width(s, booleans, id)
    match s[id].op:
        case "normal":
            return 1  # a draw costs no memory, and less is better
        case "load":
            return 2 * size
        case "stop":
            return None  # what it stops is cut instead
        case _ if size != FLOAT:
            return None
    return 2 * size if id in outputs else 3 * size
